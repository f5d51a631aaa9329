--- What formatters, gates and scripts may rely on in the documents of models and pairs. A policy
--- that makes its own documents is held to it; keys of its own are its own business.

local check = require "modelsig.base.check"

local M = {}

-- `userdata` is null, which says that a value is not known
local any = { type = "any" }
local text, rate = { type = "string|userdata" }, { type = "number|userdata" }
local texts = { type = "list|userdata", item = { type = "string" } }

local function list_of(fields)
  fields["*"] = any
  return { type = "list", item = { type = "table", fields = fields } }
end

local function record(fields)
  fields["*"] = any
  return { type = "table", fields = fields }
end

--- The document of a model: the keys that are read.
M.model = {
  ["*"] = any, arch_fingerprint = record {}, dimension_ratios = record {}, op_types = texts,
  unique_ops_highlevel = texts, layer_types = texts, kv_cache_shape_pattern = text, source = text,
  static_weight_signature = { type = "table", item = { type = "table" } },
  findings = list_of { code = text, message = text }, parameters = record { total = rate },
  quantization = { type = "table|userdata" }, family = text, revision = text, bytes = rate,
  error = record { code = { type = "string", required = true },
    message = { type = "string", required = true } },
}

local verdict = { type = "string", choices = { "FULL_SUBSTITUTE", "PARTIAL_SUBSTITUTE",
  "NO_SUBSTITUTE" } }

--- One text, or a list of them.
local scope = { type = "string|list|userdata", item = { type = "string" } }

--- The document of a pair.
M.pair = {
  ["*"] = any, substitution_verdict = verdict, isomorphism = text, coverage_rate = rate,
  reasons = texts, recommendation = text, only_in_a = texts, only_in_b = texts,
  missing_highlevel_ops = texts, operator_coverage_rate = rate, layer_type_coverage = rate,
  unknown = { type = "list" }, scaling_analysis = { type = "table", item = { type = "table" } },
  kernel = record { verdict = text, unknown = { type = "list" },
    scopes = { type = "table", item = text },
    differences = list_of { feature = text, grade = text, scopes = texts, why = text } },
  test_strategy = record { level = text, description = text, test_scope = scope },
  quant_transfer = record { confidence = text, estimated_transferability = rate,
    recommended_methods = texts, arch_risk_factors = texts, caveats = texts },
  policy = record { name = text, from = text }, smaller = text, larger = text,
  error = record { code = { type = "string", required = true },
    message = { type = "string", required = true } },
}

--- The first thing in which a document is not as declared.
---@param declared table `M.model` or `M.pair`
---@param document table
---@return string|nil problem
function M.problem(declared, document)
  local first = check.schema(declared, document)[1]
  return first and ("`%s`: %s"):format(first.field, first.message)
end

return M
