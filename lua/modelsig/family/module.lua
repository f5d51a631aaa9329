--- What a block gets to call: a module is declared by being called, and every call adds the
--- parameter, the operator and the record of its inputs and outputs.

local declared = require "modelsig.family.declared"
local expr = require "modelsig.family.expr"
local order = require "modelsig.family.order"
local shape = require "modelsig.family.shape"
local stack = require "modelsig.family.stack"

--- Stands for the index of a layer and of an expert in traced paths.
local LAYER, EXPERT = "\1", "\2"
local M = { LAYER = LAYER, EXPERT = EXPERT }

---@class modelsig.Module what a block gets to call
---@field path string
---@field beside boolean? a part that no fact of the model is about, and those in it
---@field base string what begins the names of the classes
---@field saved table? renames of saved tensors by the family of a part
---@field repeated boolean|nil its parameters are those of an earlier module
---@field arguments table<string, string>? values that the family's own functions hand on
---@field env table<string, any> what call specifications name: masks, positions
local Module = {}
Module.__index = Module

local norm_types = { rms_norm = "RMSNorm", layer_norm = "LayerNorm", rms_norm_1p = "RMSNorm1p",
  layer_norm_1p = "LayerNorm1p", none = "Norm" }

local function join(path, name)
  return path == "" and name or name == "" and path or path .. "." .. name
end

