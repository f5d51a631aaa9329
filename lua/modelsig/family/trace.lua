--- Runs a family's description once: a module is declared by being called, and every call adds
--- the parameter, the operator and the record of its inputs and outputs. Layers of one kind are
--- traced once and replayed.

local expr = require "modelsig.family.expr"
local shape = require "modelsig.family.shape"
local numeric = require "modelsig.native.numeric"

local M = {}

--- Stands for the index of a layer and of an expert in traced paths.
local LAYER, EXPERT = "\1", "\2"
M.LAYER, M.EXPERT = LAYER, EXPERT

---@class modelsig.Module what a block gets to call
---@field path string
---@field env table<string, any> what call specifications name: masks, positions
local Module = {}
Module.__index = Module

local function fail(format, ...)
  error({ malformed = format:format(...) }, 0)
end

local specs = {}

--- Parses "x, -, attention_mask, position_ids=, hidden_states=x": bare is positional, `-` an
--- empty place, `name=` a keyword, `name=source` a renamed one.
local function parse(text)
  local list = specs[text]
  if list then return list end
  list = {}
  for part in text:gmatch("[^,]+") do
    part = part:match("^%s*(.-)%s*$")
    local name, source = part:match("^([%w_]+)=([%w_]*)$")
    if name then
      list[#list + 1] = { name = name, source = source ~= "" and source or name }
    elseif part:find("^[%w_]+$") or part == "-" then
      list[#list + 1] = { source = part }
    else
      error(("call specification '%s': cannot read '%s'"):format(text, part), 0)
    end
  end
  specs[text] = list
  return list
end

local function buffer(times)
  return { times = times, records = {}, params = {}, ops = {}, types = {}, caches = {} }
end

--- A new trace. `base` replaces `*` in class names.
---@param base string
---@param dtype string
---@return modelsig.Module root, table trace
function M.new(base, dtype)
  local trace = { base = base, dtype = dtype, main = buffer(1), facts = {}, stacks = {} }
  trace.current, trace.buffers = trace.main, { trace.main }
  return setmetatable({ trace = trace, path = "", env = {}, dtype = dtype, roles = "" }, Module),
    trace
end

local function join(path, name)
  return path == "" and name or name == "" and path or path .. "." .. name
end

local function begin(self, path, class, spec, x)
  local input, kwargs, place = {}, {}, 0
  for _, argument in ipairs(parse(spec)) do
    local value = argument.source == "x" and x or self.env[argument.source]
    if argument.source == "-" then
      place = place + 1
    elseif value then
      if argument.name then
        shape.entries(kwargs, argument.name, value)
      else
        shape.entries(input, tostring(place), value)
        place = place + 1
      end
    end
  end
  local record = { path = path, module_type = class:gsub("%*", self.trace.base), input = input,
    kwargs = kwargs, calls = 1 }
  local records = self.trace.current.records
  records[#records + 1] = record
  return record
end

--- Calls a sub-module. `spec` says which values go in under which name; `body` gets the module
--- and `x` and returns the result.
---@param name string
---@param class string `*` is the architecture's name
---@param spec string
---@param x any
---@param body fun(m: modelsig.Module, x: any): any
function Module:call(name, class, spec, x, body)
  local path = join(self.path, name)
  local record = begin(self, path, class, spec, x)
  local child = setmetatable({ trace = self.trace, path = path, dtype = self.dtype,
    env = setmetatable({}, { __index = self.env }), roles = self.roles,
    layer_type = self.layer_type, experts = self.experts, record = record }, Module)
  local result = body(child, x)
  record.output = shape.outputs(result)
  return result
end

--- This module is called `n` times, each time with the same shapes.
function Module:times(n) self.record.calls = n end

--- A module without parameters or parts of its own.
function Module:leaf(name, class, x, result)
  local record = begin(self, join(self.path, name), class, "x", x)
  record.output = shape.outputs(result or x)
  return result or x
end

--- Declares a saved parameter.
---@param name string
---@param dims (integer|table)[]
---@param options? {dtype: string?, role: string?, layer_type: string?, tied: boolean?,
---  share: (integer|table)[]?} `share` {k, n}: k of n experts in one tensor serve a token
function Module:param(name, dims, options)
  options = options or {}
  for i, dim in ipairs(dims) do
    local value = expr.value(dim)
    if not value or value <= 0 then
      fail("config: a size of %s (dimension %d) is %s", join(self.path, name):gsub("[\1\2]", "N"),
        i, value and tostring(value) or "missing")
    end
  end
  if options.tied then return end
  local params = self.trace.current.params
  params[#params + 1] = { path = join(self.path, name), dims = dims,
    dtype = options.dtype or self.dtype, experts = self.experts, active = self.active,
    share = options.share,
    role = options.role and self.roles .. options.role,
    layer_type = options.layer_type or self.layer_type or "LinearLayer" }
end

--- Counts an operator.
function Module:op(name, n)
  local ops = self.trace.current.ops
  ops[name] = (ops[name] or 0) + (n or 1)
end

--- Names the mathematics of this module: its layer type, counted and given to its parameters.
function Module:kind(name)
  self.layer_type = name
  local types = self.trace.current.types
  types[name] = (types[name] or 0) + 1
end

function Module:fact(name, value) self.trace.facts[name] = value end

--- Adds a cache of this layer.
function Module:cache(entry)
  local caches = self.trace.current.caches
  caches[#caches + 1] = entry
end

--- A linear map. Options: bias, class, role, tied, dtype, layer_type, transposed (stored with
--- the inputs first).
function Module:linear(name, x, width, options)
  options = options or {}
  local from = x.dims[#x.dims]
  local result = x:last(width)
  self:leaf(name, options.class or "Linear", x, result)
  local first, second = width, from
  if options.transposed then first, second = from, width end
  self:param(join(name, "weight"), { first, second }, options)
  if options.bias then
    self:param(join(name, "bias"), { width }, { role = options.role and options.role .. ".bias",
      dtype = options.dtype, layer_type = options.layer_type })
  end
  self:op(options.bias and "aten/addmm" or "aten/mm")
  return result
end

--- A norm over the last dimension. Options: class, kind (rms_norm, layer_norm, rms_norm_1p),
--- bias, role, weightless.
function Module:norm(name, x, options)
  options = options or {}
  local kind = options.kind or "rms_norm"
  local names = { rms_norm = "RMSNorm", layer_norm = "LayerNorm", rms_norm_1p = "RMSNorm1p" }
  local type_name = names[kind] or kind
  self:leaf(name, options.class or kind == "layer_norm" and "LayerNorm" or "*RMSNorm", x)
  if not options.weightless then
    local width = options.width or x.dims[#x.dims]
    self:param(join(name, "weight"), { width }, { role = options.role, layer_type = type_name })
    if options.bias then
      self:param(join(name, "bias"), { width },
        { role = options.role and options.role .. ".bias", layer_type = type_name })
    end
  end
  local types = self.trace.current.types
  types[type_name] = (types[type_name] or 0) + 1
  self:op(kind)
  return x
end

--- A table of vectors looked up by index.
function Module:embedding(name, ids, rows, width, options)
  options = options or {}
  local dims = table.move(ids.dims, 1, #ids.dims, 1, {})
  dims[#dims + 1] = width
  local result = shape.tensor(self.dtype, table.unpack(dims))
  local record = begin(self, join(self.path, name), options.class or "Embedding",
    options.spec or "x", ids)
  record.output = shape.outputs(result)
  self:param(join(name, "weight"), { rows, width },
    { role = options.role or "embedding.token", layer_type = "EmbeddingLayer" })
  local types = self.trace.current.types
  types.EmbeddingLayer = (types.EmbeddingLayer or 0) + 1
  self:op("embedding")
  return result
end

--- Parameters that each of `n` experts has; `active` of them serve a token.
function Module:each_expert(name, n, active, body)
  local child = setmetatable({ trace = self.trace, path = join(self.path, name .. "." .. EXPERT),
    dtype = self.dtype, env = self.env, roles = self.roles, layer_type = self.layer_type,
    experts = n, active = active }, Module)
  body(child)
end

--- A stack of layers: `kind(i)` names the kind of layer i, `body` is run once for each kind.
---@param name string
---@param n integer
---@param kind fun(i: integer): string
---@param call fun(m: modelsig.Module, name: string, kind: string, x: any): any
---@param x any
function Module:layers(name, n, kind, call, x)
  if math.type(n) ~= "integer" or n < 0 or n > 10000 then
    fail("config: a number of layers expected, found %s", tostring(n))
  end
  local trace, kinds, buffers = self.trace, {}, {}
  local outer = trace.current
  for i = 1, n do
    local k = kind(i - 1)
    kinds[i] = k
    if not buffers[k] then
      buffers[k] = buffer(0)
      buffers[k].layers = {}
      trace.buffers[#trace.buffers + 1] = buffers[k]
      trace.current = buffers[k]
      x = call(self, name .. "." .. LAYER, k, x)
      trace.current = outer
    end
    local b = buffers[k]
    b.times = b.times + 1
    local last = b.layers[#b.layers]
    if last and last[2] == i - 2 then last[2] = i - 1
    else b.layers[#b.layers + 1] = { i - 1, i - 1 } end
  end
  outer.records[#outer.records + 1] = { stack = true, kinds = kinds, buffers = buffers }
  trace.stacks[#trace.stacks + 1] = { name = join(self.path, name), kinds = kinds }
  return x
end

local function abstract(path)
  return numeric.abstract((path:gsub("[\1\2]", "N")))
end

local function copy(record, path, norm_path)
  return { path = path, module_type = record.module_type, norm_path = norm_path,
    input = record.input, kwargs = record.kwargs, output = record.output, calls = record.calls,
    more = record.more }
end

--- All records in the order of the calls. Replayed ones share their tables.
---@param trace table
---@return table[]
function M.records(trace)
  local out = {}
  for _, record in ipairs(trace.main.records) do
    if not record.stack then
      out[#out + 1] = copy(record, record.path, abstract(record.path))
    else
      local cut = {}
      for k, b in pairs(record.buffers) do
        local list = {}
        for i, inner in ipairs(b.records) do
          local head, tail = inner.path:match("^(.-)\1(.*)$")
          list[i] = { inner, head, tail, abstract(inner.path) }
        end
        cut[k] = list
      end
      for i, k in ipairs(record.kinds) do
        for _, c in ipairs(cut[k]) do
          out[#out + 1] = copy(c[1], c[2] .. i - 1 .. c[3], c[4])
        end
      end
    end
  end
  return out
end

M.abstract = abstract
return M
