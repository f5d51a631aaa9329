-- Phi: attention and feed-forward are parallel behind one LayerNorm.

--- The first Phi, by the code beside its weights: one list of modules, first the embedding, then
--- the layers, last the head.
local function sequential(m, c, f, ids)
  return m:call("", "*ForCausalLM", "x", ids, function(r, y)
    local x = r:call("layers.0", "Embedding", "x", y, function(e, z)
      z = e:embedding("wte", z, c.vocab_size, c.hidden_size)
      return e:leaf("drop", "Dropout", z)
    end)
    x = r:layers("layers", c.num_hidden_layers, f.layer_kind(c), function(l, name, kind, z)
      return l:call(name, "ParallelBlock", "x", z, function(layer, w)
        return (f.layer(c, f, kind, layer, w))
      end)
    end, x, 1)
    return r:call("layers." .. c.num_hidden_layers + 1, "CausalLMHead", "x", x, function(h, z)
      h:kind "LMHead"
      block.decoder.norm(f, h, "ln", z, "norm.final")
      return h:linear("linear", z, c.vocab_size, { bias = true, role = "head" })
    end)
  end)
end

return {
  {
    extends = "llama",
    model_types = { phi = "Phi" },
    norm = { kind = "layer_norm", bias = true },
    layout = "parallel",
    decoder = { embedding_dropout = true },
    calls = { layer = "embeddings_last" },
    names = { embedding_dropout = "embed_dropout", norm = "final_layernorm",
      attention_dropout = "resid_dropout", ffn_dropout = "resid_dropout" },
    attention = { bias = true, out_bias = true, out = "dense", window = false,
      qk_norm = function(c) return c.use_qk_norm and "head" end, norm = "layer_norm",
      norm_bias = true, norm_last = true, heads_first = true, q_norm = "q_layernorm",
      k_norm = "k_layernorm" },
    ffn = { gated = false, up = "fc1", down = "fc2", act = "activation_fn", bias = true },
    head = { bias = true },
  },
  {
    extends = "phi",
    model_types = { ["mixformer-sequential"] = "MixFormerSequential" },
    names = { attention_norm = "ln", attention = "mixer" },
    attention = { fused = "Wqkv", out = "out_proj", weights = false, qk_norm = false,
      inner = function()
        return function(m, q) m:leaf("inner_attn", "SelfAttention", q) end
      end },
    ffn = { act = "act" },
    calls = { layer = "x", attention = "x" },
    classes = { attention = "MHA", ffn = "MLP" },
    heads = { ForCausalLM = sequential, ForSequenceClassification = false,
      ForTokenClassification = false, ForQuestionAnswering = false, Model = false },
  },
}
