local folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"
local shared = require "tests.spec.shared"

local function open(...)
  return assert(modelsig.open(folder.model(...)))
end

local function codes(fp)
  local out = {}
  for i, finding in ipairs(fp.findings) do out[i] = finding.code end
  return out
end

local unknown_class = folder.llama:gsub('"llama"', '"nobody"'):gsub("LlamaForCausalLM", "NobodyLM")

describe("a fingerprint", function()
  teardown(folder.clean)

  it("has roles and expressions from its family, and no findings where all agrees", function()
    local fp = open(folder.llama, folder.llama_tensors())
    assert.equal("llama", fp.family)
    assert.same({}, fp.findings)
    local query = fp.by_key["model.layers.N.self_attn.q_proj.weight"]
    assert.equal("layer.attention.query", query.role)
    assert.equal(2, #query.exprs)
    assert.equal("AttentionLayer", query.layer_type)
    assert.equal(2, query.count)
    assert.equal("[batch, 2, seq_len, 4]", fp.kv_pattern)
    assert.is_false(fp.is_moe)
    assert.equal(fp.parameters.total, fp.parameters.by_dtype.BF16)
    assert.equal(2 * fp.parameters.total, fp.bytes)
    assert.equal(#folder.llama_tensors(), #fp.tensors)
    assert.equal("model.embed_tokens.weight", fp.tensors[1].name)
    assert.is_nil(fp.tensors[0])
  end)

  it("by --fast predicts what a checkpoint of the family holds", function()
    local path = folder.model(folder.llama, folder.llama_tensors())
    local read, fast = assert(modelsig.open(path)), assert(modelsig.open { path, fast = true })
    assert.equal("config_only", fast.source)
    assert.equal(#read.keys, #fast.keys)
    for i, entry in ipairs(read.keys) do
      assert.equal(entry.key, fast.keys[i].key)
      assert.same(entry.shape, fast.keys[i].shape)
      assert.equal(entry.count, fast.keys[i].count)
    end
    assert.equal(read.parameters.total, fast.parameters.total)
    assert.equal(read.digests.structure, fast.digests.structure)
    assert.equal(#read.tensors, #fast.tensors)
  end)

  it("is the same for any order and any number of files", function()
    local list = folder.llama_tensors()
    local one = open(folder.llama, list)
    local first, second = {}, {}
    for i = #list, 1, -1 do table.insert(i % 2 == 0 and first or second, list[i]) end
    local two = open(folder.llama, first, second)
    assert.same(one.digests, two.digests)
    assert.equal(one.parameters.total, two.parameters.total)
  end)

  it("has another digest for another config over the same tensors", function()
    local list = folder.llama_tensors()
    local a = open(folder.llama, list)
    local b = open(folder.llama:gsub("1e%-5", "1e-6"), list)
    local c = open(folder.llama:gsub('"rms', '"transformers_version": "4", "rms'), list)
    assert.not_equal(a.digests.exact, b.digests.exact)
    assert.equal(a.digests.exact, c.digests.exact)
    assert.equal(a.digests.structure, b.digests.structure)
  end)

  it("keeps every distinct shape", function()
    local fp = open(folder.llama, folder.llama_tensors(function(list)
      list[#list][3] = { 16, 48 }
    end))
    assert.equal(2, #fp.by_key["model.layers.N.mlp.down_proj.weight"].shapes)
    assert.same({ "mismatch" }, codes(fp))
  end)

  it("without a family knows what the names tell, and says what it does not", function()
    local fp = open(unknown_class, folder.llama_tensors())
    assert.is_nil(fp.family)
    assert.equal("layer.ffn.gate", fp.by_key["model.layers.N.mlp.gate_proj.weight"].role)
    assert.equal("FFN_SwiGLU", fp.by_key["model.layers.N.mlp.gate_proj.weight"].layer_type)
    assert.equal(2, fp.operators.attention)
    assert.equal("[batch, 2, seq_len, 4]", fp.kv_pattern)
    assert.same({}, fp.findings)
    assert.is_nil(fp.layers)
    assert.truthy(table.concat(fp:unknown(), " "):find("layer_signatures", 1, true))
  end)

  it("without a family and without headers paints nothing", function()
    local path = folder.model(unknown_class)
    local fp = assert(modelsig.open { path, fast = true })
    assert.is_nil(fp.keys)
    assert.is_nil(fp.operators)
    assert.is_nil(fp.cache)
    assert.is_nil(fp.parameters)
    assert.equal("unknown", fp.kv_pattern)
    assert.truthy(table.concat(fp:unknown(), " "):find("static_weight_signature", 1, true))
  end)

  it("recognises layers that predict further tokens", function()
    local function more(list)
      local parts = { { "eh_proj", { 16, 32 } }, { "enorm", { 16 } }, { "new_part", { 16 } } }
      for _, t in ipairs(parts) do
        list[#list + 1] = { ("model.layers.2.%s.weight"):format(t[1]), "BF16", t[2] }
      end
      list[#list + 1] = { "model.layers.2.self_attn.q_proj.weight", "BF16", { 16, 16 } }
    end
    local fp = open(unknown_class:gsub('"vocab', '"num_nextn_predict_layers": 1, "vocab'),
      folder.llama_tensors(more))
    assert.same({}, fp.findings)
    for _, name in ipairs { "eh_proj", "enorm", "new_part" } do
      assert.truthy(fp.by_key["model.layers.N." .. name .. ".weight"].role:find "^mtp")
    end
    local plain = open(unknown_class, folder.llama_tensors())
    assert.equal(plain.digests.structure, fp.digests.structure)
  end)

  it("checks config and headers against each other", function()
    for change, word in pairs { ['"vocab_size": 64'] = '"vocab_size": 65',
      ['"head_dim": 4'] = '"head_dim": 8', ['"num_hidden_layers": 2'] = '"num_hidden_layers": 3',
      ['"tie_word_embeddings": false'] = '"tie_word_embeddings": true',
      ['"num_key_value_heads": 2'] = '"num_key_value_heads": 4' } do
      for _, base in ipairs { folder.llama, unknown_class } do
        local fp = open(base:gsub(change, word), folder.llama_tensors())
        assert.equal("mismatch", codes(fp)[1], word)
      end
    end
  end)

  it("accepts a prefix that the family does not have", function()
    local fp = open(folder.llama, folder.llama_tensors(function(list)
      for i = #list, 1, -1 do
        if list[i][1] == "lm_head.weight" then table.remove(list, i)
        else list[i][1] = list[i][1]:gsub("^model%.", "") end
      end
    end))
    assert.equal("layer.attention.query", fp.by_key["layers.N.self_attn.q_proj.weight"].role)
  end)

  it("of a folder without a config has shapes and no architecture", function()
    local fp = open(nil, folder.llama_tensors())
    assert.same({ "notfound" }, codes(fp))
    assert.is_false(fp.is_moe)
    assert.equal("layer.attention.query",
      fp.by_key["model.layers.N.self_attn.q_proj.weight"].role)
  end)

  it("of a folder without weights says so", function()
    local fp = open(folder.llama)
    assert.equal("config_only", fp.source)
    assert.same({ "notfound" }, codes(fp))
  end)

  it("is refused where the config cannot be read", function()
    for text, code in pairs { ["[]"] = "malformed", [""] = "truncated", ["{"] = "truncated",
      ["<html>"] = "unsupported", ['{"a":}'] = "malformed", ["{}"] = "malformed",
      [("["):rep(200)] = "limit" } do
      local fp, message, got = modelsig.open(folder.model(text, folder.llama_tensors()))
      assert.is_nil(fp)
      assert.equal(code, got, text:sub(1, 10))
      assert.truthy(message:find("^config.json: "))
    end
  end)

  it("with strict has no findings, or is an error", function()
    local path = folder.model(folder.llama, folder.llama_tensors())
    assert(modelsig.open { path, strict = true })
    local _, message, code = modelsig.open { folder.model(folder.llama), strict = true }
    assert.equal("malformed", code)
    assert.truthy(message:find("--strict", 1, true))
  end)
end)

describe("a published checkpoint of real size", function()
  teardown(folder.clean)

  it("of DeepSeek-V3 meets its family by logical names", function()
    if not shared.available() then return pending(shared.left_out("models", 2)) end
    for list, method in pairs { ["deepseek-v3-fp8"] = "fp8", ["deepseek-v3-nvfp4"] = "nvfp4" } do
      local path = folder.new()
      assert(os.execute(("python3 '%s' '%s' '%s' --config '%s' --shards 3"):format(
        shared.path "tools/make_model.py", shared.path("golden/lists/" .. list .. ".json.gz"), path,
        shared.path "zoo/configs/deepseek-ai--DeepSeek-V3.json")))
      local fp = assert(modelsig.open(path))
      assert.equal(method, fp.quantization.method)
      for _, entry in ipairs(fp.keys) do
        assert.truthy(entry.role, entry.key)
        assert.truthy(entry.exprs, entry.key)
      end
      -- the second list is without the layer that drafts
      local wheres = { quantization_config = true, num_nextn_predict_layers = method == "nvfp4" }
      for _, finding in ipairs(fp.findings) do
        assert.is_true(wheres[finding.where], finding.message)
      end
      assert.equal(37552297472, fp.parameters.active)
      assert.equal("[batch, seq_len, 576]", fp.kv_pattern)
    end
  end)
end)
