-- Fun-ASR-Nano: stacked audio frames, attention with a parallel convolution over the values, a
-- projector with its own layers, and a Qwen 3 that writes the transcript.

local function ln(m, name, x, width, role)
  return m:norm(name, x, { kind = "layer_norm", bias = true, width = width, role = role })
end

--- A layer with input width `from`. `kernel`: the width of the convolution; `last`: a norm ends the
--- layer.
local function layer(c, from, kernel, last)
  local e, h = c.hidden_size, c.num_attention_heads
  local mix = block.attention.build(c, { head_dim = e // h, kv_heads = h, bias = true,
    out_bias = true, rope = false, cache = false, beside = kernel and function()
      return function(m, x)
        m:call("fsmn", "*FSMN", "x, mask", shape.tensor(m.dtype, 1, x.dims[2], e), function(f, y)
          local turned = y:view(1, e, y.dims[2])
          block.conv.conv(f, "conv", turned, turned, { kernel },
            { groups = e, role = "layer.attention.memory" })
          return y
        end)
      end
    end or nil })
  local feed = block.mlp.build(c, { up = "fc1", down = "fc2", bias = true, act = "activation_fn" })
  return function(m, x)
    m:fact("norm_place", "pre")
    ln(m, "input_layernorm", x, from, "layer.norm.attention")
    x = m:call("self_attn", "*Attention",
      "hidden_states=x, attention_mask=, input_features_mask=mask", x, mix)[1]
    ln(m, "post_attention_layernorm", x, e, "layer.norm.ffn")
    m:call("mlp", "*MLP", "x", x, feed)
    m:op("add", 2)
    if last then return ln(m, "final_layernorm", x, e, "layer.norm.last") end
    return m:leaf("final_layernorm", "Identity", x)
  end
end

local function body(c)
  return function(m, x)
    m:fact("positions", "sinusoidal")
    local n = c.num_hidden_layers
    local ends = { [n - c.num_timestamp_prediction_layers - 1] = true, [n - 1] = true }
    x = m:layers("layers", n, function(i)
      return i == 0 and "first" or ends[i] and "last" or "encoder"
    end, function(l, name, kind, y)
      return l:call(name, "*EncoderLayer", "x, attention_mask, mask", y,
        layer(c, y.dims[3], c.fsmn_kernel_size, kind == "last"))
    end, x)
    return shape.named("last_hidden_state", x)
  end
end

local function given(c, dtype)
  return shape.tensor(dtype, 1, 200, c.num_mel_bins * c.num_stacked_frames)
end

local function projector(part)
  return function(m, x)
    local act = block.activation[part.projector_hidden_act]
    local y = m:linear("linear_1", x, part.projector_hidden_size,
      { bias = true, role = "projector.up" })
    m:leaf("act", act.class, y)
    m:op(act.operator)
    y = m:linear("linear_2", y, part.hidden_size, { bias = true, role = "projector.down" })
    m.roles = m.roles .. "projector."
    return m:layers("layers", part.num_hidden_layers, function() return "encoder" end,
      function(l, name, _, z)
        return l:call(name, "*EncoderLayer", "x, attention_mask", z,
          layer(part, part.hidden_size))
      end, y)
  end
end

local function towers(c, _, m)
  m:apart("audio.", function(b)
    local part = c.parts.audio_config
    local x = given(part, b.dtype)
    b.env.mask = shape.tensor("BOOL", 1, x.dims[2])
    x = b:part(part):call("audio_tower", "*Encoder", "x, mask", x, body(part))[2]
    b:call("multi_modal_projector", "*MultiModalProjector", "x, mask", x,
      projector(c.parts.adaptor_config))
  end)
end

return {
  {
    extends = "llama",
    model_types = { fun_asr_nano_encoder = "FunAsrNano" },
    part = "*Encoder",
    keys = { fsmn_kernel_size = { "size", 11 }, num_stacked_frames = { "size", 7 },
      num_timestamp_prediction_layers = { "count", 20 } },
    defaults = { hidden_size = 512, intermediate_size = 2048, num_hidden_layers = 70,
      num_attention_heads = 4, num_mel_bins = 80, hidden_act = "relu" },
    body = body,
    calls = { model = "input_features=x" },
    given = given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  {
    extends = "fun_asr_nano_encoder",
    model_types = { fun_asr_nano_adaptor = "FunAsrNano" },
    keys = { projector_hidden_size = { "size", 2048 },
      projector_hidden_act = { "choice", "relu" } },
    defaults = { hidden_size = 1024, intermediate_size = 256, num_hidden_layers = 2,
      num_attention_heads = 8 },
  },
  {
    extends = "ovis2",
    model_types = { fun_asr_nano = "FunAsrNano" },
    parts = { text = { default = "qwen3" }, audio_config = "fun_asr_nano_encoder",
      vision_config = { default = "llama", optional = true },
      adaptor_config = "fun_asr_nano_adaptor" },
    towers = towers,
  },
}
