--- Stacks of layers: each kind of layer is traced once, and kinds that say the same are one.

local expr = require "modelsig.family.expr"
local failure = require "modelsig.base.failure"

local M = {}

--- Ends a description: the configuration cannot be what it says.
function M.fail(format, ...) failure.raise("malformed", format, ...) end

--- What is declared by the layers of a kind, or outside of all layers.
function M.buffer(times)
  return { times = times, records = {}, params = {}, ops = {}, types = {}, caches = {} }
end

--- What a kind of layer says, as text: layers that say the same are one.
local function text_of(b)
  local out = {}
  local function add(value)
    if type(value) == "table" and not expr.is(value) then
      out[#out + 1] = "{"
      local names = {}
      for key in pairs(value) do
        if type(key) == "string" then names[#names + 1] = key end
      end
      table.sort(names)
      for _, key in ipairs(names) do
        out[#out + 1] = key
        add(value[key])
      end
      for _, item in ipairs(value) do add(item) end
      out[#out + 1] = "}"
    else
      out[#out + 1] = expr.text(value)
    end
  end
  for _, part in ipairs { "records", "params", "ops", "types", "caches" } do add(b[part]) end
  return table.concat(out, "\0")
end

--- Up to so many kinds of layer are not compared: it would cost more than they do.
local FEW = 4

--- The kind among those before that says the same, or the new one itself.
local function known_or_new(seen, b)
  if #seen >= FEW then
    b.text = text_of(b)
    for _, other in ipairs(seen) do
      other.text = other.text or text_of(other)
      if other.text == b.text then return other end
    end
  end
  seen[#seen + 1] = b
  return b
end

--- Traces one kind of layer into a buffer of its own, or finds the kind that says the same.
local function trace_kind(trace, seen, call, k, x)
  local outer, b = trace.current, M.buffer(0)
  b.beside = outer.beside
  b.layers, trace.current = {}, b
  x = call(k, x)
  trace.current = outer
  local kept = known_or_new(seen, b)
  if kept == b then trace.buffers[#trace.buffers + 1] = b end
  return kept, x
end

local function add_layer(b, i)
  b.times = b.times + 1
  local last = b.layers[#b.layers]
  if last and last[2] == i - 1 then last[2] = i else b.layers[#b.layers + 1] = { i, i } end
end

--- Runs `call(kind, x)` once for each kind of layer.
---@param trace table
---@param path string of the stack
---@param n integer
---@param kind fun(i: integer): string
---@param call fun(kind: string, x: any): any
---@param x any
---@param options {beside: boolean?, first: integer?} `beside`: the stack is no part of the language
---  model; `first`: the number of the first layer in names
---@return any x
function M.trace(trace, path, n, kind, call, x, options)
  local kinds, buffers, seen, different = {}, {}, {}, 0
  local limits, first = trace.limits, options.first or 0
  if math.type(n) ~= "integer" or n < 0 or n > limits.max_layers then
    M.fail("config: a number of layers expected, found %s", tostring(n))
  end
  for i = 1, n do
    local k = kind(i - 1)
    kinds[i] = k
    if not buffers[k] then
      different = different + 1
      if different > limits.max_kinds then
        M.fail("config: more than %d kinds of layer in one stack", limits.max_kinds)
      end
      buffers[k], x = trace_kind(trace, seen, call, k, x)
    end
    add_layer(buffers[k], first + i - 1)
  end
  local records = trace.current.records
  records[#records + 1] = { stack = true, kinds = kinds, buffers = buffers, first = first }
  if not options.beside then trace.stacks[#trace.stacks + 1] = { name = path, kinds = kinds } end
  return x
end

return M