--- Adds to a list of the trace, which a number of the configuration may make long.
local function put(self, list, entry)
  local most = self.trace.limits.max_declared
  if #list >= most then stack.fail("config: more than %d modules or tensors in one part", most) end
  list[#list + 1] = entry
  return entry
end

--- Begins the record of a call. `who` calls; a slip in the order is an error two calls up.
local function begin(self, who, path, class, spec, x)
  local input, kwargs, place = {}, {}, 0
  local list, message = order.parse(spec)
  for _, argument in ipairs(list or {}) do
    local value = argument.source == "x" and x or self.env[argument.source]
    if value == nil then message = order.unknown(argument.source, self.arguments) end
    if message then break end
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
  if message then error(("%s: %s"):format(who, message), 3) end
  return put(self, self.trace.current.records, { path = path, input = input, kwargs = kwargs,
    module_type = class:gsub("%*", self.base), calls = 1 })
end

--- A module below this one, or the same with another path.
local function child_of(self, path)
  return setmetatable({ trace = self.trace, path = path, dtype = self.dtype, base = self.base,
    saved = self.saved, env = setmetatable({}, { __index = self.env }), roles = self.roles,
    layer_type = self.layer_type, experts = self.experts, beside = self.beside,
    repeated = self.repeated, arguments = self.arguments }, Module)
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
  local record = begin(self, "call", path, class, spec, x)
  local child = child_of(self, path)
  child.record = record
  local result = body(child, x)
  record.output = shape.outputs(result)
  return result
end

--- The module as the family of a part speaks of it: its names of classes and of saved tensors.
---@param part table the configuration of the part, see `c.language` and `c.parts`
---@return modelsig.Module
function Module:part(part)
  local own = child_of(self, self.path)
  own.env, own.record = self.env, self.record
  own.base, own.saved, own.arguments = part.family.base, part.family.saved, part.family.arguments
  return own
end

--- Calls that are not part of the pass over the text, but what an image or a sound goes through on
--- its way into it. Nothing in them is a fact of the language model.
---@param roles string what begins the roles of the parameters
---@param body fun(m: modelsig.Module)
function Module:apart(roles, body)
  local own, outer = child_of(self, self.path), self.trace.current
  own.roles, own.beside, own.env = roles, true, {}
  local buffer = stack.buffer(1)
  buffer.beside = true
  table.insert(self.trace.apart, buffer)
  table.insert(self.trace.buffers, buffer)
  self.trace.current = buffer
  body(own)
  self.trace.current = outer
end

--- What a model has, but this pass does not go through: parameters without calls.
---@param body fun(m: modelsig.Module)
function Module:uncalled(body)
  local records = self.trace.current.records
  local n = #records
  body(self)
  for i = #records, n + 1, -1 do records[i] = nil end
end

--- This module is called `n` times, each time with the same shapes.
function Module:times(n) self.record.calls = n end

--- A module without parameters or parts of its own, called `times` times (once).
function Module:leaf(name, class, x, result, times)
  local record = begin(self, "leaf", join(self.path, name), class, "x", x)
  record.calls = times or 1
  record.output = shape.outputs(result or x)
  return result or x
end

--- Declares a parameter of `rank` dimensions, each of which must be a size.
local function declare(self, name, dims, rank, options)
  for i = 1, rank do
    local value = expr.value(dims[i])
    if not value or value < (options.empty and 0 or 1) then
      local path = join(self.path, name):gsub("[\1\2]", "N")
      stack.fail("config: a size of %s (dimension %d) is %s", path, i,
        value and tostring(value) or "missing")
    end
  end
  if options.tied or self.repeated then return end
  put(self, self.trace.current.params, { path = join(self.path, name), dims = dims,
    dtype = options.dtype or self.dtype, experts = self.experts, active = self.active,
    share = options.share, saved = self.saved,
    role = options.role and self.roles .. options.role,
    layer_type = options.layer_type or self.layer_type or "LinearLayer" })
end

--- Declares a saved parameter.
---@param name string
---@param dims (integer|table)[]
---@param options? {dtype: string?, role: string?, layer_type: string?, tied: boolean?,
---  share: (integer|table)[]?, empty: boolean?} `share` {k, n}: k of n experts in one tensor
---  serve a token; `empty`: a size may be 0
function Module:param(name, dims, options)
  local rank = 0 -- a missing size leaves a hole
  for i in pairs(dims) do rank = math.max(rank, i) end
  declare(self, name, dims, rank, declared.check(options, declared.param, "param", 3))
end

--- Counts an operator.
function Module:op(name, n)
  local ops = self.trace.current.ops
  ops[name] = (ops[name] or 0) + (n or 1)
end

--- Names the mathematics of this module: its layer type, counted and given to its parameters.
function Module:kind(name)
  self.layer_type = name
  self:count(name)
end

--- Counts a layer type.
function Module:count(name)
  local types = self.trace.current.types
  types[name] = (types[name] or 0) + 1
end

--- What only the class knows: the names and values are declared in `declared.facts`. A part beside
--- the model of words (`beside`) says nothing of it.
function Module:fact(name, value)
  if value == nil then return end
  declared.check({ [name] = value }, declared.facts, "fact", 3)
  local facts = self.trace.facts
  if self.beside or value == "none" and facts[name] then return end -- some layers have it
  facts[name] = value
end

--- Adds a cache of this layer.
function Module:cache(entry)
  local caches = self.trace.current.caches
  declared.check(entry, declared.cache, "cache", 3)
  if not self.beside then caches[#caches + 1] = entry end
end

local function role_of(options, part) return options.role and options.role .. part end

--- A linear map. Options: bias, class, role, tied, dtype, layer_type, transposed (stored with
--- the inputs first).
function Module:linear(name, x, width, options)
  options = declared.check(options, declared.linear, "linear", 3)
  local from = x.dims[#x.dims]
  local result = x:last(width)
  self:leaf(name, options.class or "Linear", x, result)
  local first, second = width, from
  if options.transposed then first, second = from, width end
  declare(self, join(name, "weight"), { first, second }, 2, options)
  if options.bias then
    declare(self, join(name, "bias"), { width }, 1, { role = role_of(options, ".bias"),
      dtype = options.dtype, layer_type = options.layer_type })
  end
  self:op(options.bias and "aten/addmm" or "aten/mm")
  return result
end

--- The parameters of a linear map that a file has in place of several smaller ones.
---@param name string in the file
---@param width integer|table of all results together
---@param x modelsig.Tensor
---@param bias any
---@param role string
function Module:stored(name, width, x, bias, role)
  self:param(name .. ".weight", { width, x.dims[#x.dims] }, { role = role })
  if bias then self:param(name .. ".bias", { width }, { role = role .. ".bias" }) end
end

--- A norm over the last dimension. Options: class, kind (see `declared.facts`), bias, role,
--- weightless, width, dtype (of the weight), heads (so many have a weight each).
function Module:norm(name, x, options)
  options = declared.check(options, declared.norm, "norm", 3)
  local kind = options.kind or "rms_norm"
  local type_name = norm_types[kind]
  self:leaf(name, options.class or kind == "layer_norm" and "LayerNorm" or "*RMSNorm", x)
  if not options.weightless then
    local width, heads = options.width or x.dims[#x.dims], options.heads
    declare(self, join(name, "weight"), { heads or width, heads and width }, heads and 2 or 1,
      { role = options.role, layer_type = type_name, dtype = options.dtype })
    if options.bias then
      declare(self, join(name, "bias"), { width }, 1, { role = role_of(options, ".bias"),
        layer_type = type_name, dtype = options.dtype })
    end
  end
  self:count(type_name)
  self:op(kind)
  return x
end

--- A table of vectors looked up by index.
function Module:embedding(name, ids, rows, width, options)
  options = declared.check(options, declared.embedding, "embedding", 3)
  local dims = table.move(ids.dims, 1, #ids.dims, 1, {})
  dims[#dims + 1] = width
  local result = shape.tensor(self.dtype, table.unpack(dims))
  local record = begin(self, "embedding", join(self.path, name),
    options.class or "Embedding", options.spec or "x", ids)
  record.output = shape.outputs(result)
  declare(self, join(name, "weight"), { rows, width }, 2, { tied = options.tied,
    role = options.role or "embedding.token", layer_type = "EmbeddingLayer" })
  self:count "EmbeddingLayer"
  self:op("embedding")
  return result
end

--- Parameters that each of `n` experts has; `active` of them serve a token.
function Module:each_expert(name, n, active, body)
  local child = child_of(self, join(self.path, name .. "." .. EXPERT))
  child.experts, child.active = n, active
  body(child)
end

--- A stack of layers: `kind(i)` names the kind of layer i, `body` is run once for each kind.
---@param name string
---@param n integer
---@param kind fun(i: integer): string
---@param call fun(m: modelsig.Module, name: string, kind: string, x: any): any
---@param first? integer the number of the first layer in names (0)
function Module:layers(name, n, kind, call, x, first)
  return stack.trace(self.trace, join(self.path, name), n, kind, function(k, y)
    return call(self, name .. "." .. LAYER, k, y)
  end, x, { beside = self.beside, first = first })
end

--- A new trace.
---@param family table
---@param dtype string
---@param limits {max_layers: integer, max_kinds: integer, max_declared: integer}
---@return modelsig.Module root, table trace
function M.new(family, dtype, limits)
  local trace = { dtype = dtype, main = stack.buffer(1), facts = {}, stacks = {},
    apart = {}, limits = limits }
  trace.current, trace.buffers = trace.main, { trace.main }
  return setmetatable({ trace = trace, path = "", env = {}, dtype = dtype, roles = "",
    base = family.base, arguments = family.arguments }, Module), trace
end

return M
