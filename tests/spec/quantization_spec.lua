local folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"
local natives = require "modelsig.native.manifest"
local quantization = require "modelsig.model.quantization"

local function keys_of(tensors)
  local m = natives.new()
  for _, t in ipairs(tensors) do assert(m:add(t[1], t[2], t[3])) end
  m:finish()
  return m:keys()
end

--- Logical tensors as texts, and the scheme.
local function logical(tensors, raw)
  local found = quantization.logical(keys_of(tensors), quantization.declared(raw))
  local texts = {}
  for i, e in ipairs(found.keys) do
    texts[i] = ("%s %s %s"):format(e.key, e.dtype, table.concat(e.shape, "x"))
  end
  return texts, quantization.record(found, raw)
end

local module = "model.layers.0.mlp.up_proj."

describe("quantised weights", function()
  teardown(folder.clean)

  it("of FP8 in blocks keep their shape, and the scales join them", function()
    local texts, record = logical { { module .. "weight", "F8_E4M3", { 256, 512 } },
      { module .. "weight_scale_inv", "F32", { 2, 4 } } }
    assert.same({ "model.layers.N.mlp.up_proj.weight F8_E4M3 256x512" }, texts)
    assert.equal("fp8", record.method)
    assert.same({ 128, 128 }, record.weight_block_size)
    assert.equal("header", record.evidence)
  end)

  it("of NVFP4 unfold to two values a byte", function()
    local texts, record = logical { { module .. "weight", "U8", { 256, 128 } },
      { module .. "weight_scale", "F8_E4M3", { 256, 16 } },
      { module .. "weight_scale_2", "F32", {} }, { module .. "input_scale", "F32", {} } }
    assert.same({ "model.layers.N.mlp.up_proj.weight F4 256x256" }, texts)
    assert.equal("nvfp4", record.method)
    assert.equal(16, record.group_size)
    assert.equal(4, record.bits)
  end)

  it("of MXFP4 blocks become the matrix that is saved unquantised", function()
    local texts, record = logical({
      { "model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", { 4, 128, 2, 16 } },
      { "model.layers.0.mlp.experts.gate_up_proj_scales", "U8", { 4, 128, 2 } },
      { "model.layers.0.mlp.experts.gate_up_proj_bias", "BF16", { 4, 128 } },
    }, { quant_method = "mxfp4" })
    assert.same({ "model.layers.N.mlp.experts.gate_up_proj F4 4x64x128",
      "model.layers.N.mlp.experts.gate_up_proj_bias BF16 4x128" }, texts)
    assert.equal(32, record.group_size)
    assert.equal("config and header", record.evidence)
  end)

  it("of GPTQ and AWQ are output x input again", function()
    local gptq, record = logical({ { module .. "qweight", "I32", { 32, 64 } },
      { module .. "qzeros", "I32", { 2, 8 } }, { module .. "scales", "F16", { 2, 64 } },
      { module .. "g_idx", "I32", { 256 } } }, { quant_method = "gptq", bits = 4,
      group_size = 128, sym = true })
    assert.same({ "model.layers.N.mlp.up_proj.weight I4 64x256" }, gptq)
    assert.equal(128, record.group_size)
    local awq
    awq, record = logical { { module .. "qweight", "I32", { 256, 8 } },
      { module .. "qzeros", "I32", { 2, 8 } }, { module .. "scales", "F16", { 2, 64 } } }
    assert.same({ "model.layers.N.mlp.up_proj.weight I4 64x256" }, awq)
    assert.equal("awq", record.method)
    assert.equal(128, record.group_size)
  end)

  it("of compressed-tensors and MLX unfold by the bits that the config names", function()
    local packed = logical({ { module .. "weight_packed", "I32", { 64, 32 } },
      { module .. "weight_scale", "BF16", { 64, 8 } }, { module .. "weight_shape", "I64", { 2 } } },
      { quant_method = "compressed-tensors", config_groups = { group_0 = { weights = {
        num_bits = 4, type = "int", group_size = 32, symmetric = true } } } })
    assert.same({ "model.layers.N.mlp.up_proj.weight I4 64x256" }, packed)
    local mlx, record = logical({ { module .. "weight", "U32", { 64, 64 } },
      { module .. "scales", "BF16", { 64, 4 } }, { module .. "biases", "BF16", { 64, 4 } } },
      { group_size = 64, bits = 8, mode = "affine" })
    assert.same({ "model.layers.N.mlp.up_proj.weight I8 64x256" }, mlx)
    assert.equal("affine", record.method)
  end)

  it("of bitsandbytes are known by their scales", function()
    local texts, record = logical { { module .. "weight", "U8", { 8192, 1 } },
      { module .. "weight.absmax", "U8", { 256 } }, { module .. "weight.quant_map", "F32", { 16 } },
      { module .. "weight.quant_state.bitsandbytes__nf4", "U8", { 90 } } }
    assert.same({ "model.layers.N.mlp.up_proj.weight F4 16384" }, texts)
    assert.equal("bitsandbytes", record.method)
  end)

  it("leave weights that only sound like scales alone", function()
    local texts, record = logical { { "encoder.layers.0.scale", "F32", { 4 } },
      { "model.norm.scales", "F32", { 4 } } }
    assert.equal(2, #texts)
    assert.is_nil(record)
  end)

  it("say the scheme of a cache and of hf_quant_config.json", function()
    local _, record = logical({ { "model.layers.0.self_attn.k_scale", "F32", {} },
      { module .. "weight", "F8_E4M3", { 8, 8 } }, { module .. "weight_scale", "F32", {} } },
      { quantization = { quant_algo = "FP8", exclude_modules = { "lm_head" } } })
    assert.equal("modelopt", record.method)
    assert.equal("FP8", record.algorithm)
    assert.equal("scaled", record.kv_cache)
    assert.same({ "lm_head" }, record.ignored)
  end)

  it("that contradict the config are a finding, and the tensors count", function()
    local config = folder.llama:gsub('"vocab_size"',
      '"quantization_config": {"quant_method": "fp8"}, "vocab_size"')
    local plain = assert(modelsig.open(folder.model(config, folder.llama_tensors())))
    assert.equal("mismatch", plain.findings[1].code)
    local other = assert(modelsig.open(folder.model(config, folder.llama_tensors(function(list)
      list[6] = { "model.layers.0.self_attn.q_proj.weight", "U8", { 16, 8 } }
      list[#list + 1] = { "model.layers.0.self_attn.q_proj.weight_scale", "F8_E4M3", { 16, 1 } }
      list[#list + 1] = { "model.layers.0.self_attn.q_proj.weight_scale_2", "F32", {} }
    end))))
    assert.equal("nvfp4", other.quantization.method)
    assert.truthy(other.findings[1].message:find "fp8")
    assert.equal("header", other.features.quantization.evidence)
  end)
end)

describe("what a configuration says of quantisation", function()
  local rules = require("modelsig.rules.named").load("rules", "quantization")
  local scheme = require "modelsig.model.scheme"

  it("is symmetric or not only where it says so in a word for it", function()
    for said, found in pairs { [true] = true, [false] = false } do
      assert.equal(found, scheme.declared({ bits = 4, sym = said }, rules).symmetric)
    end
    for _, odd in ipairs { "true", 1, {} } do
      assert.is_nil(scheme.declared({ bits = 4, sym = odd }, rules).symmetric)
    end
  end)

  it("is bitsandbytes where it says so of 4 or 8 bits, whichever", function()
    for _, one in ipairs { { load_in_4bit = true }, { load_in_8bit = true },
      { load_in_4bit = false } } do
      assert.equal("bitsandbytes", scheme.declared(one, rules).method)
    end
    assert.equal(4, scheme.declared({ load_in_4bit = true }, rules).bits)
    assert.equal(8, scheme.declared({ load_in_8bit = true }, rules).bits)
    assert.is_nil(scheme.declared({ load_in_4bit = "yes" }, rules))
  end)

  it("is a finding where no tensor is quantised, by the name of the method", function()
    for said, raw in pairs { gptq = { quant_method = "gptq", bits = 4 },
      modelopt = { quant_algo = "NVFP4" } } do
      local found = quantization.logical(keys_of { { module .. "weight", "BF16", { 8, 8 } } },
        quantization.declared(raw))
      local _, findings = quantization.record(found, raw)
      assert.equal(("the config says %s, and no tensor is quantised"):format(said),
        findings[1].message)
    end
  end)

  it("has the bits and groups of ModelOpt's algorithms", function()
    for name, wanted in pairs { NVFP4 = { 4, 16 }, FP8 = { 8 }, FP8_PB_WO = { 8, 128 },
      FP8_PER_CHANNEL_PER_TOKEN = { 8 }, W4A16_AWQ = { 4, 128 }, W4A8_AWQ = { 4, 128 },
      INT8_SQ = { 8 }, W4A8_NVFP4_FP8 = { 4, 16 }, MXFP8 = { 8, 32 },
      W4A8_MXFP4_FP8 = { 4, 32 } } do
      local found = scheme.declared({ quant_algo = name }, rules)
      assert.same({ "modelopt", wanted[1], wanted[2] }, { found.method, found.bits, found.group })
      assert.equal(64, scheme.declared({ quant_algo = name, group_size = 64 }, rules).group)
    end
  end)
end)
