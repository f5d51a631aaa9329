--- From a family, a head and a configuration to a description: patterns of the saved tensors,
--- operators, layer types, caches, records and facts.

local caches = require "modelsig.family.caches"
local count = require "modelsig.base.count"
local expr = require "modelsig.family.expr"
local failure = require "modelsig.base.failure"
local interrupt = require "modelsig.base.interrupt"
local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"
local trace = require "modelsig.family.trace"
local view = require "modelsig.family.view"

local M = {}

--- More experts than any model has are a mistake or an attack.
local max_experts = 65536

--- How many layers, and kinds of them, a stack may have.
local function limits() return named.get("vocabulary", "config") end

local function merge_ranges(a, b)
  local all = {}
  for _, list in ipairs { a, b } do
    for _, range in ipairs(list) do all[#all + 1] = { range[1], range[2] } end
  end
  table.sort(all, function(x, y) return x[1] < y[1] end)
  local out = {}
  for _, range in ipairs(all) do
    local last = out[#out]
    if last and last[2] + 1 == range[1] then last[2] = range[2] else out[#out + 1] = range end
  end
  return out
end

--- How many numbers of a parameter serve one token, in all its layers; nil beyond 63 bits.
local function serving(param, dims, times, of)
  local n = count.product(count.elements(dims), times)
  if param.share then
    local k, parts = expr.value(param.share[1]), expr.value(param.share[2])
    return count.product(n and n // parts, k)
  end
  return count.product(n, of and (param.active and expr.value(param.active) or of) or 1)
end

--- The name of a module's parameter as files have it.
local function renamed(name, renames)
  for _, rename in ipairs(renames or {}) do name = name:gsub(rename[1], rename[2]) end
  return name
end

local function pattern_of(param, buffer, saved)
  local layers, times = buffer.layers, buffer.times
  local template = renamed(renamed(param.path, param.saved), saved)
  local at = layers and not template:find(trace.LAYER, 1, true) and template:match "%.(%d+)%."
  if at then -- a list of its own that some layers call
    template = template:gsub("%.%d+%.", "." .. trace.LAYER .. ".", 1)
    layers, times = { { math.tointeger(at), math.tointeger(at) } }, 1
  end
  local dims, exprs, given = {}, {}, param.dims
  for i = 1, #given do dims[i], exprs[i] = expr.value(given[i]), expr.text(given[i]) end
  local experts = param.experts and expr.value(param.experts)
  if experts and experts > max_experts then
    failure.raise("malformed", "config: %d experts, at most %d allowed", experts, max_experts)
  end
  return { key = trace.abstract(template), template = template, dims = dims, exprs = exprs,
    dtype = param.dtype, count = times * (experts or 1), layers = layers,
    experts = experts, active = serving(param, dims, times, experts),
    role = param.role, layer_type = param.layer_type }
end

--- Patterns of all buffers; equal ones of several kinds of layer become one.
local function patterns_of(t, saved)
  local list, by_text = {}, {}
  for _, buffer in ipairs(t.buffers) do
    for _, param in ipairs(buffer.params) do
      local p = pattern_of(param, buffer, saved)
      local text = p.template .. " " .. p.dtype .. " " .. table.concat(p.exprs, ",") .. " "
        .. table.concat(p.dims, ",")
      local same = by_text[text]
      if same then
        same.count = same.count + p.count
        same.active = count.sum(same.active, p.active)
        same.layers = merge_ranges(same.layers, p.layers)
      else
        by_text[text] = p
        list[#list + 1] = p
      end
    end
  end
  table.sort(list, function(a, b)
    if a.key ~= b.key then return a.key < b.key end
    return (a.layers and a.layers[1][1] or 0) < (b.layers and b.layers[1][1] or 0)
  end)
  return list
end

--- All parameters, and those that serve one token; unknown beyond 63 bits.
local function total(patterns)
  local all, active = 0, 0
  for _, p in ipairs(patterns) do
    local n = count.product(count.elements(p.dims), p.count)
    all = count.sum(all, n)
    if not all then return {} end
    active = count.sum(active, p.active)
  end
  return { total = all, active = active }
end

local function sums(t, field)
  local out = {}
  for _, buffer in ipairs(t.buffers) do
    for name, n in pairs(buffer[field]) do out[name] = (out[name] or 0) + n * buffer.times end
  end
  return out
end

--- Layers that predict further tokens stand behind the last layer; they are not part of it.
local function beside(family, c, dtype)
  local n = c.num_nextn_predict_layers
  local first = c.num_hidden_layers
  if not family.mtp or not n or n < 1 or n > 64 or not first then return {} end
  local root, t = trace.new(family, dtype, limits())
  local shape = require "modelsig.family.shape"
  root.roles, root.env.attention_mask = "mtp.", nil
  local own = family.names.mtp -- a list of their own counts from 0
  root:layers(own or "model.layers", n, function() return "mtp" end, function(m, name, _, x)
    return m:call(name, "*Layer", "x", x, function(inner, y)
      return family.mtp(c, family, inner, y)
    end)
  end, shape.tensor(dtype, 1, 8, c.hidden_size), own and 0 or first)
  local list = patterns_of(t, family.saved)
  for _, p in ipairs(list) do p.role = p.role or "mtp.other" end
  return list
end

--- Calls `fn(name, dims, dtype, pattern)` for every saved tensor.
local function expand(patterns, fn)
  for _, p in ipairs(patterns) do
    for _, range in ipairs(p.layers or { { 0, 0 } }) do
      for i = range[1], range[2] do
        local name = p.template:gsub(trace.LAYER, i)
        for e = 0, (p.experts or 1) - 1 do
          fn(p.experts and name:gsub(trace.EXPERT, e) or name, p.dims, p.dtype, p)
        end
      end
    end
  end
end

--- In a model with rotary positions: how many of its layers with attention have none.
local function without_positions(t)
  local some, all = false, true
  for _, buffer in ipairs(t.buffers) do
    if buffer.ops.attention and buffer.layers and not buffer.beside then
      if buffer.ops.rope then all = false else some = true end
    end
  end
  return not some and "none" or all and "all" or "some"
end

local function run(family, head, c, dtype)
  local root, t = trace.new(family, dtype, limits())
  family.heads[head](root, c, family, family.given(c, dtype))
  local kinds = {}
  for _, stack in ipairs(t.stacks) do
    table.move(stack.kinds, 1, #stack.kinds, #kinds + 1, kinds)
  end
  local patterns, facts = patterns_of(t, family.saved), {}
  local language = rawget(c, "language")
  for key, value in pairs((language and language.family or family).facts or {}) do
    facts[key] = value
  end
  for key, value in pairs(t.facts) do facts[key] = value end
  if facts.positions == "rope" and facts.nope_layers == nil then
    facts.nope_layers = without_positions(t)
  end
  local cached = caches.of(t.buffers, dtype)
  local records
  return {
    family = family.name, dtype = dtype, patterns = patterns, operators = sums(t, "ops"),
    layer_types = sums(t, "types"), cache = cached,
    layer_kinds = kinds, facts = facts, params = total(patterns),
    extra_patterns = beside(family, c, dtype), published = family.published,
    kinds = function() return trace.kinds(t) end,
    records = function()
      records = records or trace.records(t)
      return records
    end,
    expand = function(fn) expand(patterns, fn) end,
  }
end

--- Message handler: an error that is neither a text nor ours gets the line of who raised it.
local function located(problem)
  if failure.is(problem) or type(problem) == "string" or interrupt.is(problem) then
    return problem
  end
  local text = interrupt.text(problem)
  for level = 2, 20 do
    local place = debug.getinfo(level, "Sl")
    local known = place and place.currentline > 0
    if known then return ("%s:%d: %s"):format(place.short_src, place.currentline, text) end
  end
  return text
end

--- One run of a family over a configuration. `given`: sizes that are made up, see `view`.
---@return boolean ok, any result, modelsig.asked asked
local function try(family, head, cfg, class, given)
  local dtype = named.get("dtypes").config[cfg.values.dtype] or "F32"
  local asked = { missing = {}, given = given or {} }
  local c = view.new(cfg, family, "", asked)
  rawset(c, "root_class", class or false)
  local ok, result = xpcall(run, located, family, head, c, dtype)
  if not ok then interrupt.pass(result) end
  return ok, result, asked
end

--- The sizes without which the family fails: made up, they let it go on. Nil where it fails anyway.
---@param fails fun(given: table<string, true>): boolean, table<string, string>
---@param missing table<string, string>
---@return string[]|nil names
local function needed(fails, missing)
  local given = {}
  for _, how in ipairs { "zero", "absent" } do -- a zero is stated, what is absent may be optional
    for _, name in ipairs(lists.sorted(missing)) do
      if missing[name] == how and not fails { [name] = true } then return { name } end
    end
  end
  repeat -- what was made up may let the family ask for more
    local more, still = false
    for name in pairs(missing) do
      more = more or not given[name]
      given[name] = true
    end
    if not more then return nil end
    still, missing = fails(given)
  until not still
  for _, name in ipairs(lists.sorted(given)) do
    given[name] = nil
    if fails(given) then given[name] = true end
  end
  return lists.sorted(given)
end

--- What the file lacks, in words.
local function cause(names, missing)
  local absent, zero = {}, {}
  for _, name in ipairs(names) do
    local list = missing[name] == "zero" and zero or absent
    list[#list + 1] = name
  end
  if #zero > 0 then return table.concat(zero, ", ") .. " must not be 0" end
  return "without a usable value of " .. table.concat(absent, ", ")
end

--- What went wrong, as `nil, message, code`. The file's mistakes are told in its own words; the
--- place in a user's family stands with them.
local function explain(family, problem, missing, fails)
  if failure.is(problem) then return nil, problem.message, problem.code end
  local text = interrupt.text(problem)
  local names = next(missing) and needed(fails, missing)
  local why = names and cause(names, missing) or text
  if names and family.user then why = ("%s (%s)"):format(why, text) end
  return nil, ("config: family '%s' cannot be applied: %s"):format(family.name, why), "malformed"
end

---@param family table
---@param head string
---@param cfg modelsig.Config
---@param class? string of the whole model
---@return table|nil description, string? message, string? code
function M.describe(family, head, cfg, class)
  local ok, result, asked = try(family, head, cfg, class)
  if ok then return result end
  return explain(family, result, asked.missing, function(given)
    local good, problem, now = try(family, head, cfg, class, given)
    return not good and not failure.is(problem), now.missing
  end)
end

return M
