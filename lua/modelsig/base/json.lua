--- Writes the document as JSON: keys sorted, numbers exact and as short as they read back, `/` not
--- escaped, always valid UTF-8. Lists of plain values stand on one line.

local native = require "modelsig.native.json"

local M = {}

--- Writes a value as JSON. Empty tables are objects unless marked with `native.json.array`.
---@param value any
---@param options? {indent?: integer|false} spaces per level, 2 without it; false: one line
---@return string text without a line break at the end
---
---     io.write(json.encode({ shape = { 1, 8 }, ratio = 1.0 }), "\n")
function M.encode(value, options)
  local step = options and options.indent
  if step == nil then step = 2 end
  local ok, text = pcall(native.encode, value, step or nil)
  if not ok then error(text, 2) end
  return text
end

return M
