--- The architecture facts of a model (layer 2), whatever its file calls them.
---
--- `normalise` flattens nested text configs, translates spellings, adds what the class assumes for
--- missing keys, and derives what follows from the rest. Every value carries its evidence. Names,
--- defaults and patterns are in `rules/config`; this module applies them.

local configfile = require "modelsig.model.config_file"
local defaults = require "modelsig.model.defaults"
local families = require "modelsig.family.families"
local json = require "modelsig.native.json"
local named = require "modelsig.rules.named"

local M = {}
local null = json.null
local is_object, lookup = configfile.is_object, configfile.lookup

---@class modelsig.Config
---@field values table<string, any> by `rules/config/vocabulary.lua`; explicit null is `json.null`
---@field evidence table<string, "config"|"default"|"family"|"derived">
---@field kinds table<string, string> those of `rules/config/vocabulary.lua`
---@field sources table<string, string> the key of the file that a value was read from
---@field text table<string, any> the raw keys, nested text configs laid over the top level
---@field class string|nil the model type whose class defaults were used
---@field parts table<string, modelsig.Config> vision and audio towers and the like
---@field families table<string, table> of the parts that a family composes, see `families.parts`
---@field outer table the raw keys of the top level alone
---@field wrong table<string, true> keys whose values are of the wrong kind

local loaded
local function load_rules()
  if loaded then return loaded end
  local function part(name) return assert(named.load("config", name)) end
  local vocabulary = part "vocabulary"
  local kinds = {}
  for key, entry in pairs(vocabulary.keys) do kinds[key] = entry[1] end
  loaded = {
    vocabulary = vocabulary, kinds = kinds, names = configfile.by_name(vocabulary.keys),
    rope = part "rope", layers = part "layers", derived = part "derived",
    per_layer = part "per_layer", experts = part "experts",
  }
  return loaded
end

--- Reads null as nil, and one size for each layer as no size, so that rules need not ask.
local function view(values, kinds)
  return setmetatable({}, { __index = function(_, key)
    local value = values[key]
    local kind = type(value) == "table" and kinds and kinds[key]
    if value == null or kind == "size" or kind == "count" then return nil end
    return value
  end })
end

local lists = { list = true, names = true, numbers = true }

local function set(state, key, value, evidence, source)
  if evidence == "derived" and lists[state.rules.kinds[key]] and type(value) == "table" then
    value = json.array(value)
  end
  state.values[key], state.evidence[key] = value, evidence
  state.sources[key] = source
end

local function read_file(state)
  local vocabulary = state.rules.vocabulary
  local outermost = { dtype = true, architectures = true, model_type = true }
  for key in pairs(configfile.mentioned(state.text, state.rules.names)) do
    local levels = outermost[key] and state.levels[1][key] ~= nil and { state.levels[1] }
      or state.levels
    local value, name, wrong = configfile.read(levels, key, vocabulary.keys[key],
      vocabulary.max_size)
    if value == nil then state.wrong[key] = wrong else set(state, key, value, "config", name) end
  end
  local dtype = state.values.dtype
  if type(dtype) == "string" then state.values.dtype = dtype:gsub("^torch%.", "") end
end

--- A family's own names win over the common spellings: it knows its files.
local function apply_aliases(state, family)
  for key, name in pairs(family and family.aliases or {}) do
    for _, spelling in ipairs(type(name) == "table" and name or { name }) do
      local value, kind = lookup(state.text, spelling), state.rules.kinds[key]
      if value ~= nil and kind then
        value = configfile.admit(value, kind, state.rules.vocabulary.max_size)
      end
      if value ~= nil then
        set(state, key, value, "config", spelling)
        break
      end
    end
  end
end

local function fill(state, given, evidence)
  for key, value in pairs(given) do
    if state.rules.kinds[key] and state.values[key] == nil and state.wrong[key] == nil then
      set(state, key, value, evidence)
    end
  end
end

--- The row of class defaults: by the innermost model type that is known, then by the class names.
local function class_of(state, part, family)
  if part then
    for _, name in ipairs { family and family.name or "", state.text.model_type } do
      local row, found
      if type(name) == "string" then row, found = defaults.part_row(name, part) end
      if row then return row, found end
    end
    return {}
  end
  for i = #state.levels, 1, -1 do
    local name = state.levels[i].model_type
    if type(name) == "string" then
      local row, found = defaults.row(name)
      if row then return row, found end
    end
  end
  local architectures = state.values.architectures
  for _, class in ipairs(type(architectures) == "table" and architectures or {}) do
    local row, found = defaults.of_class(class)
    if row then return row, found end
  end
  return {}
end

--- The row of a part that the file does not describe; keys of its family stand among those of the
--- file.
local function said_of_absent(state, absent, class)
  for key, value in pairs(absent) do
    if not state.rules.kinds[key] then state.text[key] = value end
  end
  return defaults.over(absent, class)
end

--- Asks each rule for a value that is still open; the first answer for a key stands.
local function apply_rules(state, list, ...)
  local c, raw = view(state.values, state.rules.kinds), view(state.text)
  local decided = {}
  for _, rule in ipairs(list) do
    local key, current = rule[1], state.values[rule[1]]
    local open = rule.always or current == nil or current == null
    if open and not decided[key] and state.wrong[key] == nil then
      local value, special = rule[2](c, raw, ...)
      if special == "null" then value = null end
      if special == "drop" then
        state.values[key], state.evidence[key] = nil, nil
      end
      if value ~= nil then
        set(state, key, value, rule.evidence or "derived", state.sources[key])
        decided[key] = true
      end
    end
  end
