-- tiny.lua
-- A relative of Llama by slots: norms on the heads of queries and keys, a window, another name of a
-- size in its config, and feed-forward weights under other names in its files.
return {
  extends = "llama",
  model_types = { tiny = "Tiny" },
  aliases = { hidden_size = "width" },
  defaults = { hidden_act = "gelu" },
  calls = { rope = "x, position_ids" },
  attention = function(c)
    return block.attention.build(c, { qk_norm = "head", window = c.sliding_window })
  end,
  saved = { { "%.gate_proj%.", ".w1." }, { "%.up_proj%.", ".w3." }, { "%.down_proj%.", ".w2." } },
}
