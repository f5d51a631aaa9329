-- tiny.lua
-- A relative of Llama by slots: norms on the heads of queries and keys, a window, another name of a
-- size in its config, and feed-forward weights under other names in its files.
return {
  extends = "llama",
  model_types = { tiny = "Tiny" },
  aliases = { hidden_size = "width" },
  defaults = { hidden_act = "gelu" },
  calls = { rope = "ids_positional" },
  attention = { qk_norm = "head", window = "sliding_window" },
  saved = { { "%.gate_proj%.", ".w1." }, { "%.up_proj%.", ".w3." }, { "%.down_proj%.", ".w2." } },
}
