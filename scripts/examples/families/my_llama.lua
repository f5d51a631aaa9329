-- An architecture of one's own that is a Llama under other names. Put it into
-- .modelsig/families/ of a project; rules/families/README.md lists the slots.
return {
  extends = "llama",                       -- blocks, names of tensors, operators, cache
  model_types = { "my_llama" },            -- chosen by this value of the config
  aliases = { hidden_size = "width", num_hidden_layers = "depth" },
  defaults = { num_key_value_heads = 2 },  -- what a config of this type leaves out
}
