---@meta modelsig.native.manifest
--- All tensors of a model, kept in C; statistics per abstract key.

---@class modelsig.Shape
---@field shape integer[]
---@field dtype string
---@field count integer
---@field bytes integer of one tensor
---@field layers integer[][] ranges {first, last} of the first index
---@field experts? integer how many second indices there are

--- Keys of equal statistics share what they say beside `key` and `first`: it is read and not
--- written, and `pairs` does not list it.
---@class modelsig.Key
---@field key string
---@field count integer
---@field params integer|nil nil: more than 63 bits can say, likewise `bytes`
---@field bytes integer|nil
---@field dtype string of the first tensor
---@field shape integer[] of the first tensor
---@field shapes modelsig.Shape[] in order of appearance
---@field first integer ordinal of the first tensor

---@class modelsig.HeaderOptions
---@field strict? boolean
---@field unknown_dtypes? boolean
---@field detached? boolean
---@field file_size? integer

---@class modelsig.Manifest
---@operator len: integer
local manifest = {}

--- Reads a shard index; before any shard. `shards` is in order of first appearance.
---@param source modelsig.Source
---@param name string
---@param options? {strict?: boolean} strict: findings are errors
---@return {metadata?: table, shards: string[], count: integer, findings: modelsig.Finding[]}
---@return nil, string message, string code, integer? offset
function manifest:read_index(source, name, options) end

--- Reads the header of one file. With an index, tensors that it has elsewhere are left out.
---@param source modelsig.Source
---@param file string
--- Detached: the source is the header's JSON text alone, of a file of `file_size` bytes; code
--- mismatch if they cannot belong together.
---@param options? modelsig.HeaderOptions
---@return {metadata?: table, tensors: integer, header_bytes: integer, findings: modelsig.Finding[]}
---@return nil, string message, string code, integer? offset
function manifest:read_safetensors(source, file, options) end

--- Ends the manifest and gives what the index promised and no file had.
---@param options? {strict?: boolean}
---@return modelsig.Finding[]
---@return nil, string message, string code
function manifest:finish(options) end

--- Gives tensor i in file order; nothing if there is none.
---@param i integer
---@return string name, string dtype, integer[] shape, integer bytes, string file
function manifest:tensor(i) end

--- Gives the statistics, in byte order of the keys.
---@return modelsig.Key[]
function manifest:keys() end

--- Adds one tensor without reading a file.
---@param name string
---@param dtype string
---@param shape integer[]
---@param file? string
---@return true
---@return nil, string message, string code
function manifest:add(name, dtype, shape, file) end

--- Bytes of all tensors.
---@return integer
function manifest:bytes() end

--- Elements of all tensors.
---@return integer
function manifest:params() end

--- Frees the manifest; closing twice is fine.
function manifest:close() end

---@class modelsig.native.manifest
local M = {}

--- Makes an empty manifest.
---@return modelsig.Manifest
function M.new() end

--- How a dtype is stored: `items` elements in `bytes` bytes, a unit that is one element or a few,
--- or a block, which lies within a row. A dtype of texts has no size.
---@class modelsig.Dtype
---@field bits? number of one element; a fraction for some blocks
---@field items? integer
---@field bytes? integer
---@field block? true

--- All dtypes that the product knows, by name. A new table at each call.
---@return table<string, modelsig.Dtype>
function M.dtypes() end

return M
