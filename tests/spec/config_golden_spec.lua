--- Every published configuration at hand against what transformers reads from it.

local config = require "modelsig.model.config"
local json = require "modelsig.native.json"
local shared = require "tests.spec.shared"

local null = json.null

describe("published configurations", function()
  --- The library's names of a value that has one name here.
  local one_name = {
    rms_norm_eps = "norm_eps", layer_norm_eps = "norm_eps", layer_norm_epsilon = "norm_eps",
    num_local_experts = "num_experts", n_routed_experts = "num_experts",
    n_shared_experts = "num_shared_experts", d_model = "hidden_size", d_kv = "head_dim",
    shared_intermediate_size = "shared_expert_intermediate_size",
    moe_shared_expert_intermediate_size = "shared_expert_intermediate_size",
    d_ff = "intermediate_size", num_decoder_layers = "decoder_layers",
    state_size = "ssm_state_size",
    expert_ffn_hidden_size = "moe_intermediate_size", mamba_d_state = "ssm_state_size",
    mamba_d_conv = "conv_kernel",
  }
  --- Not a fact of the architecture, or another level of the file.
  local left_out = { model_type = true, pad_token_id = true, num_layers = true }

  --- Where the file is right and the library is not, by the README beside the golden.
  local file_is_right = {
    { "Qwen3%-VL%-30B", { "tie_word_embeddings" } },
    { "text_encoder_[23]$", { "tie_word_embeddings" } },
    { "liuhaotian%-%-llava", { "hidden_size", "max_position_embeddings", "rms_norm_eps" } },
    { "Step%-3%.7", { "vocab_size", "sliding_window", "layer_types", "max_position_embeddings",
      "num_nextn_predict_layers" } }, -- drafts: the library reads no top-level key of this file
    { "GLM%-5%.2", { "head_dim" } }, { "MiniMax%-M3", { "hidden_act" } },
    { "MiMo%-V2", { "sliding_window" } },
  }

  local function excused(name, key)
    for _, entry in ipairs(file_is_right) do
      if name:find(entry[1]) then
        for _, k in ipairs(entry[2]) do
          if k == key then return true end
        end
      end
    end
    return false
  end

  local function same(a, b)
    if a == null or b == null then return a == b end
    if type(a) == "number" and type(b) == "number" then
      return math.abs(a - b) <= 1e-12 * math.abs(a)
    elseif type(a) ~= "table" or type(b) ~= "table" then
      return a == b
    end
    for k, v in pairs(a) do
      if not same(v, b[k]) then return false end
    end
    for k in pairs(b) do
      if a[k] == nil then return false end
    end
    return true
  end

  local function path_of(name)
    local default = name:match("^default%-%-") and "golden/transformers/configs/%s.json"
    local derived = name:match("^derived%-%-(.*)")
    if default then return default:format(name) end
    return derived and "zoo/configs_derived/" .. derived .. ".json"
      or "zoo/configs/" .. name .. ".json"
  end

  local counts = "\n%d files, %d values equal, %d absent, %d differ"

  --- Compares one file with what the library read; returns counts and what differs.
  local function compare(golden, cfg, wrong)
    local equal, absent = 0, 0
    for key, value in pairs(golden.text) do
      local mine = cfg.values[one_name[key] or key]
      if not (left_out[key] or value == null or excused(golden.name, key)) then
        if mine == nil then absent = absent + 1
        elseif same(value, mine) then equal = equal + 1
        else wrong[#wrong + 1] = golden.name .. ": " .. key end
      end
    end
    return equal, absent
  end

  local function run(wanted)
    local files, equal, absent, wrong = 0, 0, 0, {}
    for line in io.lines(shared.path "golden/transformers/normalised.jsonl") do
      local golden = assert(json.decode(line))
      if golden.text and wanted(golden.name) then
        local raw = assert(json.decode(shared.read(path_of(golden.name))))
        local cfg = assert(config.normalise(raw))
        local e, a = compare(golden, cfg, wrong)
        files, equal, absent = files + 1, equal + e, absent + a
      end
    end
    return files, equal, absent, wrong
  end

  it("of the zoo are all read", function()
    if not shared.available() then return pending(shared.left_out("zoo configs", 203)) end
    local n = 0
    for _, folder in ipairs { "zoo/configs", "zoo/configs_derived" } do
      for _, name in ipairs(shared.list(folder)) do
        local raw = json.decode(shared.read(folder .. "/" .. name))
        if raw then
          local cfg, message = config.normalise(raw)
          assert(cfg, name .. ": " .. tostring(message))
          n = n + 1
        end
      end
    end
    print(("\n%d configs of the zoo read"):format(n))
    assert.is_true(n >= 203)
  end)

  it("of the zoo have no value that the library reads otherwise", function()
    if not shared.available() then return pending(shared.left_out("golden configs", 190)) end
    local files, equal, absent, wrong = run(function(name) return not name:find("^default%-%-") end)
    print(counts:format(files, equal, absent, #wrong))
    assert.same({}, wrong)
  end)

  it("of every model type's defaults have no value that the library reads otherwise", function()
    if not shared.available() then return pending(shared.left_out("default configs", 400)) end
    local files, equal, absent, wrong = run(function(name) return name:find("^default%-%-") end)
    print(counts:format(files, equal, absent, #wrong))
    local known = { ["default--musicgen: is_encoder_decoder"] = true,
      ["default--musicgen_melody: is_encoder_decoder"] = true }
    for i = #wrong, 1, -1 do
      if known[wrong[i]] then table.remove(wrong, i) end
    end
    assert.same({}, wrong)
  end)
end)
