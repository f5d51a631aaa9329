--- Weights of ONNX graphs get the names that they have in a checkpoint.

require "tests.spec.helper"
local folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"
local tiny = require "tests.spec.onnx_tiny"

--- The weights of models written into one folder: name, and shape as a text.
local function placed(files)
  local path, out = folder.new(), {}
  for name, text in pairs(files) do folder.write(path .. "/" .. name, text) end
  local model = assert(modelsig.open(path))
  for i = 1, #model.tensors do
    out[model.tensors[i].name] = table.concat(model.tensors[i].shape, ",")
  end
  return out, model
end

local function one(weights, nodes) return placed { ["model.onnx"] = tiny.graph(weights, nodes) } end

describe("a weight of ONNX", function()
  teardown(folder.clean)

  it("is told by the node that uses it, and shown beside its initializer", function()
    local found, model = one({ { "onnx::MatMul_7", 4, 8 }, { "layers.0.fc.bias", 8 } }, {
      { "MatMul", { "x", "onnx::MatMul_7" }, { "a" }, "/layers.0/fc/MatMul" },
      { "Add", { "layers.0.fc.bias", "a" }, { "y" }, "/layers.0/fc/Add" } })
    assert.same({ ["layers.0.fc.weight"] = "8,4", ["layers.0.fc.bias"] = "8" }, found)
    assert.same({ "layers.0.fc.weight" }, model.raw_tensors[1].weights)
  end)

  it("of a module called again is that of the first call", function()
    local found = one({ { "onnx::MatMul_7", 4, 4 } }, {
      { "Identity", { "onnx::MatMul_7" }, { "copy" }, "Identity_9" },
      { "MatMul", { "x", "onnx::MatMul_7" }, { "a" }, "/group.0/query/MatMul" },
      { "MatMul", { "a", "copy" }, { "y" }, "/group.0/query_1/MatMul" } })
    assert.same({ ["group.0.query.weight"] = "4,4" }, found)
  end)

  it("has the beginning that names of its neighbours tell", function()
    local found = one({ { "onnx::MatMul_7", 4, 8 }, { "model.decoder.layers.0.fc.bias", 8 } }, {
      { "MatMul", { "x", "onnx::MatMul_7" }, { "a" }, "/decoder/layers.0/fc/MatMul" },
      { "Add", { "model.decoder.layers.0.fc.bias", "a" }, { "y" }, "/decoder/layers.0/fc/Add" } })
    assert.equal("8,4", found["model.decoder.layers.0.fc.weight"])
  end)

  it("of a norm that something is added to is told by the product", function()
    local found = one({ { "onnx::Mul_5", 16 }, { "add_7", 16 }, { "onnx::Mul_6", 1, 16, 1 },
      { "onnx::Mul_8", 2, 3 }, { "val_9", 1 }, { "val_10", 16 }, { "d.bias", 16 } }, {
      { "Mul", { "x", "onnx::Mul_5" }, { "a" }, "/a/norm/Mul_1" },
      { "Mul", { "a", "add_7" }, { "b" }, "n",
        texts = { ["pkg.torch.onnx.name_scopes"] = "['', 'b', 'b.norm', 'mul']" } },
      { "Mul", { "b", "onnx::Mul_6" }, { "c" }, "/c/norm/Mul" },
      { "Mul", { "c", "onnx::Mul_8" }, { "d" }, "/c/table/Mul" },
      { "Mul", { "d", "val_9" }, { "e" }, "/c/one/Mul" },
      { "Mul", { "e", "val_10" }, { "f" }, "/Mul" },
      { "Add", { "f", "d.bias" }, { "y" }, "/d/Add" } })
    assert.same({ ["a.norm.weight"] = "16", ["b.norm.weight"] = "16", ["c.norm.weight"] = "16",
      ["d.bias"] = "16" }, found)
  end)

  it("that serves as table and as output is the table", function()
    local nodes = {
      { "Gather", { "lm_head.weight", "x" }, { "a" }, "/model/embed_tokens/Gather" },
      { "Transpose", { "lm_head.weight" }, { "t" }, "t" },
      { "MatMul", { "a", "t" }, { "y" }, "/lm_head/MatMul" } }
    assert.same({ ["model.embed_tokens.weight"] = "9,4" },
      (one({ { "lm_head.weight", 9, 4 } }, nodes)))
    -- A table with a name of its own keeps it.
    nodes[1][2][1], nodes[2][2][1] = "model.shared.weight", "model.shared.weight"
    assert.same({ ["model.shared.weight"] = "9,4" },
      (one({ { "model.shared.weight", 9, 4 } }, nodes)))
  end)

  it("that is fused in the checkpoint stays so", function()
    local found = one({ { "onnx::MatMul_7", 8, 16 }, { "onnx::MatMul_8", 8, 8 } }, {
      { "MatMul", { "x", "onnx::MatMul_7" }, { "a" }, "/model/layers.0/self_attn/qkv_proj/MatMul" },
      { "MatMul", { "a", "onnx::MatMul_8" }, { "y" }, "/model/layers.0/self_attn/o_proj/MatMul" } })
    assert.same({ ["model.layers.0.self_attn.qkv_proj.weight"] = "16,8",
      ["model.layers.0.self_attn.o_proj.weight"] = "8,8" }, found)
  end)

  it("that the top module reads itself has its usual or its own name", function()
    local found = one({ { "onnx::Add_5", 1, 9 }, { "onnx::Add_6", 7, 9 }, { "pos_embed", 2, 9 } }, {
      { "Add", { "x", "onnx::Add_5" }, { "a" }, "/Add" },
      { "Add", { "a", "onnx::Add_6" }, { "b" }, "/Add_1" },
      { "Add", { "b", "pos_embed" }, { "y" }, "/Add_2" } })
    assert.same({ final_logits_bias = "1,9", ["embed_positions.weight"] = "7,9",
      pos_embed = "2,9" }, found)
  end)
end)

