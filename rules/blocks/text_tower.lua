--- The text side of a model of images and texts: tokens and learned positions, layers, a last norm,
--- and one vector for the whole text.
local options = {
  base = "text", roles = "text", beside = "flag",
  causal = "flag", -- each token attends to those before it only
  layer_options = "list", encoder_class = "text", embeddings_class = "text",
  head = "block", -- makes the vector of the text from that of its last token
}

local function build(c, o)
  local base, e = o.base or "*", c.hidden_size
  local layer = block.encoder_layer.build(c, o.layer_options)
  return function(m, ids)
    if o.roles then m.roles = o.roles .. "." end
    if o.beside then m.beside = true end
    m:fact("positions", "learned")
    local seq = ids.dims[2]
    local x = m:call("embeddings", o.embeddings_class or base .. "TextEmbeddings", "input_ids=x",
      ids, function(b, y)
        local z = b:embedding("token_embedding", y, c.vocab_size, e)
        b:embedding("position_embedding", shape.tensor("I64", 1, seq), c.max_position_embeddings,
          e, { role = "embedding.position" })
        return z
      end)
    m.env.attention_mask = o.causal and shape.tensor(m.dtype, 1, 1, seq, seq) or nil
    x = m:call("encoder", o.encoder_class or base .. "Encoder", "inputs_embeds=x, attention_mask=",
      x, function(b, y)
        return shape.named("last_hidden_state",
          b:layers("layers", c.num_hidden_layers, function() return "encoder" end,
            function(l, name, _, z) return layer(l, name, z) end, y))
      end)[2]
    m:norm("final_layer_norm", x, { kind = "layer_norm", bias = true, role = "norm.final" })
    local pooled = shape.tensor(m.dtype, 1, e)
    if o.head then pooled = o.head(m, pooled) end
    return shape.named("last_hidden_state", x, "pooler_output", pooled)
  end
end

return { options = options, build = build }
