local folder = require "tests.spec.model_folder"
local origin = require "modelsig.origin.open"

local function names(o)
  local out = {}
  for i, file in ipairs(o.files) do out[i] = file.name end
  return table.concat(out, " ")
end

describe("an origin", function()
  teardown(folder.clean)

  it("is a folder, by its path or by local:", function()
    local path = folder.model(folder.llama, folder.llama_tensors())
    local plain = assert(origin.open(path))
    assert.equal("folder", plain.kind)
    assert.equal(path, plain.label)
    assert.equal("config.json model.safetensors", names(plain))
    local named = assert(origin.open("local:" .. path .. "/"))
    assert.equal(path:match "[^/]+$", named.label)
    assert.equal("local:" .. path .. "/", named.typed)
    assert.truthy(named:read("config.json", 10000):find "llama")
    local source <close> = assert(named:open "model.safetensors")
    assert.equal(8, #source:read(0, 8))
  end)

  it("is one file: a configuration alone, or weights with what lies beside them", function()
    local path = folder.model(folder.llama, folder.llama_tensors())
    local config = assert(origin.open(path .. "/config.json"))
    assert.equal("config.json", names(config))
    local weights = assert(origin.open(path .. "/model.safetensors"))
    assert.equal("model.safetensors", weights.weights)
    assert.truthy(weights:has "config.json")
  end)

  it("is a sample of the program", function()
    local o = assert(origin.open "sample:qwen3-mini")
    assert.truthy(o:has "config.json")
    local _, message, code = origin.open "sample:qwen3-mimi"
    assert.equal("notfound", code)
    assert.truthy(message:find("did you mean 'qwen3-mi", 1, true))
  end)

  it("that does not exist is said with a near name", function()
    local path = folder.new()
    os.execute(("mkdir '%s/Qwen3-8B'"):format(path))
    local o, message, code = origin.open(path .. "/Qwen3-8b")
    assert.is_nil(o)
    assert.equal("notfound", code)
    assert.truthy(message:find("did you mean 'Qwen3-8B'?", 1, true))
    assert.equal("notfound", select(3, origin.open "local:"))
    assert.equal("notfound", select(3, origin.open ""))
    assert.equal("notfound", select(3, origin.open "a\0b"))
  end)

  it("is of a Hub by its scheme, its revision or its file, or where no such path is", function()
    local path = folder.new()
    for _, reference in ipairs { "org/name", "org/name@main", "org/name@refs/pr/1", "gpt2",
      "org/name:sub/model.safetensors", "hf://org/name",
      "https://huggingface.co/org/name", "org/name@" } do
      assert.is_true(origin.is_hub(reference), reference)
    end
    for _, reference in ipairs { "", path, "./org/name", "org/name/", "a/b/c", "local:org/name",
      "sample:qwen3-mini", "x.json", "org/x.safetensors", "a b", "tests", "a\0b" } do
      assert.is_false(origin.is_hub(reference), reference)
    end
  end)

  it("on a Hub that is not asked says what may be meant here", function()
    local o, message, code = origin.open("test/x", { offline = true })
    assert.is_nil(o)
    assert.equal(require("modelsig.native.net").built and "offline" or "unsupported", code)
    assert.truthy(message:find("did you mean 'tests'?", 1, true), message)
    message = select(2, origin.open("loacl:x", { offline = true }))
    assert.truthy(message:find("did you mean 'local:x'?", 1, true), message)
    message = select(2, origin.open("org/name@v1", { offline = true }))
    assert.is_nil(message:find("no such file", 1, true))
  end)
end)
