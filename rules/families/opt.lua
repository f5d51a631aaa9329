-- OPT: learned positions after two unused rows, norms before or after each part, a feed-forward
-- without a module, embeddings that may be narrower than the layers.
local function affine(c) return c.layer_norm_elementwise_affine ~= false end

--- The feed-forward gets the tokens of all texts in one sequence.
local function layer(c, f, kind, m, x)
  local before = c.do_layer_norm_before ~= false
  local flat = x:flat()
  local function norm(name, y, role) block.decoder.norm(f, m, name, y, "layer.norm." .. role) end
  m:fact("norm_place", before and "pre" or "post")
  if before then norm("self_attn_layer_norm", x, "attention") end
  m:call("self_attn", "*Attention", f.calls.attention, x, f.attention(c, kind))
  if not before then norm("self_attn_layer_norm", x, "after_attention") end
  if before then norm("final_layer_norm", flat, "ffn") end
  f.ffn(c, kind)(m, flat)
  m:op("add", 2)
  if not before then norm("final_layer_norm", x, "after_ffn") end
  return x
end

local function stack(c, f)
  local plain = not affine(c) and setmetatable({ norm = { kind = f.norm.kind, weightless = true } },
    { __index = f })
  return function(m, x)
    m.env.position_mask = shape.tensor("F32", 1, x.dims[2])
    return block.decoder.stack(c, plain or f)(m, x)
  end
end

--- The head for the next token calls the decoder inside of the model.
local function causal_lm(m, c, f, ids)
  local function over(slot, values) return setmetatable(values, { __index = slot }) end
  return block.heads.causal_lm "ForCausalLM"(m, c, over(f, { body = stack,
    names = over(f.names, { model = "model.decoder" }),
    classes = over(f.classes, { model = "*Decoder" }) }), ids)
end

return {
  extends = "llama",
  model_types = { opt = "OPT" },
  norm = { kind = "layer_norm", bias = true },
  decoder = { positions = "learned", offset = 2, embedding_size = "word_embed_proj_dim",
    embedding_in = "project_in", embedding_out = "project_out",
    final_norm = function(c)
      return c.do_layer_norm_before ~= false and not c._remove_final_layer_norm
    end },
  layer = layer,
  body = function(c, f)
    return function(m, x) return m:call("decoder", "*Decoder", "input_ids=x", x, stack(c, f)) end
  end,
  attention = { square = true, bias = "enable_bias", out_bias = "enable_bias", out = "out_proj",
    rope = false },
  ffn = { gated = false, up = "fc1", down = "fc2", act = "activation_fn", bias = "enable_bias" },
  calls = { layer = "x, attention_mask=, position_ids=",
    positions = "position_mask, position_ids=x",
    attention = "hidden_states=x, position_ids=, attention_mask=" },
  names = { norm = "final_layer_norm", positions = "embed_positions", questioned = "model" },
  classes = { positions = "*LearnedPositionalEmbedding" },
  arguments = { position_mask = "ones, from which the positions are counted" },
  head = { tied = true },
  heads = { ForCausalLM = causal_lm },
  facts = { positions = "learned", nope_layers = "none" },
  keys = { do_layer_norm_before = { "flag", true }, _remove_final_layer_norm = { "flag", false },
    enable_bias = { "flag", true }, layer_norm_elementwise_affine = { "flag", true } },
}
