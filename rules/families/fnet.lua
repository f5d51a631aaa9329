-- FNet: BERT whose layers mix tokens by a Fourier transform, which has no weights, in place of
-- attention.
local function embeddings(c)
  local plain = block.bert.embeddings(c, { dropout = false })
  return function(m, ids)
    local x = plain(m, ids)
    x = m:linear("projection", x, c.hidden_size, { bias = true, role = "embedding.projection" })
    return m:leaf("dropout", "Dropout", x)
  end
end

local function fourier()
  return function(m, x)
    m.env.residual = x
    m:call("self", "*BasicFourierTransform", "x", x, function(s, y)
      s:kind("FourierLayer")
      s:op("fft")
      return shape.tuple(y)
    end)
    m:call("output", "*BasicOutput", "x, residual", x, function(o, y)
      o:op("add")
      return o:norm("LayerNorm", y, { kind = "layer_norm", bias = true,
        role = "layer.norm.after_attention" })
    end)
    return shape.tuple(x)
  end
end

return {
  extends = "bert",
  model_types = { fnet = "FNet" },
  defaults = { type_vocab_size = 4 },
  encoder = { embeddings = embeddings, attention = fourier, attention_name = "fourier",
    attention_class = "*FourierTransform", weights = "none", always_pooled = true,
    embeddings_spec = "input_ids=x, token_type_ids=" },
  facts = { mixer = "fourier transform" },
}
