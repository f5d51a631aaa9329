---@meta modelsig.native.json
--- JSON text to Lua values and back. Integers stay exact; objects become tables, arrays tables with
--- a mark.

---@class modelsig.Finding
---@field code string a short fixed word
---@field message string
---@field where? string place in the document, or file

---@class modelsig.native.json
---@field null lightuserdata stands for null
local json = {}

--- Reads a document. Duplicate keys: the last one counts, with a finding; NaN and Infinity, bare or
--- as {"__float__": "Infinity"}, become floats with a finding. Behind 100 findings one of the code
--- `more` says how many there were beside them.
---@param text string
---@param options? {max_depth?: integer, max_bytes?: integer} depth at most 128, bytes 10,000,000
---@return any value, modelsig.Finding[] findings
---@return nil, string message, string code, integer? offset
function json.decode(text, options) end

--- Finds where the members of an object stand: text:sub(first, last) is a member's value as it is
--- written. The insides of members are left to whoever reads them; all else is checked. Of
--- duplicate keys the last one counts.
---@param text string
---@param path? string[] keys that lead to the object; none: the document itself
---@return table<string, integer[]> {first, last}
---@return nil, string message, string code, integer? offset notfound: no such key
function json.spans(text, path) end

--- Marks a table as an array, so that an empty one is written as [].
---@generic T: table
---@param list T
---@return T
function json.array(list) end

--- Tells whether a value is a table marked as an array.
---@param value any
---@return boolean
function json.is_array(value) end

--- Writes a value, as `modelsig.json` does. Raises, without a place, for what cannot be written.
---@param value any
---@param step? integer spaces per level, 0 to 16; nil: one line
---@return string
function json.encode(value, step) end

--- A value as the text of which digests are made: keys sorted, equal numbers equal, a comma behind
--- each item. Raises as `encode`.
---@param value any
---@param between? string stands between all parts: scalars, names with their colon, signs
---@return string
function json.canonical(value, between) end

return json
