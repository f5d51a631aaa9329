--- Lists of tensors as specs write them: a name and its shape a line, `N` for the layers from 0.

local assert = require "luassert"
local described = require "tests.spec.described"

local M = {}

--- The tensors of a list by name. `N=0-2` before a name says which layers have it, `E=0-3` which
--- experts.
---@param text string
---@return table<string, string>
local function tensors_in(text)
  local out = {}
  local function put(name, dims, ranges)
    local range = table.remove(ranges, 1)
    if not range then
      out[name] = dims
      return
    end
    local letter, first, last = range:match "^(%u)=(%d+)-(%d+)$"
    for i = first, last do
      put(name:gsub("%f[%w]" .. letter .. "%f[^%w]", math.tointeger(i)), dims,
        { table.unpack(ranges) })
    end
  end
  for line in text:gmatch "[^\n]+" do
    local words, ranges = {}, {}
    for word in line:gmatch "%S+" do
      local list = word:find "^%u=" and ranges or words
      list[#list + 1] = word
    end
    if #words > 0 then put(words[1], words[2] or "", ranges) end
  end
  return out
end

--- Asserts that a configuration has these tensors, and no others.
---@param raw table
---@param text string
---@return table description
function M.same(raw, text)
  local description = described.of(raw)
  assert.same(tensors_in(text), described.tensors(description))
  return description
end

return M
