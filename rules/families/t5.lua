-- T5 and its relatives: encoder and decoder with biases by distance.
return {
  {
    model_types = { t5 = "T5" },
    norm = { kind = "rms_norm" },
    heads = block.t5.heads(true),
    default_head = "ForConditionalGeneration",
    given = function() return shape.tensor("I64", 1, 8) end,
    facts = { sinks = false, stacks = "encoder and decoder", nope_layers = "none" },
  },
  { extends = "t5", model_types = { mt5 = "MT5" } },
  { extends = "t5", model_types = { umt5 = "UMT5" }, heads = block.t5.heads(false) },
}
