-- Quantised weights: which tensors beside a weight belong to it, and what its logical shape is.
--
-- `companions` end a key; what stands before is the module. `payloads` are names of the packed
-- weight where it is not called `weight`.

return {
  -- Scales and the like. They are never weights; `of` tells which weight: the suffix put in place.
  companions = {
    { "%.weight_scale_inv$", ".weight" }, { "%.weight_scale_2$", ".weight" },
    { "%.weight_global_scale$", ".weight" }, { "%.weight_scale$", ".weight" },
    { "%.weight_zero_point$", ".weight" }, { "%.weight_shape$", ".weight" },
    { "%.weight_g_idx$", ".weight" }, { "%.input_scale$", ".weight" },
    { "%.input_zero_point$", ".weight" }, { "%.input_global_scale$", ".weight" },
    { "%.output_scale$", ".weight" }, { "%.pre_quant_scale$", ".weight" },
    { "%.activation_scale$", ".weight" }, { "%.act_scale$", ".weight" },
    { "%.weight%.absmax$", ".weight" }, { "%.weight%.quant_map$", ".weight" },
    { "%.weight%.nested_absmax$", ".weight" }, { "%.weight%.nested_quant_map$", ".weight" },
    { "%.weight%.quant_state%.[%w_]+$", ".weight" }, { "%.SCB$", ".weight" },
    { "%.weight_format$", ".weight" }, { "%.weight%.scale$", ".weight" },
    { "%.qzeros$", ".weight" }, { "%.scales$", ".weight" }, { "%.g_idx$", ".weight" },
    { "%.zeros$", ".weight" }, { "%.biases$", ".weight" }, { "_scales$", "" },
    { "%.k_scale$", false }, { "%.v_scale$", false }, { "%.q_scale$", false },
    { "%.prob_scale$", false }, { "%.k_zero_point$", false }, { "%.v_zero_point$", false },
    { "_weight_scale_2$", "" }, { "_weight_scale_inv$", "" }, { "_weight_scale$", "" },
    { "_input_scale$", "" }, { "_scale_inv$", "" }, { "%.scale$", ".weight" },
  },

  -- Companions that are also plain names of weights: only where the weight itself is there.
  needs_weight = { ["%.scales$"] = true, ["%.biases$"] = true, ["%.scale$"] = true,
    ["%.zeros$"] = true, ["_scales$"] = true, ["_weight_scale$"] = true },

  -- Packed weights under another name: what stands in place of it in the logical key.
  payloads = { { "%.qweight$", ".weight" }, { "%.weight_packed$", ".weight" },
    { "_blocks$", "" } },

  -- Methods of a configuration that may pack two values in a byte.
  half_byte_methods = { modelopt = true, modelopt_fp4 = true, nvfp4 = true, mxfp4 = true,
    ["compressed-tensors"] = true, quark = true, fp4 = true },

  -- Algorithms of ModelOpt: kind and bits of the weights, group.
  algorithms = {
    NVFP4 = { "float", 4, 16 }, FP8 = { "float", 8 }, FP8_PB_WO = { "float", 8, 128 },
    FP8_PER_CHANNEL_PER_TOKEN = { "float", 8 }, W4A16_AWQ = { "int", 4, 128 },
    W4A8_AWQ = { "int", 4, 128 }, INT8_SQ = { "int", 8 }, W4A8_NVFP4_FP8 = { "float", 4, 16 },
    MXFP8 = { "float", 8, 32 }, W4A8_MXFP4_FP8 = { "float", 4, 32 },
  },

  -- Lists of modules that stay as they are, by the names that tools give them.
  ignored = { "modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules", "exclude",
    "llm_int8_skip_modules" },
}
