--- Every published configuration whose family is known, against what the library says of it.

local config = require "modelsig.model.config"
local family = require "modelsig.family.families"
local json = require "modelsig.native.json"
local shared = require "tests.spec.shared"

local golden = "golden/transformers/"

local function unzip(name)
  local pipe = assert(io.popen(("zcat '%s' 2>/dev/null"):format(shared.path(name))))
  local text = pipe:read "a"
  pipe:close()
  return text ~= "" and assert(json.decode(text)) or nil
end

local function raw_of(name)
  local folder = name:match("^default%-%-") and golden .. "configs/"
    or name:match("^derived%-%-") and "zoo/configs_derived/" or "zoo/configs/"
  local path = folder .. name:gsub("^derived%-%-", "") .. ".json"
  local file = io.open(shared.path(path))
  if not file then return nil end
  file:close()
  return json.decode(shared.read(path))
end

local function describe_model(raw)
  local chosen = family.choose(raw)
  if not chosen then return nil end
  local cfg = assert(config.normalise(raw, { family = chosen }))
  return assert(family.describe(chosen, cfg))
end

local function text(dtype, dims) return dtype .. " " .. table.concat(dims, "x") end

local function tensors_differ(description, list)
  local have, differences = {}, {}
  description.expand(function(name, dims, dtype) have[name] = text(dtype, dims) end)
  local want = list.saved_prefixed or list.saved
  if want == "memory" then
    want = {}
    for _, row in ipairs(list.memory) do
      if not row[4] then want[#want + 1] = row end
    end
  end
  for _, row in ipairs(want) do
    if have[row[1]] ~= text(row[2], row[3]) then differences[#differences + 1] = row[1] end
    have[row[1]] = nil
  end
  for name in pairs(have) do differences[#differences + 1] = "+" .. name end
  return differences
end

local function line(path, class, calls, inputs, outputs)
  local parts = { path, class, tostring(calls) }
  for _, list in ipairs { inputs, { { name = "->", dtype = "", shape = {} } }, outputs } do
    for _, entry in ipairs(list) do
      parts[#parts + 1] = entry.name .. ":" .. text(entry.dtype, entry.shape)
    end
  end
  return table.concat(parts, " ")
end

local function records_differ(description, list)
  local records, differences = description.records(), {}
  if #records ~= #list.modules then
    differences[1] = ("%d records, not %d"):format(#records, #list.modules)
  end
  for i, module in ipairs(list.modules) do
    local r = records[i]
    local inputs = {}
    for _, part in ipairs { r and r.input or {}, r and r.kwargs or {} } do
      table.move(part, 1, #part, #inputs + 1, inputs)
    end
    local want = line(module.path, module.type, module.calls, module.input, module.output)
    local have = r and line(r.path, r.module_type, r.calls, inputs, r.output)
    if want ~= have then differences[#differences + 1] = want .. " | " .. tostring(have) end
  end
  return differences
end

describe("families", function()
  it("list every file of their folder in the index", function()
    local index, files = family.index(), {}
    for _, file in pairs(index) do files[file] = true end
    for _, name in ipairs { "llama", "qwen3", "gpt2", "deepseek_v3", "whisper" } do
      assert.is_true(files[name])
    end
    for _, model_type in ipairs(family.list()) do
      assert.is_table(family.choose { model_type = model_type }, model_type)
    end
  end)

  it("refuse classes that only borrow a model type", function()
    assert.is_nil(family.choose { model_type = "llama",
      architectures = { "LlamaForCausalLMEagle3" } })
    assert.is_nil(family.choose { model_type = "qwen3", architectures = { "DFlashDraftModel" } })
  end)

  it("answer malformed for sizes that cannot be", function()
    for _, value in ipairs { 0, -1, 1.5, "x", 1 << 40 } do
      local raw = { model_type = "llama", hidden_size = value, num_hidden_layers = 2,
        num_attention_heads = value, vocab_size = value, intermediate_size = value }
      local chosen = family.choose(raw)
      local cfg = config.normalise(raw, { family = chosen })
      if cfg then
        local description, _, code = family.describe(chosen, cfg)
        if not description then assert.equal("malformed", code) end
      end
    end
  end)

  it("predict the tensors and the calls of published models exactly", function()
    if not shared.available() then return pending(shared.left_out("models", 71)) end
    local count, tensors, calls = 0, {}, {}
    for row in io.lines(shared.path(golden .. "summary.jsonl")) do
      local summary = json.decode(row)
      local raw = summary.tensors and raw_of(summary.name)
      local description = type(raw) == "table" and describe_model(raw)
      if description then
        count = count + 1
        assert.same({}, tensors_differ(description,
          unzip(golden .. "tensors/" .. summary.name .. ".json.gz")), summary.name)
        local layers = unzip(golden .. "layers/" .. summary.name .. ".json.gz")
        if layers then assert.same({}, records_differ(description, layers), summary.name) end
        local published = not summary.name:find "^default%-%-"
        if published then tensors[raw.model_type] = true end
        if published and layers then calls[raw.model_type] = true end
      end
    end
    assert.is_true(count >= 70)
    for _, model_type in ipairs { "llama", "mistral", "qwen2", "granite", "qwen3", "qwen3_moe",
      "gpt2", "deepseek_v3", "whisper" } do
      assert.is_true(tensors[model_type], model_type)
      assert.is_true(calls[model_type], model_type)
    end
  end)

  it("know the names of published indexes", function()
    if not shared.available() then return pending(shared.left_out("indexes", 2)) end
    for name, index in pairs {
      ["ibm-granite--granite-3b-code-instruct-128k"] =
        "ibm-granite--granite-3b-code-instruct-128k.json",
      ["internlm--internlm-20b"] = "internlm--internlm-20b.pytorch_model.bin.index.json",
    } do
      local published = json.decode(shared.read("zoo/index/" .. index)).weight_map
      local missing = {}
      describe_model(raw_of(name)).expand(function(tensor)
        if not published[tensor] then missing[#missing + 1] = tensor end
        published[tensor] = nil
      end)
      assert.same({}, missing)
      for tensor in pairs(published) do assert.matches("rotary_emb%.inv_freq$", tensor) end
    end
  end)
end)
