--- What formatters, gates, policies and scripts may rely on: the names in the documents of models
--- and pairs, in fingerprints, and in what `decide` gets. A policy that makes its own documents is
--- held to the types; keys of its own are its own business. Reading a name that is not declared is
--- an error, see `modelsig.base.strict`.

local check = require "modelsig.base.check"
local kernel = require "modelsig.compare.kernel"
local names_of_model = require "modelsig.model.names"

local M = {}

-- `userdata` is null, which says that a value is not known
local any = { type = "any" }
local text, rate = { type = "string|userdata" }, { type = "number|userdata" }
local texts = { type = "list|userdata", item = { type = "string" } }

local function list_of(what, fields)
  fields["*"] = any
  return { type = "list", item = { type = "table", fields = fields, what = what } }
end

local function record(what, fields)
  fields["*"] = any
  return { type = "table", fields = fields, what = what }
end

--- Adds names whose values are not looked at.
local function also(names, fields)
  for name in names:gmatch "%S+" do fields[name] = fields[name] or any end
  return fields
end

local problem = record("an error", also("model url offset", {
  code = { type = "string", required = true }, message = { type = "string", required = true } }))

local finding = also("where file offset", { code = text, message = text })

--- The keys of a configuration's vocabulary, whether a model has them or not.
local function config_names()
  local vocabulary = require("modelsig.rules.named").get("vocabulary", "config")
  return vocabulary.keys
end

local arch = also("model_type hidden_size num_hidden_layers num_attention_heads "
  .. "num_key_value_heads intermediate_size head_dim max_position_embeddings rope_theta "
  .. "rope_scaling sliding_window layer_types num_experts_per_tok num_local_experts num_experts "
  .. "vocab_size architectures is_moe", {})

--- The document of a model.
M.model = also("operators text_family format layer_signatures kv_cache shapes network label "
  .. "tensors files metadata onnx_op_types", {
  ["*"] = any, arch_fingerprint = record("arch_fingerprint", arch),
  dimension_ratios = record("dimension_ratios", also("ffn_expansion gqa_ratio", {})),
  op_types = texts, unique_ops_highlevel = texts, layer_types = texts,
  kv_cache_shape_pattern = text, source = text,
  static_weight_signature = { type = "table", item = { type = "table",
    fields = also("representative_shape dtype layer_type count param_count", { ["*"] = any }),
    what = "a tensor of static_weight_signature" } },
  findings = list_of("a finding", finding), unknown = { type = "list" },
  parameters = record("parameters", also("by_dtype active", { total = rate })),
  quantization = { type = "table|userdata" }, family = text, revision = text, bytes = rate,
  digests = record("digests", also("exact structure kernel quantization paths", {})),
  config = { type = "table", names = config_names, what = "the config" },
  features = { type = "table", item = { type = "any",
    fields = also("value evidence", { ["*"] = any }), what = "a feature" } },
  error = problem,
})

local verdict = { type = "string", choices = { "FULL_SUBSTITUTE", "PARTIAL_SUBSTITUTE",
  "NO_SUBSTITUTE" } }

--- One text, or a list of them.
local scope = { type = "string|list|userdata", item = { type = "string" } }

local scopes = { ["*"] = text }
for _, name in ipairs(kernel.scopes) do scopes[name] = text end

local differences = list_of("a difference", { feature = text, grade = text, scopes = texts,
  why = text, a = any, b = any, evidence = record("evidence", also("a b", {})) })

--- A kernel difference.
M.difference = differences.item

local strategy = record("test_strategy", { level = text, description = text, test_scope = scope })

--- The document of a pair.
M.pair = also("a_covers_b b_covers_a shape_compatibility can_substitute structural_coverage "
  .. "phase1_normalized_match phase2_substructure_match phase3_algebraic_consistent "
  .. "shape_ratios_all_uniform non_uniform_shape_keys", {
  ["*"] = any, substitution_verdict = verdict, isomorphism = text, coverage_rate = rate,
  reasons = texts, recommendation = text, only_in_a = texts, only_in_b = texts,
  missing_highlevel_ops = texts, operator_coverage_rate = rate, layer_type_coverage = rate,
  unknown = { type = "list" },
  scaling_analysis = { type = "table",
    item = record("scaling_analysis", also("a b ratio", {})) },
  kernel = record("kernel", { verdict = text, unknown = { type = "list" },
    scopes = { type = "table", fields = scopes, what = "kernel.scopes" },
    differences = differences }),
  test_strategy = strategy,
  quant_transfer = record("quant_transfer", also("struct_sim_score op_hist_sim "
    .. "layer_type_hist_sim shape_uniform_score moe_correction", { confidence = text,
    estimated_transferability = rate, recommended_methods = texts, arch_risk_factors = texts,
    caveats = texts })),
  policy = record("policy", { name = text, from = text, digest = text }),
  smaller = text, larger = text, error = problem,
})

--- A strict declaration with the names of several.
local function joined(what, ...)
  local fields = {}
  for _, from in ipairs { ... } do
    for name, field in pairs(from) do
      if name ~= "*" then fields[name] = field end
    end
  end
  return { fields = fields, what = what }
end

local function names(what, list, fields)
  return { fields = also(list, fields or {}), what = what }
end

local sides = names("this", "only_a only_b text")

--- What `decide` gets: the facts, and what the document has of them.
M.comparison = joined("a comparison", M.pair, also("a b identical unknown failed", {
  class = names("class", "a b same"), moe = names("moe", "a b same"),
  phases = names("phases", "keys substructure scale"),
  match = names("match", "known pairs groups only_a only_b common larger larger_all shared rate "
    .. "by_class"),
  substructure = names("substructure", "same kinds_a kinds_b only_a only_b text"),
  scale = names("scale", "consistent mismatches unknown text"),
  operators = sides, layer_types = sides,
  mathematics = names("mathematics", "same by text features"),
}))

--- A fingerprint.
M.fingerprint = { what = "a model" }

function M.fingerprint.names()
  local all = {}
  for name in pairs(names_of_model.fields) do all[name] = any end
  all.config = { names = config_names, what = "the config" }
  function M.fingerprint.names() return all end
  return all
end

M.thresholds = names("thresholds", "coverage layer_types operators")

--- What stands beside the comparison.
M.context = names("the context", "policy options fill contrast base difference maybe", {
  a = M.fingerprint, b = M.fingerprint, smaller = M.fingerprint, larger = M.fingerprint,
  thresholds = M.thresholds })

local function declared(what, fields) return { fields = fields, what = what } end

M.model_document, M.pair_document = declared("a model", M.model), declared("a pair", M.pair)

--- Declarations of the arguments of a policy's functions.
M.arguments = {
  fingerprint = { M.fingerprint },
  compare = { M.model_document, M.model_document, M.fingerprint, M.fingerprint },
  decide = { M.comparison, M.context },
  plan = { { item = { what = "an entry of the documents",
    fields = { label = any, document = M.model_document } } } },
}

--- The document of a run.
M.report = names("the report", "tool version timestamp", {
  models = { item = M.model_document },
  coverage_matrix = { item = M.pair_document },
  test_strategy_summary = { item = names("test_strategy_summary",
    "verdict level scope isomorphism coverage_rate error") },
  multi_fidelity_plan = { item = { item = names("an entry of the plan",
    "model reason test_focus") } },
})

--- The first thing in which a document is not as declared.
---@param declared_fields table `M.model` or `M.pair`
---@param document table
---@return string|nil problem
function M.problem(declared_fields, document)
  local first = check.schema(declared_fields, document)[1]
  return first and ("`%s`: %s"):format(first.field, first.message)
end

return M
