-- How the weights of two models are matched: which roles are parts of what, which role is the
-- fusion of others, and which weights stand beside the main path.
--
-- A role is the format-independent name of a weight, such as `layer.attention.query`. Patterns
-- are Lua patterns tried from top to bottom on the role; the first that fits gives the part.

return {
  -- Parts whose presence makes the structure of a layer.
  parts = {
    { part = "norm", match = "norm" },
    { part = "router", match = "router" },
    { part = "attention", match = "%.attention%.?" },
    { part = "attention", match = "%.cross_attention%.?" },
    { part = "state_space", match = "%.ssm%.?" },
    { part = "state_space", match = "%.linear_attention%.?" },
    { part = "state_space", match = "%.state_space%.?" },
    { part = "state_space", match = "%.conv%.?" },
    { part = "ffn", match = "%.moe%.?" },
    { part = "ffn", match = "%.experts?%.?" },
    { part = "ffn", match = "%.shared_experts?%.?" },
    { part = "ffn", match = "%.ffn%.?" },
    { part = "ffn", match = "%.mlp%.?" },
  },

  -- The last word of a role that stands for several others side by side: the fused weight is the
  -- concatenation of the split ones along its output dimension.
  fused = {
    qkv = { "query", "key", "value" },
    query_key_value = { "query", "key", "value" },
    key_value = { "key", "value" },
    gate_up = { "gate", "up" },
  },

  -- Weights beside the main path: more of them is not another architecture.
  beside = { "^mtp%f[%W]", "^layer%.mtp%f[%W]", "^draft%f[%W]" },

  -- Names of such weights, whatever their role.
  beside_names = { "^mtp%.", "%.mtp%.", "%.eh_proj%.", "%.enorm%.", "%.hnorm%.",
    "%.shared_head%.", "^model%.layers%.N%.embed_tokens%." },

  -- The output head: where the embeddings are tied it is not saved, and still there.
  head = { roles = { "^head$", "^head%.weight$", "^lm_head$" }, names = { "^lm_head%.weight$" },
    layer_types = { "LMHead" } },

  -- The embedding of the tokens; its first dimension is a size of its own.
  embedding = { roles = { "^embedding$", "^embedding%.token", "^embed" },
    names = { "embed_tokens%.weight$", "wte%.weight$", "word_embeddings%.weight$" } },

  -- Architecture sizes listed in `scaling_analysis`.
  scaling = { "hidden_size", "intermediate_size", "head_dim" },

  -- Spread of the ratios of one tensor's dimensions that still counts as uniform.
  uniform_spread = 0.05,

  -- Findings that say that a part of the tensors is missing.
  incomplete = { missing_shard = true, unreadable_shard = true, missing_tensor = true },

  -- How long the lists of keys in a pair may get, as in the Python tool.
  lists = { only_in = 20, non_uniform = 10 },

  -- How facts are said; {words in braces} are filled in.
  sentences = {
    no_tensors = "{model}: tensors ({why})",
    no_family = "no headers were read and no family describes '{type}'",
    no_head = "no headers were read and family '{family}' describes no class '{class}'",
    no_headers = "no headers were read",
    incomplete = "{model}: tensors (a part of its files is missing)",
    no_config = "{model}: sizes (no config to express them)",
    no_moe = "{model}: whether it is a mixture of experts",
    parts = "{model} alone has {keys}",
    kinds = "other kinds of layers ({a} only in {model_a}, {b} only in {model_b})",
    nothing = "no layer in common",
    dimension = "dimension {dim} of {key} is {a} in {model_a} and {b} in {model_b}",
    rank = "{key} has {a} dimensions in {model_a} and {b} in {model_b}",
    layers = "{key} has {a} different shapes over the layers of {model_a} and {b} over those of "
      .. "{model_b}",
    more = "and {count} more",
    types = "; only in {model}: {types}",
    mathematics_family = "no family describes {types}",
    mathematics_features = "{features} differ",
    unreadable = "{model} could not be read: {message}",
  },
}
