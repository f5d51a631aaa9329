---@meta
--- modelsig.native.onnx: the graph of an ONNX model, read without its weights. A build without
--- protobuf-c answers `unsupported`.

---@class modelsig.OnnxPort an input or output
---@field name string
---@field dtype? string of a tensor
---@field dims? (integer|string|false)[] of a tensor: a number, a symbol, or false: not told
---@field kind? string of what is no tensor: sequence, optional, map, sparse_tensor
---@field key? string dtype of a map's keys
---@field of? modelsig.OnnxPort what is inside

---@class modelsig.OnnxOperator
---@field scope? "graph"|"subgraph"|"function" in the list of the whole model
---@field domain string "" is the default one
---@field op string
---@field count integer nodes; those of a function count once, not once for each call

---@class modelsig.OnnxFunction
---@field domain string
---@field name string
---@field overload? string
---@field inputs string[]
---@field outputs string[]
---@field attributes string[]
---@field opsets table<string, integer>
---@field operators modelsig.OnnxOperator[] of its own body, without graphs inside it

---@class modelsig.OnnxGraph
---@field ir_version integer
---@field producer string
---@field producer_version string
---@field domain string
---@field model_version integer
---@field name string
---@field opsets table<string, integer> the default domain is ""
---@field inputs modelsig.OnnxPort[]
---@field outputs modelsig.OnnxPort[]
---@field operators modelsig.OnnxOperator[]
---@field functions modelsig.OnnxFunction[]

---@class modelsig.OnnxConstant a tensor in an attribute of a node
---@field scope string
---@field node string
---@field op string
---@field output string the node's first one
---@field dtype string
---@field shape integer[]
---@field bytes integer of its values

---@class modelsig.OnnxUse a node, as one of its inputs
---@field domain string
---@field op string
---@field name string
---@field input integer which of its inputs, from 1
---@field inputs string[]
---@field outputs string[]
---@field attributes table<string, integer|integer[]> those that are numbers
---@field metadata table<string, string>

---@class modelsig.Onnx
local model = {}

--- Reads the model. Where the source lacks bytes, `missing` is the first of them, and reading may
--- go on when it has them.
---@return true
---@return nil, string message, string code, integer? offset, integer? missing
function model:read() end

---@return modelsig.OnnxGraph
function model:graph() end

--- The model's own pairs of text.
---@return table<string, string>
function model:metadata() end

--- The tensors in attributes of nodes that have at least `least` bytes.
---@param least? integer
---@return modelsig.OnnxConstant[] list
---@return integer count of all, whatever their size
---@return integer bytes of all
function model:constants(least) end

---@return {name: string, dtype: string, shape: integer[], values: integer[]}[]
function model:sparse() end

--- What the file says of initializers whose values are in other files.
---@return {name: string, bytes: integer, entries: table<string, string>}[]
function model:external() end

--- Adds the initializers to a manifest. Gives what is odd about them.
---@param manifest modelsig.Manifest
---@param file string
---@param strict? boolean findings are errors
---@return modelsig.Finding[]
---@return nil, string message, string code, integer? offset
function model:list(manifest, file, strict) end

--- The nodes that read a value, in the order of the file; those inside functions are left out.
---@param name string of an initializer, an input, or another node's output
---@param most? integer of nodes; 8 without it
---@return modelsig.OnnxUse[]
---@return nil, string message, string code
function model:uses(name, most) end

--- What the walk stepped over so far, from number `first` on; nothing once the model is read.
---@param first? integer
---@return integer[][] of offset and bytes
function model:jumps(first) end

--- Leaves out the rest of the innermost message in which bytes were missing, so that reading finds
--- what is missing behind it, and no model. Gives where reading goes on.
---@return integer|nil offset
function model:skip() end

--- Frees the model; closing twice is fine.
function model:close() end

---@class modelsig.native.onnx
local M = {}

--- Prepares to read a model; read() does it.
---@param source modelsig.Source
---@return modelsig.Onnx
---@return nil, string message, string code
function M.open(source) end

--- What looks like a large tensor in a piece of a file that lies at this offset: where its header
--- and its values begin, and how many bytes these have.
---@param text string
---@param at integer
---@return integer[][]
function M.headers(text, at) end

--- How many bytes of the end of a file look like fields up to its very end; values of the last
--- weight may lie before them.
---@param text string
---@return integer
function M.tail(text) end

return M
