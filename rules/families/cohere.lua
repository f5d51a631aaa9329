-- Cohere: attention and feed-forward are parallel behind a LayerNorm without a bias.
--- Cohere 2 with experts has RMS norms if the configuration has their epsilon.
local function stack_of_experts(c, f)
  if type(c.raw.rms_norm_eps) ~= "number" then return block.decoder.stack(c, f) end
  local own = setmetatable({ norm = { kind = "rms_norm" } }, { __index = f })
  return function(m, x)
    m:fact("norm", "rms_norm")
    return block.decoder.stack(c, own)(m, x)
  end
end

--- Is the feed-forward of a layer dense? Its positions are turned, then, whatever its kind.
local function is_dense(c, i)
  if c.mlp_layer_types then return c.mlp_layer_types[i + 1] == "dense" end
  return i < (c.first_k_dense_replace or 0)
end

local function kind_of_expert_layer(c, i)
  local turned = is_dense(c, i) and c.prefix_dense_sliding_window_pattern == 1
  return block.kinds.layer_types(c, i) .. (turned and " turned" or "")
end

return {
  {
    extends = "llama",
    model_types = { cohere = "Cohere" },
    norm = { kind = "layer_norm", class = "*LayerNorm" },
    layout = "parallel",
    attention = { qk_norm = function(c) return c.use_qk_norm and "head" end, norm = "layer_norm",
      norm_class = "*LayerNorm", norm_last = true, norm_each = true },
    ffn = { bias = false },
    head = { tied = true },
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "cohere",
    model_types = { cohere2 = "Cohere2" },
    calls = { rope = "ids_positional", attention = "embeddings_first" },
    attention = { qk_norm = false,
      rope = function(_, kind) return kind == "sliding_attention" end },
  },
  {
    extends = "cohere2",
    model_types = { cohere2_moe = "Cohere2Moe" },
    kind = kind_of_expert_layer,
    body = stack_of_experts,
    attention = {
      rope = function(_, kind) return kind:find "^sliding" or kind:find "turned" end,
      window = function(c, kind) return kind:find "^sliding" and c.sliding_window or nil end },
    ffn = { width = function(c)
      return c.prefix_dense_intermediate_size or c.intermediate_size
    end },
    moe = { layers = function(c, i) return not is_dense(c, i) end, width = "intermediate_size",
      shared_experts = "num_shared_experts",
      scoring = function(c) return c.expert_selection_fn end },
    keys = { expert_selection_fn = { "choice", "softmax" },
      prefix_dense_intermediate_size = { "size" },
      prefix_dense_sliding_window_pattern = { "count", 1 } },
  },
}
