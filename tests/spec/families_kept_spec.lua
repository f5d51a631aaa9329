--- What each family says today, of configurations with little in them, by digests that are kept in
--- a file: a change of a family, of a block or of what a class assumes shows which model types it
--- touches. Where the change is wanted, `MODELSIG_KEEP=1` writes the file anew.

local families = require "modelsig.family.families"
local fingerprint = require "modelsig.model.fingerprint"
local goldens = require "tests.spec.goldens"
local hostile = require "tests.spec.hostile_config"
local json = require "modelsig.native.json"
local lists = require "modelsig.base.lists"
local numeric = require "modelsig.native.numeric"
local registry = require "modelsig.family.registry"
local writer = require "modelsig.base.json"

local PATH = "tests/spec/families_kept.txt"

--- Sizes that not every class assumes.
local sizes = { vocab_size = 96, hidden_size = 64, num_hidden_layers = 3, num_attention_heads = 4,
  num_key_value_heads = 2, intermediate_size = 80, image_size = 56, patch_size = 14,
  num_mel_bins = 16, max_position_embeddings = 128 }

--- And of experts, latent attention, indexers and states.
local more = { num_experts = 4, num_local_experts = 4, n_routed_experts = 4,
  num_experts_per_tok = 2, moe_intermediate_size = 24, num_shared_experts = 1, n_group = 2,
  topk_group = 1, q_lora_rank = 24, kv_lora_rank = 16, qk_nope_head_dim = 12,
  qk_rope_head_dim = 4, v_head_dim = 10, index_n_heads = 2, index_head_dim = 8, index_topk = 8,
  sliding_window = 16, num_nextn_predict_layers = 1, layer_types = json.array {
    "full_attention", "sliding_attention", "full_attention" } }

local function copy(...)
  local out = {}
  for i = 1, select("#", ...) do
    for key, value in pairs(select(i, ...)) do out[key] = value end
  end
  return out
end

--- Switches of all families, and those of this one the other way round.
local function turned(model_type)
  local out = { tie_word_embeddings = true, attention_bias = true, mlp_bias = true,
    use_qk_norm = true }
  for key, entry in pairs(registry.family_of(model_type).keys or {}) do
    if entry[1] == "flag" then out[key] = not entry[2] end
  end
  return out
end

local function configurations(model_type)
  local bare = { model_type = model_type, num_hidden_layers = 3 }
  local parts = copy(bare, sizes)
  for _, name in ipairs { "text_config", "vision_config", "audio_config" } do
    parts[name] = copy(sizes)
  end
  return { bare, copy(bare, turned(model_type)), copy(parts, turned(model_type)),
    copy(parts, more) }
end

--- Calls, tensors and what is counted of them.
local function described(description)
  local lines = {}
  for _, record in ipairs(description.records()) do lines[#lines + 1] = goldens.line_of(record) end
  description.expand(function(name, dims, dtype)
    lines[#lines + 1] = ("%s %s %s"):format(name, dtype, table.concat(dims, "x"))
  end)
  lines[#lines + 1] = writer.encode { description.operators, description.layer_types,
    description.cache }
  return table.concat(lines, "\n")
end

--- The values that follow from the configuration, the features, and what is not well.
local function facts(fp)
  local values, told = {}, {}
  for id, feature in pairs(fp.features or {}) do values[id] = feature.value end
  for i, finding in ipairs(fp.findings) do told[i] = finding.code end
  return writer.encode { fp.cfg.values, values, told, fp.digests }
end

--- What each head of a family adds.
local function heads(raw)
  local family, out = families.choose(raw), {}
  for i, head in ipairs(family and lists.sorted(family.heads) or {}) do
    local own = copy(raw, { architectures = json.array { (family.base or "Some") .. head } })
    local fp = fingerprint.new(hostile.origin(writer.encode(own)), { fast = true })
    out[i] = ("%s %s"):format(head, fp and fp.description and described(fp.description))
  end
  return table.concat(out, "\n")
end

local function short(text) return numeric.sha256(text):sub(1, 8) end

--- A line: the model type, two digests for each configuration, and one of all heads.
local function line(model_type)
  local out = { model_type }
  for _, raw in ipairs(configurations(model_type)) do
    local fp, _, code = fingerprint.new(hostile.origin(writer.encode(raw)), { fast = true })
    out[#out + 1] = not fp and short(code)
      or short(fp.description and described(fp.description) or "") .. short(facts(fp))
  end
  out[#out + 1] = short(heads { model_type = model_type, num_hidden_layers = 2 })
  return table.concat(out, " ")
end

describe("what families say", function()
  it("is what they said before", function()
    local now, changed, seen = {}, {}, 0
    for _, model_type in ipairs(families.list()) do now[model_type] = line(model_type) end
    if os.getenv "MODELSIG_KEEP" then
      local file <close> = assert(io.open(PATH, "w"))
      for _, model_type in ipairs(families.list()) do file:write(now[model_type], "\n") end
    end
    for row in io.lines(PATH) do
      local model_type = row:match "^%S+"
      seen = seen + 1
      if now[model_type] ~= row then changed[#changed + 1] = model_type end
    end
    assert.same({}, changed)
    assert.is_true(seen > 0.95 * #families.list()) -- those that came since are added when written
  end)
end)
