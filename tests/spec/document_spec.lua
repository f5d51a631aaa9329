local document = require "modelsig.model.document"
local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local writer = require "modelsig.base.json"

local function made(options, ...)
  return document.model(assert(modelsig.open(folder.model(...))), options)
end

local function count(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

describe("the document of a model", function()
  teardown(folder.clean)

  it("has the keys of the Python tool, with its names of dtypes", function()
    local d = made({}, folder.llama, folder.llama_tensors(function(list)
      list[2][2] = "F32"
      list[#list + 1] = { "model.layers.0.mlp.extra", "F8_E4M3", { 4 } }
    end))
    assert.equal("llama", d.arch_fingerprint.model_type)
    assert.equal(false, d.arch_fingerprint.is_moe)
    assert.equal(json.null, d.arch_fingerprint.num_experts)
    assert.same({ representative_shape = { 64, 16 }, dtype = "BF16", layer_type = "EmbeddingLayer",
      count = 1, param_count = 1024 }, d.static_weight_signature["model.embed_tokens.weight"])
    assert.equal("FP32", d.static_weight_signature["model.norm.weight"].dtype)
    assert.equal("FP8_E4M3", d.static_weight_signature["model.layers.N.mlp.extra"].dtype)
    assert.same({ ffn_expansion = 2.0, gqa_ratio = 2.0 }, d.dimension_ratios)
    assert.equal("safetensors", d.source)
    assert.same({ "Attention", "Embedding", "LMHead", "Norm", "RotaryEmb", "SwiGLU/FFN" },
      d.unique_ops_highlevel)
    assert.truthy(table.concat(d.op_types, " "):find("rope", 1, true))
    assert.is_true(json.is_array(d.layer_types))
    assert.is_true(json.is_array(d.findings))
    assert.same({ value = 4, evidence = "config" }, d.config.head_dim)
    assert.same({ "batch", 2, "seq_len", 4 }, d.kv_cache[1].shape)
    for _, digest in ipairs { "exact", "structure", "kernel", "quantization" } do
      assert.equal(64, #d.digests[digest])
    end
    assert.truthy(json.decode(writer.encode(d, { indent = 2 })))
  end)

  it("has layer signatures without the root, and none where they are not wanted", function()
    local path = folder.model(folder.llama, folder.llama_tensors())
    local fp = assert(modelsig.open(path))
    local d = document.model(fp, { layer_sig = true })
    assert.is_nil(d.layer_signatures[""])
    local q = d.layer_signatures["model.layers.1.self_attn.q_proj"]
    assert.equal("Linear", q.module_type)
    assert.equal("model.layers.N.self_attn.q_proj", q.norm_path)
    assert.same({ { dtype = "torch.bfloat16", shape = { 1, 8, 16 } } }, q.input)
    assert.is_nil(document.model(fp, { layer_sig = false }).layer_signatures)
  end)

  it("lists shapes only where layers differ", function()
    assert.is_nil(made({}, folder.llama, folder.llama_tensors()).shapes)
    local d = made({}, folder.llama, folder.llama_tensors(function(list)
      list[#list][3] = { 16, 48 }
    end))
    assert.equal(1, count(d.shapes))
    assert.same({ { shape = { 16, 32 }, layers = { { 0, 0 } } },
      { shape = { 16, 48 }, layers = { { 1, 1 } } } },
      d.shapes["model.layers.N.mlp.down_proj.weight"])
  end)

  it("says unknown for what only a family knows", function()
    local other = folder.llama:gsub('"llama"', '"nobody"'):gsub("LlamaForCausalLM", "NobodyLM")
    local d = made({}, other)
    assert.equal(json.null, d.family)
    assert.equal("unknown", d.kv_cache)
    assert.equal("unknown", d.kv_cache_shape_pattern)
    assert.is_nil(d.layer_signatures)
    assert.truthy(#d.unknown > 3)
  end)
end)
