-- Q-Formers: learned queries that attend to the states of a vision or audio encoder.
local function build(base)
  return function(c)
    return block.qformer.build(c, { base = base, every = c.cross_attention_frequency,
      encoder_size = c.encoder_hidden_size, text = c.use_qformer_text_input })
  end
end

--- Alone: 32 queries, and the states of an encoder.
local function alone(m, c, f, x)
  m.env.encoded = shape.tensor(m.dtype, 1, 257, c.encoder_hidden_size)
  return m:call("", f.classes.model, "query_embeds=x, encoder_hidden_states=encoded", x,
    f.body(c, f))
end

return {
  {
    extends = "llama",
    model_types = { blip_2_qformer = "Blip2" },
    part = "*QFormerModel",
    keys = { cross_attention_frequency = { "count", 2 }, encoder_hidden_size = { "size", 1408 },
      use_qformer_text_input = { "flag", false } },
    body = build "Blip2",
    heads = { Model = alone },
    given = function(c, dtype) return shape.tensor(dtype, 1, 32, c.hidden_size) end,
    facts = { norm = "layer_norm", stacks = "encoder", positions = "none" },
  },
}