end

--- What is expected of a kind of value.
local expected = { size = "a whole number", count = "a whole number", flag = "true or false",
  choice = "a name", switch = "a name, true or false", text = "a name", number = "a number",
  names = "a list of names", numbers = "a list of numbers", list = "a list",
  record = "an object" }

local function found_text(value, kind)
  if (kind == "size" or kind == "count") and math.type(value) == "integer" then
    return ("%d, which no model has"):format(value)
  end
  if lists[kind] and json.is_array(value) then return "a list with other elements" end
  return configfile.describe(value)
end

local function collect_findings(state)
  local findings = {}
  for key, value in pairs(state.wrong) do
    if state.values[key] == nil then
      findings[#findings + 1] = { code = "malformed", where = key,
        message = ("config: %s: expected %s, found %s"):format(key,
          expected[state.rules.kinds[key]], found_text(value, state.rules.kinds[key])) }
    end
  end
  table.sort(findings, function(a, b) return a.where < b.where end)
  return findings
end

--- The keys whose values are of the wrong kind, and have no other source.
local function without_value(state)
  local keys = {}
  for key in pairs(state.wrong) do keys[key] = state.values[key] == nil or nil end
  return keys
end

--- The parts of a model. One that a family has is there, whether the file speaks of it or not.
local function read_parts(state, opts, known)
  local parts, said = {}, {}
  if opts.depth >= 3 then return parts end
  for _, level in ipairs(state.levels) do
    for _, name in ipairs(state.rules.vocabulary.parts) do
      if is_object(level[name]) and not parts[name] then
        said[name] = true
        parts[name] = M.normalise(level[name], { depth = opts.depth + 1, part = name,
          family = known[name] })
      end
    end
  end
  for name, family in pairs(known) do
    if name ~= "text" and not said[name] then
      parts[name] = M.normalise({ model_type = family.name }, { depth = opts.depth + 1,
        part = name, family = family, absent = defaults.absent(state.outer.model_type, name) })
    end
  end
  return parts
end

--- Reads a raw configuration (the decoded `config.json`).
--- ```lua
--- local cfg = assert(config.normalise(json.decode(text)))
--- print(cfg.values.hidden_size, cfg.evidence.head_dim)
--- ```
---@param raw any
---@param opts? { family: table?, quant_config: table? } the latter is `hf_quant_config.json`
---@return modelsig.Config|nil, table|string findings or message, string? code
function M.normalise(raw, opts)
  opts = opts or {}
  if not is_object(raw) then
    return nil, "config: expected an object, found " .. configfile.describe(raw), "malformed"
  elseif next(raw) == nil then
    return nil, "config: an object without any key", "malformed"
  end
  local r = load_rules()
  local levels = configfile.levels(raw, r.vocabulary.text_parts)
  configfile.leave_out(levels, opts.family and opts.family.outside)
  local state = { rules = r, levels = levels, text = configfile.flatten(levels), values = {},
    evidence = {}, sources = {}, wrong = {}, outer = raw }
  local known = opts.family and families.parts(opts.family, raw) or {}
  read_file(state)
  apply_aliases(state, known.text)
  apply_aliases(state, opts.family)
  local class, class_name = class_of(state, opts.part, opts.family)
  if opts.absent then class = said_of_absent(state, opts.absent, class)
  elseif not opts.part then
    class = defaults.of_composite(class, raw.model_type, #levels > 1)
  end
  configfile.refuse_null(state, class, opts.family and opts.family.defaults,
    known.text and known.text.defaults)
  fill(state, class, "default")
  fill(state, opts.family and opts.family.defaults or {}, "family")
  fill(state, known.text and known.text.defaults or {}, "family")
  fill(state, { is_encoder_decoder = false }, "default")
  configfile.same_in_all(state)
  apply_rules(state, r.derived, 0, class)
  local n, message, code = configfile.layer_count(state.values.num_hidden_layers,
    state.wrong.num_hidden_layers, r.vocabulary.max_layers)
  if not n then return nil, message, code end
  apply_rules(state, r.layers, n, class)
  apply_rules(state, r.experts, n, class)

  for key, list in pairs(r.per_layer.read(view(state.values, r.kinds), view(state.text), n)) do
    set(state, key, { per_layer = json.array(list) }, "derived", state.sources[key])
  end

  local rope, written = r.rope.build(view(state.text), view(state.values, r.kinds), class)
  if rope then set(state, "rope_parameters", rope, written and "config" or "default") end
  if state.values.quantization_config == nil and is_object(opts.quant_config) then
    set(state, "quantization_config", opts.quant_config, "config", "hf_quant_config.json")
  end
  return {
    values = state.values, evidence = state.evidence, kinds = r.kinds, sources = state.sources,
    text = state.text, class = class_name,
    parts = read_parts(state, { depth = opts.depth or 0 }, known), families = known,
    outer = raw,
    wrong = without_value(state),
  }, collect_findings(state)
end

--- The sizes and counts of a model as symbols for the expression solver.
---@param cfg modelsig.Config
---@return table<string, integer>
function M.symbols(cfg)
  local symbols = {}
  for key, value in pairs(cfg.values) do
    local kind = cfg.kinds[key]
    if (kind == "size" or kind == "count") and math.type(value) == "integer" and value > 0 then
      symbols[key] = value
    end
  end
  return symbols
end

return M
