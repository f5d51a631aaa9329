---@meta modelsig.native.prompt
--- Reading lines from a terminal with editing, history and completion.

local M = {}

---@class modelsig.editor
local editor = {}

---@class modelsig.editing
---@field history? string file that lines are read from at the start and written to at `close`
---@field complete? fun(line: string): string[], integer candidates for the text from a position on

--- Takes the terminal over; one editor at a time.
---@param options modelsig.editing
---@return modelsig.editor
function M.open(options) end

--- Reads a line. At the end of input nil; after Ctrl-C nil and "interrupted".
---@param prompt string
---@return string|nil line
---@return string|nil why
function editor:read(prompt) end

--- Writes the history and gives the terminal back. Safe to call twice.
function editor:close() end

return M
