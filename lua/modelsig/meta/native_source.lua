---@meta modelsig.native.source
--- Byte sources: "read n bytes at offset".

---@class modelsig.Source
local source = {}

--- The size in bytes.
---@return integer
function source:size() end

--- Reads up to n bytes at offset; fewer only at the end.
---@param offset integer
---@param n integer at most 256 MiB
---@return string
---@return nil, string message, string code, integer? offset
function source:read(offset, n) end

--- Puts bytes into a sparse source; runs may touch and overlap.
---@param offset integer
---@param text string
---@return true
---@return nil, string message, string code, integer? offset limit: beyond the size; mismatch: other
---  bytes were put there before; unsupported: not a sparse source
function source:put(offset, text) end

--- Closes the source; closing twice is fine.
function source:close() end

---@class modelsig.native.source
local M = {}

--- Opens a regular file.
---@param path string
---@return modelsig.Source
---@return nil, string message, string code
function M.file(path) end

--- Makes a source over a string.
---@param text string
---@param name? string
---@return modelsig.Source
function M.memory(text, name) end

--- Makes a source of `size` bytes none of which is there until it is put. Reading what was not put
--- is code truncated, with the offset.
---@param size integer
---@param name? string
---@return modelsig.Source
function M.sparse(size, name) end

return M
