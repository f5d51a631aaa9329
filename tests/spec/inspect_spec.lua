local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"

local program = os.getenv "MODELSIG_BINARY" or "build/release/modelsig"

local function run(arguments)
  local errors = os.tmpname()
  local pipe = assert(io.popen(("'%s' inspect %s 2>%s"):format(program, arguments, errors)))
  local text = pipe:read "a"
  local _, _, code = pipe:close()
  os.remove(errors)
  return text, code
end

describe("inspect", function()
  teardown(folder.clean)
  local probe = io.open(program)
  if not probe then
    it("shows a model as it is", function() pending "no program built" end)
    return
  end
  probe:close()

  it("shows files and tensors in file order, with metadata", function()
    local text, code = run(folder.model(folder.llama, folder.llama_tensors()))
    assert.equal(0, code)
    local view = assert(json.decode(text))
    assert.same({ "config.json", "model.safetensors" }, view.files)
    assert.same({ name = "model.embed_tokens.weight", dtype = "BF16", shape = { 64, 16 },
      bytes = 2048, file = "model.safetensors" }, view.tensors[1])
    assert.equal(#folder.llama_tensors(), #view.tensors)
    assert.equal("pt", view.metadata.format)
    assert.equal("safetensors", view.source)
    assert.same({}, view.findings)
  end)

  it("with --fast shows what the family predicts", function()
    local text = run(folder.model(folder.llama) .. " --fast --output json")
    local view, names = assert(json.decode(text)), {}
    for _, tensor in ipairs(view.tensors) do names[tensor.name] = tensor end
    for _, expected in ipairs(folder.llama_tensors()) do
      assert.same(expected[3], names[expected[1]].shape)
    end
    assert.equal(#folder.llama_tensors(), #view.tensors)
    assert.equal("config_only", view.source)
  end)

  it("shows the error of a model that cannot be read", function()
    local text, code = run(folder.new())
    assert.equal(2, code)
    assert.equal("notfound", assert(json.decode(text)).error.code)
    assert.equal(1, select(2, run ""))
  end)
end)