describe("parts of one model", function()
  teardown(folder.clean)

  local function part(norm, gather, weight)
    return tiny.graph({ { weight, 9, 4 }, { norm .. ".weight", 4 }, { "onnx::MatMul_3", 4, 4 } }, {
      { "Gather", { weight, "x" }, { "a" }, gather },
      { "LayerNormalization", { "a", norm .. ".weight" }, { "b" },
        "/" .. norm:gsub("%.", "/") .. "/LayerNormalization" },
      { "MatMul", { "b", "onnx::MatMul_3" }, { "y" },
        "/" .. norm:gsub("%.", "/") .. "/q/MatMul" } })
  end

  it("have the beginning that the decoder has", function()
    local decoder = part("decoder.block.norm", "/decoder/shared/Gather", "shared.weight")
    local encoder = part("block.norm", "/embed_tokens/Gather", "embed_tokens.weight")
    assert.same({ ["shared.weight"] = "9,4", ["decoder.block.norm.weight"] = "4",
      ["decoder.block.norm.q.weight"] = "4,4", ["encoder.block.norm.weight"] = "4",
      ["encoder.block.norm.q.weight"] = "4,4" },
      placed { ["decoder_model.onnx"] = decoder, ["encoder_model.onnx"] = encoder })
    decoder = part("model.decoder.block.norm", "/model/decoder/embed_tokens/Gather",
      "model.shared.weight")
    local found = placed { ["decoder_model.onnx"] = decoder, ["encoder_model.onnx"] = encoder }
    assert.equal("4,4", found["model.encoder.block.norm.q.weight"])
    assert.is_nil(found["model.encoder.embed_tokens.weight"])
  end)

  it("have the usual one where they are alone", function()
    local encoder = part("layers.0.norm", "/embed_tokens/Gather", "embed_tokens.weight")
    local found = placed { ["encoder_model.onnx"] = encoder }
    assert.equal("9,4", found["model.encoder.embed_tokens.weight"])
    encoder = part("block.0.norm", "/embed_tokens/Gather", "embed_tokens.weight")
    found = placed { ["encoder_model.onnx"] = encoder }
    assert.equal("9,4", found["encoder.embed_tokens.weight"])
  end)
end)
