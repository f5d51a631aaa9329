---@meta modelsig.native.numeric

--- Key abstraction, expressions, likeness, digests and sets.
---@class modelsig.native.numeric
local numeric = {}

--- The abstract key of a tensor name or a path: each segment of digits is N.
---@param name string
---@return string key
function numeric.abstract(name) end

--- The simplest expression that is `dim_a` of the sizes a and `dim_b` of the sizes b.
---@param dim_a integer
---@param symbols_a table<string, integer>
---@param dim_b integer
---@param symbols_b table<string, integer>
---@return string|nil text canonical: names in byte order, `+ - * //`
function numeric.common_expression(dim_a, symbols_a, dim_b, symbols_b) end

--- Cosine of two histograms; 1 if both are empty, 0 if one is.
---@param a table<string, number>
---@param b table<string, number>
---@return number
function numeric.cosine(a, b) end

--- What draws from an urn add up to, in whatever order, and how likely each sum is. What is drawn
--- goes back with one more of its kind, or stays out. Only the likeliest sums of each number of
--- draws are followed.
---@param kinds number[] length and weight (how many there are, or were seen) of each, at most 32
---@param stays_out boolean
---@param asked integer[] numbers of draws, ascending
---@param most integer sums of each number of draws
---@return number[][] of each number asked for: sum and share of each, the likeliest first
---@return nil, string message, string code
function numeric.urn(kinds, stays_out, asked, most) end

--- SHA-256 in lower-case hexadecimal.
---@param text string
---@return string
function numeric.sha256(text) end

--- A checksum of 16 hexadecimal digits, some twenty times as fast as a digest, for finding damage:
--- any change within 8 bytes in a row from a multiple of 8 gives another one. Another version of
--- the program may compute another.
---@param text string
---@return string
function numeric.checksum(text) end

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
