---@meta modelsig.native.numeric

--- Key abstraction, sets, expressions, similarities and digests.
---@class modelsig.native.numeric
local numeric = {}

--- The abstract key of a tensor name and its indices in order.
---@param name string
---@return string key
---@return integer[] indices
function numeric.abstract(name) end

--- Splits two lists of strings, each sorted in byte order.
---@param a string[]
---@param b string[]
---@return {common: string[], only_a: string[], only_b: string[]}
function numeric.overlap(a, b) end

--- The simplest expression that is `dim_a` of the sizes a and `dim_b` of the sizes b.
---@param dim_a integer
---@param symbols_a table<string, integer>
---@param dim_b integer
---@param symbols_b table<string, integer>
---@return string|nil text canonical: names in byte order, `+ - * //`
function numeric.common_expression(dim_a, symbols_a, dim_b, symbols_b) end

--- The simplest expression of one model's sizes; the number itself if there is no size of it.
---@param dim integer
---@param symbols table<string, integer>
---@return string|nil text
function numeric.expression(dim, symbols) end

--- Cosine of two histograms; 1 if both are empty, 0 if one is.
---@param a table<string, number>
---@param b table<string, number>
---@return number
function numeric.cosine(a, b) end

--- Common keys in all keys of two tables; 1 if both are empty.
---@param a table<string, any>
---@param b table<string, any>
---@return number
function numeric.jaccard(a, b) end

--- SHA-256 in lower-case hexadecimal.
---@param text string
---@return string
function numeric.sha256(text) end

--- Compares all pairs of many fingerprints; none is left out. What is returned are those whose keys
--- in common reach the rate `least` of the larger set, or whose digests are equal, 11 bytes each:
--- first, second, keys in common, 1 for equal digests, as `string.unpack("<I4I4I2B", found, at)`.
---@param keys string[][] each list without repetitions
---@param digests string[] of 32 bytes
---@param least? number 0 without it: all pairs
---@return string|nil found in ascending order
---@return string|nil message
---@return string|nil code
function numeric.all_pairs(keys, digests, least) end

return numeric
