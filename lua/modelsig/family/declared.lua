--- What families and blocks may say: slots, options of modules, facts, and the kinds of values that
--- options take. A slip is an error at the author's line.

local check = require "modelsig.base.check"

local M = {}

--- Slots of a family, with the types of their values. `options` slots hold the options of a block,
--- see `rules/blocks`.
M.slots = {
  extends = "string", model_types = "table", aliases = "table", defaults = "table", keys = "table",
  kind = "function|string", layout = "function|string", layer = "function",
  attention = "function|table", ffn = "function|table", moe = "table",
  mlp_class = "function", rope = "function|boolean",
  norm = "table", head = "table", decoder = "table", calls = "table", classes = "table",
  names = "table", heads = "table", default_head = "string", body = "function",
  given = "function", saved = "table", published = "table", facts = "table", mtp = "function",
  parts = "table", part = "string",
  towers = "function", mixers = "table", encoder = "table", arguments = "table",
  outside = "table", described = "function",
  vision = "table", encoder_layer = "table", vit_layer = "table",
}

--- Slots whose tables are laid over those of the parent, key by key.
M.merged = { "aliases", "defaults", "keys", "norm", "head", "decoder", "calls", "classes", "names",
  "heads", "facts", "parts", "mixers", "encoder", "arguments", "vision", "encoder_layer",
  "vit_layer" }

--- What the entries of a slot's table are.
M.entries = { aliases = "string|table", calls = "string", classes = "string",
  names = "string|boolean", heads = "function|boolean", saved = "table", published = "table",
  parts = "string|table",
  mixers = "table|boolean", arguments = "string", outside = "string" }

local function set(text)
  local out = {}
  for name in text:gmatch "%S+" do out[name] = true end
  return out
end

--- The parts that a family may give a name, a class, an order of arguments.
M.parts = {
  names = set("model language embedding positions rope layers norm attention ffn moe head score "
    .. "token_score questioned embedding_norm embedding_dropout attention_norm after_attention "
    .. "attention_dropout ffn_norm after_ffn ffn_dropout mtp"),
  classes = set "base model embedding positions rope layer attention ffn moe",
  calls = set("model language classified positions rope layer attention ffn "
    .. "words sequence token question choice"),
}

--- The values that blocks hand on (`m.env.NAME`), and `x`, on which a module works. An order of
--- arguments may name them; one that a model does not have vanishes. What else a family hands on
--- it declares in its slot `arguments`, or it is always there.
M.arguments = set("x residual attention_mask position_ids position_embeddings alibi masks "
  .. "token_type_ids pooled encoder encoded decoder_input_ids ids_of_positions embedded mask bias "
  .. "cross_bias gate correction chosen scores places pixel_values image_sizes patches grid_thw "
  .. "target_sizes lengths rows cu_seqlens relative_position_bias input_ids low_query index_mask "
  .. "prev_topk_indices patch_attention_mask pixel_attention_mask spatial_shapes")

--- What stands in place of the attention in layers of a kind (`beside`: and before it): a block
--- with its options or a function that builds, and how it and its layer are named and called.
M.mixer = { block = "string", options = "table", build = "function", beside = "boolean",
  name = "string", class = "string", call = "string", layer = "string", layer_call = "string",
  uncalled = "boolean" }

--- Slots that hold a table of options, merged too where parent and child both give a table.
M.options = { "attention", "ffn", "moe" }

--- What the slot `moe` says beside the options of its block: which layers have experts, and a
--- function in place of the block.
M.moe = { layers = "function|string|boolean", build = "function" }

--- What the class alone knows, and features are made of.
M.facts = {
  norm = { "rms_norm", "layer_norm", "rms_norm_1p", "layer_norm_1p", "none" },
  norm_place = { "pre", "post", "both" },
  rope_layout = { "half", "interleaved", "half, backwards" },
  positions = { "rope", "learned", "sinusoidal", "alibi", "relative", "none",
    "learned and relative" },
  nope_layers = { "none", "some", "all" },
  qk_norm = { "none", "per head", "whole width", "weightless" },
  partial_rotary = "number", -- the part of a head that turns, where no file says it
  sinks = "boolean", parallel_residual = "boolean", gated = "boolean", routing_bias = "boolean",
  renormalize = "boolean", shared_gate = "boolean", activation = "string|boolean",
  scoring = { "softmax", "sigmoid", "sqrtsoftplus", "sparsemixer" },
  attention_kind = { "differential", "masked by values", "routed", "block sparse" },
  output_gate = "boolean", top_k = "integer", tied = "boolean",
  mixer = { "fourier transform", "fading mix" }, -- in place of attention, where no key says it
  stacks = { "decoder", "encoder", "encoder and decoder" },
}

