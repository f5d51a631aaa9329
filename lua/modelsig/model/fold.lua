--- Equal layers of the layer signatures as one: the first of a kind stays under its own path, with
--- `layers`, the list of those that it stands for.

local json = require "modelsig.native.json"

local M = {}

--- The place of a path among layers: what the layers stand in, the number, and the rest. The
--- outermost number counts: what a layer has many of stays inside of it.
local function place_of(path)
  local stack, index, rest = path:match "^(.-)%.(%d+)(.*)$"
  if not stack or rest ~= "" and rest:sub(1, 1) ~= "." then return nil end
  return stack, math.tointeger(tonumber(index)), rest
end

--- Stacks of layers in the order of their paths: numbers, and of each the entries by relative path.
local function stacks_of(signatures, order)
  local stacks, plain = {}, {}
  for _, path in ipairs(order) do
    local stack, index, rest = place_of(path)
    if not index then
      plain[#plain + 1] = path
    else
      local layers = stacks[stack] or { numbers = {} }
      stacks[stack] = layers
      if not layers[index] then
        layers[index] = {}
        layers.numbers[#layers.numbers + 1] = index
      end
      table.insert(layers[index], { path = path, rest = rest, signature = signatures[path] })
    end
  end
  return stacks, plain
end

--- What two equal layers have in common: the relative paths, and entries that are the same tables.
local function kind_of(layer, ids)
  local parts = {}
  for i, entry in ipairs(layer) do
    ids[entry.signature] = ids[entry.signature] or ids.next
    if ids[entry.signature] == ids.next then ids.next = ids.next + 1 end
    parts[i] = entry.rest .. "=" .. ids[entry.signature]
  end
  return table.concat(parts, "\n")
end

local function with_layers(signature, layers)
  local out = {}
  for key, value in pairs(signature) do out[key] = value end
  out.layers = layers
  return out
end

--- The entry of a layer itself, if it has one and something stands in it.
local function own_of(layer)
  for _, entry in ipairs(#layer > 1 and layer or {}) do
    if entry.rest == "" then return entry end
  end
end

--- Writes a stack to `out`. Layers that have no entry of their own are not folded: there is no
--- place that could say which they are.
local function fold(stack, ids, out)
  local first, own = {}, true
  for _, index in ipairs(stack.numbers) do
    own = own and own_of(stack[index])
  end
  for _, index in ipairs(stack.numbers) do
    local layer = stack[index]
    local kind = own and kind_of(layer, ids) or index
    if first[kind] then
      table.insert(first[kind], index)
    else
      first[kind] = json.array { index }
      for _, entry in ipairs(layer) do out[entry.path] = entry.signature end
      local itself = own and own_of(layer)
      if itself then out[itself.path] = with_layers(itself.signature, first[kind]) end
    end
  end
end

--- Folds equal layers.
---@param signatures table<string, table> by path; equal modules share their entry
---@param order string[] the paths, in the same order in each layer
---@return table<string, table>
function M.fold(signatures, order)
  local out, ids = {}, { next = 1 }
  local stacks, plain = stacks_of(signatures, order)
  for _, path in ipairs(plain) do out[path] = signatures[path] end
  for _, stack in pairs(stacks) do fold(stack, ids, out) end
  return out
end

return M
