--- Equal layers of the layer signatures as one: the first of a kind stays under its own path, with
--- `layers`, the list of those that it stands for.

local json = require "modelsig.native.json"

local M = {}

local DOT = ("."):byte()

--- The place of a path among layers: what the layers stand in, the number, and the rest. The
--- outermost number counts: what a layer has many of stays inside of it.
local function place_of(path)
  local dot = path:find "%.%d"
  if not dot then return nil end
  local _, last = path:find("^%d+", dot + 1)
  local rest = path:sub(last + 1)
  if rest ~= "" and rest:byte() ~= DOT then return nil end
  return path:sub(1, dot - 1), math.tointeger(path:sub(dot + 1, last)), rest
end

--- Stacks of layers in the order of their paths: numbers, and of each the entries: paths, relative
--- paths and signatures.
local function stacks_of(signatures, order)
  local stacks, plain = {}, {}
  for _, path in ipairs(order) do
    local stack, index, rest = place_of(path)
    if not index then
      plain[#plain + 1] = path
    else
      local layers = stacks[stack] or { numbers = {} }
      stacks[stack] = layers
      local layer = layers[index]
      if not layer then
        layer = { paths = {}, rests = {}, signatures = {} }
        layers[index] = layer
        layers.numbers[#layers.numbers + 1] = index
      end
      local n = #layer.paths + 1
      layer.paths[n], layer.rests[n], layer.signatures[n] = path, rest, signatures[path]
    end
  end
  return stacks, plain
end

--- What two equal layers have in common: the same leaf of a tree whose branches are, in turns, the
--- relative paths and the entries, which are the same tables.
local function kind_of(layer, tree)
  for i, rest in ipairs(layer.rests) do
    local signature = layer.signatures[i]
    tree[rest] = tree[rest] or {}
    tree = tree[rest]
    tree[signature] = tree[signature] or {}
    tree = tree[signature]
  end
  return tree
end

local function with_layers(signature, layers)
  local out = {}
  for key, value in pairs(signature) do out[key] = value end
  out.layers = layers
  return out
end

--- The place of a layer's own entry, if it has one and something stands in it.
local function own_of(layer)
  for i, rest in ipairs(#layer.rests > 1 and layer.rests or {}) do
    if rest == "" then return i end
  end
end

--- Writes a stack to `out`. Layers that have no entry of their own are not folded: there is no
--- place that could say which they are.
local function fold(stack, out, alike)
  local first, tree, own = {}, {}, true
  for _, index in ipairs(stack.numbers) do
    own = own and own_of(stack[index])
  end
  for _, index in ipairs(stack.numbers) do
    local layer = stack[index]
    local kind = own and kind_of(layer, tree) or index
    if first[kind] then
      table.insert(first[kind], index)
    else
      local group = alike and alike[index] or { index }
      first[kind] = json.array(table.move(group, 1, #group, 1, {}))
      for i, path in ipairs(layer.paths) do out[path] = layer.signatures[i] end
      local itself = own and own_of(layer)
      if itself then
        out[layer.paths[itself]] = with_layers(layer.signatures[itself], first[kind])
      end
    end
  end
end

--- Is a stack, of which the first layer of each kind is given, all that stands at its path, and can
--- it be folded?
local function is_whole(stack, groups)
  for _, index in ipairs(stack and groups and stack.numbers or {}) do
    local group, layer = groups[index], stack[index]
    if not group or group.entries ~= #layer.paths or not own_of(layer) then return false end
  end
  return stack and groups and true or false
end

--- Folds equal layers.
---@param signatures table<string, table> by path; equal modules share their entry
---@param order string[] the paths, in the same order in each layer
---@param alike? table<string, table> the first layer of a kind is given for all that are listed
---  here, see `trace.kinds`
---@return table<string, table>|nil folded nil: this needs every layer
function M.fold(signatures, order, alike)
  local out = {}
  local stacks, plain = stacks_of(signatures, order)
  for path, groups in pairs(alike or {}) do
    if not is_whole(stacks[path], groups) then return nil end
  end
  for _, path in ipairs(plain) do out[path] = signatures[path] end
  for path, stack in pairs(stacks) do fold(stack, out, alike and alike[path]) end
  return out
end

return M
