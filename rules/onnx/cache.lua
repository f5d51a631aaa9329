-- Which inputs of a graph are a cache, for models that no family describes. The first pattern that
-- fits counts; it gives the number of the layer. `tensors`: how many such inputs a layer has, keys
-- and values apart (this one is counted); 1 where one input holds both, with a dim for the two in
-- front.
return {
  { "^past_key_values%.(%d+)%.encoder%.key$", kind = "cross_attention", tensors = 2 },
  { "^past_key_values%.(%d+)%.decoder%.key$", kind = "attention", tensors = 2 },
  { "^past_key_values%.(%d+)%.key$", kind = "attention", tensors = 2 },
  { "^past_key_cross_(%d+)$", kind = "cross_attention", tensors = 2 },
  { "^past_key_self_(%d+)$", kind = "attention", tensors = 2 },
  { "^past_key_(%d+)$", kind = "attention", tensors = 2 },
  { "^past_keys?%.(%d+)$", kind = "attention", tensors = 2 },
  { "^past_(%d+)$", kind = "attention", tensors = 1 },
}
