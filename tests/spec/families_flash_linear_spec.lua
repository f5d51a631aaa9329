--- Models of flash-linear-attention: which tensors they have, written from the library's layers.

local json = require "modelsig.native.json"
local listed = require "tests.spec.listed"

local rest = [[
  lm_head.weight 300x64
  model.embeddings.weight 300x64
  model.norm.weight 64
  N=0-1 model.layers.N.attn_norm.weight 64
  N=0-1 model.layers.N.mlp_norm.weight 64
  N=0-1 model.layers.N.mlp.gate_proj.weight 256x64
  N=0-1 model.layers.N.mlp.up_proj.weight 256x64
  N=0-1 model.layers.N.mlp.down_proj.weight 64x256
]]

local function same(model_type, more, text)
  return listed.same(json.decode(([[{ "model_type": "%s", "hidden_size": 64,
    "num_hidden_layers": 2, "vocab_size": 300, %s }]]):format(model_type, more)), rest .. text)
end

describe("models of flash-linear-attention", function()
  it("DeltaNet: a layer with attention, convolutions, a gate", function()
    local net = same("delta_net", [["num_heads": 4, "expand_v": 0.5, "use_gate": true,
      "conv_size": 3, "attn": { "layers": [1], "num_heads": 8, "num_kv_heads": 2,
      "window_size": 16 }]], [[
      model.layers.0.attn.q_proj.weight 64x64
      model.layers.0.attn.k_proj.weight 64x64
      model.layers.0.attn.v_proj.weight 32x64
      model.layers.0.attn.b_proj.weight 4x64
      model.layers.0.attn.g_proj.weight 32x64
      model.layers.0.attn.q_conv1d.weight 64x1x3
      model.layers.0.attn.k_conv1d.weight 64x1x3
      model.layers.0.attn.v_conv1d.weight 32x1x3
      model.layers.0.attn.o_norm.weight 8
      model.layers.0.attn.o_proj.weight 64x32
      model.layers.1.attn.q_proj.weight 64x64
      model.layers.1.attn.k_proj.weight 16x64
      model.layers.1.attn.v_proj.weight 16x64
      model.layers.1.attn.o_proj.weight 64x64
    ]])
    local kinds = {}
    for _, cache in ipairs(net.cache) do kinds[cache.kind] = table.concat(cache.shape, "x") end
    assert.same({ conv_state = "batchx160x2", delta_state = "batchx4x16x8",
      window = "batchx2xseq_lenx8" }, kinds)
  end)

  it("gated DeltaNet: heads of their own size, more of them for values", function()
    same("gated_deltanet", [["num_heads": 2, "num_v_heads": 4, "head_dim": 8, "expand_v": 1,
      "use_short_conv": false, "use_gate": false]], [[
      N=0-1 model.layers.N.attn.q_proj.weight 16x64
      N=0-1 model.layers.N.attn.k_proj.weight 16x64
      N=0-1 model.layers.N.attn.v_proj.weight 32x64
      N=0-1 model.layers.N.attn.a_proj.weight 4x64
      N=0-1 model.layers.N.attn.b_proj.weight 4x64
      N=0-1 model.layers.N.attn.A_log 4
      N=0-1 model.layers.N.attn.dt_bias 4
      N=0-1 model.layers.N.attn.o_norm.weight 8
      N=0-1 model.layers.N.attn.o_proj.weight 64x32
    ]])
  end)

  it("GLA: a gate from a narrow middle, another norm without a gate in it", function()
    local shared = [[
      N=0-1 model.layers.N.attn.q_proj.weight 32x64
      N=0-1 model.layers.N.attn.k_proj.weight 16x64
      N=0-1 model.layers.N.attn.v_proj.weight 32x64
      N=0-1 model.layers.N.attn.gk_proj.0.weight 16x64
      N=0-1 model.layers.N.attn.gk_proj.1.weight 16x16
      N=0-1 model.layers.N.attn.gk_proj.1.bias 16
      N=0-1 model.layers.N.attn.o_proj.weight 64x64
    ]]
    same("gla", [["num_heads": 4, "num_kv_heads": 2]], shared .. [[
      N=0-1 model.layers.N.attn.g_proj.weight 64x64
      N=0-1 model.layers.N.attn.g_norm_swish_gate.weight 16
    ]])
    same("gla", [["num_heads": 4, "num_kv_heads": 2, "use_output_gate": false]], shared .. [[
      N=0-1 model.layers.N.attn.g_norm.weight 16
    ]])
  end)

  it("GSA: slots, and a norm without a weight", function()
    local gsa = same("gsa", [["num_heads": 4, "num_slots": 12, "elementwise_affine": false]], [[
      N=0-1 model.layers.N.attn.q_proj.weight 64x64
      N=0-1 model.layers.N.attn.k_proj.weight 64x64
      N=0-1 model.layers.N.attn.v_proj.weight 64x64
      N=0-1 model.layers.N.attn.f_proj.weight 48x64
      N=0-1 model.layers.N.attn.o_proj.weight 64x64
    ]])
    assert.same({ "batch", 4, 16, 12 }, gsa.cache[1].shape)
  end)

  it("HGRN2: bounds for all layers in one table", function()
    same("hgrn2", [["expand_ratio": 16, "num_heads": 4, "use_lower_bound": true]], [[
      model.lower_bounds 2x64
      N=0-1 model.layers.N.attn.q_proj.weight 64x64
      N=0-1 model.layers.N.attn.f_proj.weight 64x64
      N=0-1 model.layers.N.attn.i_proj.weight 64x64
      N=0-1 model.layers.N.attn.g_norm.weight 64
      N=0-1 model.layers.N.attn.o_proj.weight 64x64
    ]])
  end)
end)
