--- What a configuration and the headers beside it say differently, in words.

local folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"

local unknown_class = folder.llama:gsub("llama", "newtype"):gsub("LlamaForCausalLM",
  "NewForCausalLM")

local function findings(config, change)
  local fp = assert(modelsig.open(folder.model(config, folder.llama_tensors(change))))
  local texts = {}
  for i, finding in ipairs(fp.findings) do texts[i] = finding.code .. ": " .. finding.message end
  return texts
end

--- Changes the shapes of the tensors whose names fit.
local function shapes(...)
  local rows = { ... }
  return function(list)
    for _, t in ipairs(list) do
      for _, row in ipairs(rows) do
        if t[1]:find(row[1]) then t[3] = row[2] end
      end
    end
  end
end

local function more(...)
  local added = { ... }
  return function(list) table.move(added, 1, #added, #list + 1, list) end
end

local function draft_layer(at)
  local name = ("model.layers.%d."):format(at)
  return { name .. "eh_proj.weight", "BF16", { 16, 32 } },
    { name .. "enorm.weight", "BF16", { 16 } }, { name .. "hnorm.weight", "BF16", { 16 } }
end

local with_drafts = '"num_nextn_predict_layers": 1, "vocab_size"'

describe("a configuration and its headers", function()
  teardown(folder.clean)

  for name, config in pairs { ["with a family"] = folder.llama, ["without"] = unknown_class } do
    it("agree on a padded vocabulary, which is said: " .. name, function()
      local texts = findings(config, shapes({ "embed_tokens", { 128, 16 } },
        { "lm_head", { 128, 16 } }))
      assert.matches("the vocabulary is padded: [%w_.]+ has 128 rows, and vocab_size is 64$",
        texts[1])
      for _, text in ipairs(texts) do assert.matches("vocabulary is padded", text) end
    end)

    it("differ in the size of a head: one finding, " .. name, function()
      local texts = findings(config, shapes({ "q_proj", { 32, 16 } }, { "[kv]_proj", { 16, 16 } },
        { "o_proj", { 16, 32 } }))
      assert.equal(1, #texts, table.concat(texts, "\n"))
      assert.matches("^mismatch: head_dim is 4 by the config, and 8 by the headers: .*q_proj."
        .. "weight is %[32, 16%], for 4 heads$", texts[1])
    end)

    it("differ in layers that predict further tokens, " .. name, function()
      local texts = findings(config, more(draft_layer(2)))
      assert.matches("the headers have layers that predict further tokens, and the config names "
        .. "none", table.concat(texts, "\n"))
      texts = findings((config:gsub('"vocab_size"', with_drafts)))
      assert.matches("the config has 1 more layers that predict further tokens, and the headers "
        .. "have none", table.concat(texts, "\n"))
    end)

    it("differ in the number of layers, " .. name, function()
      local texts = findings((config:gsub('layers": 2', 'layers": 3')))
      assert.matches("num_hidden_layers is 3, and the headers have 2 layers",
        table.concat(texts, "\n"))
    end)

    it("differ in the head, " .. name, function()
      local tied = config:gsub('"tie_word_embeddings": false', '"tie_word_embeddings": true')
      assert.matches("tie_word_embeddings is true, and lm_head.weight is stored",
        table.concat(findings(tied), "\n"))
      local texts = findings(config, function(list) table.remove(list, 3) end)
      assert.matches("tie_word_embeddings is false, and no head is stored",
        table.concat(texts, "\n"))
    end)

    it("agree: no finding, " .. name, function()
      assert.same({}, findings(config))
    end)
  end

  it("agree where both have layers that predict further tokens", function()
    assert.same({}, findings(unknown_class:gsub('"vocab_size"', with_drafts),
      more(draft_layer(2))))
  end)
end)
