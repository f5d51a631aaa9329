--- The validation of a list of models.

require "tests.spec.helper"
local folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"
local rules = require "modelsig.rules.named"
local shared = require "tests.spec.shared"
local system = require "modelsig.native.system"
local validate = require "modelsig.cli.validate"

local function open(requests)
  local models = {}
  for i, request in ipairs(requests) do
    local model, message, code = modelsig.open(request)
    models[i] = model or { error = { code = code, message = message } }
  end
  return models
end

local function judge(entry)
  return validate.judge(entry, open({ validate.request(entry) })[1])
end

describe("a list of models", function()
  it("is bundled, every entry with a format and facts of the vocabulary", function()
    local list = assert(validate.load())
    assert.equal(57, #list.models)
    local vocabulary = assert(rules.load("config", "vocabulary"))
    local seen = {}
    for _, entry in ipairs(list.models) do
      assert.is_nil(seen[entry[1]], entry[1])
      seen[entry[1]] = true
      assert.matches("^[%w._-]+/[%w._-]+$", entry[1])
      assert.not_equal("any", entry.format)
      for key in pairs(entry.known or {}) do
        assert.is_truthy(key == "is_moe" or vocabulary.keys[key], key)
      end
    end
  end)

  it("knows of its models what another tool has read of them", function()
    if not shared.available() then return pending(shared.left_out("models", 57)) end
    local columns, told = { "model_type", "hidden_size", "num_hidden_layers",
      "num_attention_heads", "num_key_value_heads" }, {}
    for line in shared.read "validation_models.tsv":gmatch "[^\n]+" do
      local id, _, rest = line:match "^([^\t]+)\t([^\t]+)\t(.*)$"
      local row, i = {}, 0
      for word in (rest or ""):gmatch "[^\t]+" do
        i = i + 1
        if columns[i] then row[columns[i]] = word end
      end
      if id then told[id] = row end
    end
    local compared = 0
    for _, entry in ipairs(assert(validate.load()).models) do
      for key, value in pairs(entry.known or {}) do
        if key ~= "is_moe" then -- the tool misses some
          assert.equal(told[entry[1]][key], tostring(value), entry[1] .. " " .. key)
          compared = compared + 1
        end
      end
    end
    assert.is_true(compared > 200)
  end)

  it("may be a file of one's own; mistakes in it are said", function()
    local path = os.tmpname() .. ".lua"
    local function load(text)
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
      return validate.load(path)
    end
    assert.same({ { "a/b", format = "any" } }, assert(load "return { 'a/b' }").models)
    assert.equal(1, assert(load "return { at_once = 1, models = { 'a/b', 'c/d' } }").at_once)
    for text, expected in pairs {
      ["return {}"] = "a list of models expected",
      ["return { 7 }"] = "models[1]: a reference expected, found number 7",
      ["return { { 'a/b', format = 'ggfu' } }"] =
        "models[1].format: one of safetensors, onnx, gguf",
      ["return { { 'a/b', known = 1 } }"] = "models[1].known: a table expected",
    } do
      local list, message, code = load(text)
      assert.is_nil(list)
      assert.equal("malformed", code)
      assert.matches(expected, message, 1, true)
      assert.matches(path, message, 1, true)
    end
    os.remove(path)
    assert.equal("notfound", select(3, validate.load "nothing"))
  end)
end)

describe("a model of the list", function()
  it("is read when all that was asked came and agrees", function()
    local outcome = judge { "sample:qwen3-mini", format = "safetensors",
      known = { model_type = "qwen3", is_moe = false } }
    assert.same({}, outcome.why)
    assert.equal("read", outcome.result)
    assert.equal("read", judge({ "sample:qwen3-mini", format = "fast" }).result)
  end)

  it("is wrong when something known differs, and says what", function()
    local outcome = judge { "sample:qwen3-mini", format = "safetensors",
      known = { model_type = "llama", nothing = 3, is_moe = true } }
    assert.equal("wrong", outcome.result)
    assert.same({ "is_moe is false; true is known", "model_type is qwen3; llama is known",
      "nothing is unknown; 3 is known" }, outcome.why)
  end)

  it("is not read when the format that was asked for is not there", function()
    local outcome = judge { "sample:qwen3-mini", format = "onnx" }
    assert.equal("not", outcome.result)
    assert.matches("no ONNX file", outcome.why[1], 1, true)
  end)

  it("is read in the format that was asked for, where there are several", function()
    local path = folder.new()
    for name in ("config.json model.safetensors"):gmatch "%S+" do
      folder.write(path .. "/" .. name, assert(system.read("samples/qwen3-mini/" .. name, 1 << 20)))
    end
    folder.write(path .. "/model.onnx", require("tests.spec.onnx_tiny").model())
    for _, format in ipairs { "safetensors", "onnx" } do
      local models = open { validate.request { path, format = format } }
      assert.equal(format, models[1].source)
    end
  end)

  it("is not read when it fails, with the code", function()
    local outcome = judge { "local:/nowhere/at/all", format = "any" }
    assert.equal("not", outcome.result)
    assert.matches("^notfound: /nowhere/at/all: no such folder", outcome.why[1])
  end)
end)

describe("the bundled list", function()
  it("agrees with the published configurations", function()
    if not shared.available() then return pending(shared.left_out("models", 13)) end
    local checked = 0
    for _, entry in ipairs(assert(validate.load()).models) do
      local name = entry[1]:gsub("/", "--") .. ".json"
      for _, place in ipairs { "configs/", "configs_derived/" } do
        local path = shared.path("zoo/" .. place .. name)
        if system.stat(path) then
          local outcome = judge { path, format = "fast", known = entry.known }
          assert.not_equal("wrong", outcome.result, entry[1] .. ": " .. (outcome.why[1] or ""))
          assert.not_equal("not", outcome.result, entry[1] .. ": " .. (outcome.why[1] or ""))
          checked = checked + 1
        end
      end
    end
    assert.is_true(checked >= 12, checked .. " checked")
  end)
end)

describe("the whole list", function()
  it("is read some at a time, in order, and counted", function()
    local sizes, said = {}, {}
    local list = { at_once = 2, models = { { "sample:qwen3-mini" }, { "local:/nowhere" },
      { "sample:llama-mini", known = { model_type = "x" } } } }
    local outcomes = validate.run(list, function(requests)
      sizes[#sizes + 1] = #requests
      return open(requests)
    end, function(outcome) said[#said + 1] = outcome.model end)
    assert.same({ 2, 1 }, sizes)
    assert.same({ "sample:qwen3-mini", "local:/nowhere", "sample:llama-mini" }, said)
    assert.same({ read = 1, partly = 0, wrong = 1, ["not"] = 1 }, validate.count(outcomes))
  end)
end)
