-- GPT-2: learned positions, LayerNorm, fused projections stored with their inputs first.
local function attention(c)
  local e, h = c.hidden_size, c.num_attention_heads
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    m:linear("c_attn", x, 3 * e, { class = "Conv1D", transposed = true, bias = true,
      role = "layer.attention.qkv" })
    m:op("attention")
    local y = m:linear("c_proj", x, e, { class = "Conv1D", transposed = true, bias = true,
      role = "layer.attention.output" })
    m:leaf("resid_dropout", "Dropout", y)
    m:cache { kind = "attention", heads = h, dim = e // h }
    return shape.tuple(y, shape.tensor(m.dtype, 1, h, 8, 8))
  end
end

local function mlp(c)
  local act = block.activation[c.hidden_act or "gelu_new"] or block.activation.gelu_new
  return function(m, x)
    m:kind(act[5] or act[3])
    m:fact("gated", false)
    m:fact("activation", c.hidden_act or "gelu_new")
    local y = m:linear("c_fc", x, c.intermediate_size or 4 * c.hidden_size,
      { class = "Conv1D", transposed = true, bias = true, role = "layer.ffn.up" })
    m:leaf("act", act[1], y)
    m:op(act[2])
    y = m:linear("c_proj", y, c.hidden_size,
      { class = "Conv1D", transposed = true, bias = true, role = "layer.ffn.down" })
    return m:leaf("dropout", "Dropout", y)
  end
end

local norm = { kind = "layer_norm", bias = true }
local function ln(m, name, x, role)
  return m:norm(name, x, { kind = norm.kind, bias = norm.bias, role = role })
end

local function layer(c, _, _, m, x)
  local h = ln(m, "ln_1", x, "layer.norm.attention")
  m:call("attn", "*Attention", "x, attention_mask=, position_ids=", h, attention(c))
  h = ln(m, "ln_2", x, "layer.norm.ffn")
  m:op("add", 2)
  return m:call("mlp", "*MLP", "x", h, mlp(c))
end

local function stack(c, f)
  return function(m, ids)
    local x = m:embedding("wte", ids, c.vocab_size, c.hidden_size)
    m.env.position_ids = shape.tensor("I64", 1, 8)
    m.env.attention_mask = shape.tensor(m.dtype, 1, 1, 8, 8)
    m:embedding("wpe", m.env.position_ids, c.max_position_embeddings, c.hidden_size,
      { role = "embedding.position" })
    m:leaf("drop", "Dropout", x)
    x = m:layers("h", c.num_hidden_layers, function() return "dense" end, function(l, name, _, y)
      return l:call(name, "*Block", "x, -, attention_mask, position_ids=", y, function(b, z)
        return f.layer(c, f, "dense", b, z)
      end)
    end, x)
    return shape.named("last_hidden_state", ln(m, "ln_f", x, "norm.final"))
  end
end

return {
  model_types = { gpt2 = "GPT2" },
  layer = layer,
  heads = {
    LMHeadModel = function(m, c, f, ids)
      return m:call("", "*LMHeadModel", "input_ids=x", ids, function(r, y)
        local x = r:call("transformer", "*Model", "x", y, stack(c, f))[2]
        r:kind("LMHead")
        return shape.named("logits", r:linear("lm_head", x, c.vocab_size, { role = "head",
          tied = c.tie_word_embeddings ~= false, layer_type = "LMHead" }))
      end)
    end,
    Model = function(m, c, f, ids)
      return m:call("", "*Model", "input_ids=x", ids, stack(c, f))
    end,
  },
  default_head = "LMHeadModel",
  given = function() return shape.tensor("I64", 1, 8) end,
  facts = { norm = "layer_norm", norm_place = "pre", positions = "learned", nope_layers = "none",
    parallel_residual = false, sinks = false, stacks = "decoder" },
}
