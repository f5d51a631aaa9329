--- A made-up report with everything a formatter has to show.

local M = {}

local function model(name, layers, hidden)
  return {
    arch_fingerprint = { model_type = name, hidden_size = hidden, num_hidden_layers = layers,
      num_attention_heads = 32, num_key_value_heads = 8, intermediate_size = 3 * hidden,
      head_dim = 128, is_moe = false },
    static_weight_signature = { ["a.N.weight"] = {}, ["b.weight"] = {} },
    op_types = { "aten/mm", "attention", "embedding", "rms_norm", "rope", "silu", "swiglu" },
    layer_types = { "AttentionLayer", "EmbeddingLayer", "FFN_SwiGLU", "LMHead", "RMSNorm" },
    kv_cache_shape_pattern = "[batch, 8, seq_len, 128]",
    dimension_ratios = { ffn_expansion = 3.0, gqa_ratio = 4.0 }, source = "safetensors",
    family = name, parameters = { total = 8190735360 }, bytes = 16381470720, findings = {},
  }
end

local function pair()
  return {
    isomorphism = "ISOMORPHIC", substitution_verdict = "FULL_SUBSTITUTE", coverage_rate = 1.0,
    phase1_normalized_match = true, phase2_substructure_match = true,
    phase3_algebraic_consistent = false, can_substitute = true,
    reasons = { "every dimension is the same expression of the models' own sizes on both sides, "
      .. "which makes one a scaled copy of the other" },
    unknown = { "the rope layout of one side" },
    kernel = { verdict = "PARTIAL_SUBSTITUTE", scopes = {}, unknown = { "mask" },
      differences = { { feature = "gqa", a = 4, b = 8, grade = "path",
        scopes = { "attention", "cache" }, why = "another template" } } },
    test_strategy = { level = "RECOMMENDED", description = "Run the suite on the smaller model.",
      test_scope = "functional, numerical" },
    recommendation = "Test on the small one.",
    quant_transfer = { estimated_transferability = 0.985, confidence = "HIGH",
      recommended_methods = { "GPTQ (W4A16)" }, arch_risk_factors = { "gqa mismatch" },
      caveats = { "a structural pre-filter" } },
  }
end

--- Labels may be given, for names that are long or hostile.
function M.report(small, large, broken)
  small, large = small or "small", large or "large"
  broken = broken or "broken"
  local entry = { { model = small, reason = "the smallest", test_focus = { "loading", "shapes" } } }
  local unread = { source = "error", findings = {}, arch_fingerprint = {},
    error = { code = "notfound", message = "no such folder" } }
  local keys = { small .. "|" .. large, small .. "|" .. broken }
  return {
    labels = { small, large, broken }, pairs = keys,
    document = { tool = "modelsig", version = "0", timestamp = "2023-11-14T22:13:20Z",
      models = { [small] = model("qwen3", 36, 4096), [large] = model("qwen3", 64, 5120),
        [broken] = unread },
      coverage_matrix = { [keys[1]] = pair(),
        [keys[2]] = { error = { code = "notfound", message = broken .. " could not be read" } } },
      test_strategy_summary = {},
      multi_fidelity_plan = { level1_structure = entry, level2_numerical = entry,
        level3_runtime = entry, level4_canary = entry },
    },
  }
end

return M