--- What a key that only one architecture has may be.
M.key_kinds = { "size", "count", "flag", "choice", "number", "list", "record" }

--- Options of the ways to declare a part.
M.param = { dtype = "string", role = "string", layer_type = "string", tied = "boolean",
  share = "table", empty = "boolean" }
M.linear = { bias = "any", class = "string", role = "string", tied = "boolean", dtype = "string",
  layer_type = "string", transposed = "boolean" }
M.norm = { class = "string", kind = M.facts.norm, bias = "any", role = "string",
  weightless = "boolean", width = "any", heads = "any", dtype = "string" }
M.embedding = { class = "string", spec = "string", role = "string", tied = "boolean" }
M.cache = { kind = "string", heads = "any", dim = "any", window = "any", tokens = "any",
  value = "any", latent = "any", rope = "any", dims = "table", dtype = "string", every = "integer" }

--- Is a value of what is declared: types as `check.is` has them, or a list of choices?
---@return string|nil message
function M.wrong(value, types)
  if type(types) == "table" then
    for _, choice in ipairs(types) do
      if choice == value then return nil end
    end
    local near = type(value) == "string" and check.hint(value, types) or ""
    return ("one of %s expected, got %s%s"):format(table.concat(types, ", "),
      check.describe(value), near)
  end
  if check.is(value, types) then return nil end
  return ("%s expected, got %s"):format(types:gsub("|", " or "), check.describe(value))
end

--- Raises, `level` calls up, for a name that is not declared or a value of another type.
---@param options table|nil
---@param spec table<string, string|string[]>
---@param who string what the options belong to
---@param level integer
---@return table options
function M.check(options, spec, who, level)
  if options == nil then return {} end
  if type(options) ~= "table" then
    error(("%s: a table of options expected, got %s"):format(who, check.describe(options)), level)
  end
  for key, value in pairs(options) do
    local types = spec[key]
    if type(value) ~= types then -- else it is what most are
      local message = not types and "unknown option" .. check.hint(tostring(key), spec)
        or types and M.wrong(value, types)
      if message then error(("%s: %s: %s"):format(who, tostring(key), message), level) end
    end
  end
  return options
end

--- The kinds of values that options of blocks take. A flag or a size may be the name of a key of
--- the configuration, a size also false, which is none; anything but a block may be a function of
--- the configuration and the kind of layer.
local kinds = {
  flag = "boolean|string|function", size = "integer|table|string|boolean|function",
  text = "string|function", word = "string|boolean|function", block = "function|boolean",
  list = "table|function",
  made = "function|boolean", -- of the configuration and the kind, what is called
}

--- The problem of one option of a block, or nil.
---@param spec string|string[] of the option
---@param value any
---@param keys table<string, any> names that a flag or a size may have
---@return string|nil message
function M.wrong_option(spec, value, keys)
  if type(spec) == "table" then
    if type(value) == "function" or value == false then return nil end
    return M.wrong(value, spec)
  end
  if not kinds[spec] then
    return ("its block declares it as '%s', which is no kind of option%s"):format(tostring(spec),
      check.hint(tostring(spec), kinds))
  end
  if spec == "size" and value == true then
    return "a size, the name of one or false expected, got true"
  end
  local message = M.wrong(value, kinds[spec])
  if not message and type(value) == "string" and (spec == "flag" or spec == "size")
    and not keys[value] then
    message = ("'%s' is no key of a configuration%s"):format(value, check.hint(value, keys))
  end
  return message
end

--- The options of a block with their values: keys are looked up, functions are asked. Options of
--- another block that shares the table are left out.
---@param options table
---@param specs table<string, string|string[]>
---@param c table the configuration as families see it
---@param kind string|nil of the layer
---@return table
function M.resolve(options, specs, c, kind)
  local out = {}
  for key, value in pairs(options) do
    local spec = specs[key]
    if type(value) == "function" and spec and spec ~= "block" then value = value(c, kind) end
    if type(value) == "string" and (spec == "flag" or spec == "size") then value = c[value] end
    if spec then out[key] = value end
  end
  return out
end

return M
