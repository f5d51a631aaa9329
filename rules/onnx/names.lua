-- Where the weights of an ONNX graph belong: which names say nothing, what tools add to names, and
-- which inputs of which operators are parameters. Patterns are Lua patterns.

local linear = { parameter = "weight", stored = "in_out" }
local bias = { parameter = "bias", is_vector = true }
local norm = { parameter = "weight", is_vector = true }
local factor = { parameter = "weight", is_vector = true, is_likely = true }
local blocks = { parameter = "weight", stored = "blocks" }

return {
  -- Ends that tools add to the name of a parameter.
  added = { "_merged_%d+$", "_quantized$", "_DQ_Q%d+$", "_Q%d+%w*$", "_bnb4$", "_fp16$",
    "_transposed$" },

  -- Ends of the names of scales and the like, which belong to a quantised weight.
  helpers = { "_scales?$", "_zero_points?$", "_zp$", "_absmax$", "_g_idx$" },

  -- The operator that unpacks a quantised weight; its second input holds the scales. Without it the
  -- scales are a value with the weight's name and this end.
  dequantize = "DequantizeLinear",
  scale = "_scale",

  -- Names that exporters make up: the node that uses the value says what it is.
  anonymous = { "^onnx::", "^val_%d+$", "^/", "^_?onnx__", "^ortshared_", "_qkv_weight$",
    "_qkv_bias$", "^%d+$", "^const", "^Constant" },

  -- Names that only parameters have.
  parameter = "%..*%.weight$",

  -- Names of parameters that stand apart from their module's (onnxruntime-genai writes linear
  -- weights as `x.MatMul.weight`, transposed).
  linear = "%.MatMul%.weight$",

  -- Renames for a builder with names of its own, which is known by a name that fits `linear`.
  renamed = {
    { "%.MatMul%.", "." },
    { "%.layernorm%.", "." },
    { "^model%.layers%.%d+%.final_norm_layernorm%.", "model.norm." },
    { "^(model%.layers%.%d+)%.attn%.", "%1.self_attn." },
  },

  -- Beginnings of names in checkpoints. One word before them is a wrapper that the exporter needed.
  roots = { "^model%.", "^transformer%.", "^lm_head%.", "^bert%.", "^roberta%.", "^vit%.",
    "^encoder%.", "^decoder%.", "^embeddings%.", "^language_model%.", "^gpt_neox%." },

  -- Parts that are exported alone lose the beginning of their names. It is `word`, behind what the
  -- part `other` has before its own word; where that part is not there, it is `begin`, or the word
  -- alone where a name fits `bare` (T5).
  parts = { { file = "encoder_model[^/]*$", word = "encoder", other = "decoder",
    begin = "model.encoder.", bare = { "^block%.%d" } } },

  -- The table of tokens that parts share, and what a part calls it that was exported alone.
  shared = { table = "shared.weight", own = { "%.embed_tokens%.weight$" } },

  -- Entries of a node's metadata that end in the path of its module: texts of a Python list.
  scopes = { "pkg.torch.onnx.name_scopes" },

  -- Operators that pass one input on: which one.
  -- Those of `copies` stand for a module that is called more than once.
  copies = { Identity = true },
  through = { DequantizeLinear = 1, Transpose = 1, Cast = 1, Identity = 1, Reshape = 1,
    Unsqueeze = 1, Squeeze = 1 },

  -- What an input of an operator is: the word that the parameter has in its module, and how its
  -- dims are stored (`in_out`: a linear weight, transposed; `blocks`: packed, with K and N among
  -- the attributes; `rows`: a table; `qkv`: three side by side; `experts`: stacked). `is_vector`:
  -- one dim, with others of one for broadcasting. `is_likely`: taken where the name is free.
  inputs = {
    MatMul = { [2] = linear, [1] = linear }, MatMulInteger = { [2] = linear },
    MatMulIntegerToFloat = { [2] = linear }, DynamicQuantizeMatMul = { [2] = linear },
    FusedMatMul = { [2] = linear }, QLinearMatMul = { [4] = linear },
    Gemm = { [2] = linear, [3] = bias },
    MatMulNBits = { [2] = blocks, [6] = bias }, MatMulBnb4 = { [2] = blocks },
    Gather = { [1] = { parameter = "weight", stored = "rows" } },
    GatherBlockQuantized = { [1] = { parameter = "weight", stored = "rows" } },
    GatherND = { [1] = { parameter = "weight", stored = "experts" } },
    Attention = { [2] = { parameter = "weight", stored = "qkv", domain = "com.microsoft" },
      [3] = { parameter = "bias", stored = "qkv", domain = "com.microsoft" } },
    Conv = { [2] = { parameter = "weight" }, [3] = bias },
    ConvTranspose = { [2] = { parameter = "weight" }, [3] = bias },
    LayerNormalization = { [2] = norm, [3] = bias },
    RMSNormalization = { [2] = norm },
    SimplifiedLayerNormalization = { [2] = norm },
    SkipSimplifiedLayerNormalization = { [3] = norm },
    SkipLayerNormalization = { [3] = norm, [4] = bias },
    Add = { [1] = bias, [2] = bias }, Mul = { [1] = factor, [2] = factor },
  },

  -- A parameter that the top module reads directly has no path: its probable name, by operator and
  -- number of rows.
  top = { Add = { { rows = 1, name = "final_logits_bias" }, { name = "embed_positions.weight" } } },

  -- Names of three weights that are concatenated, and of the weights of experts that are stacked.
  qkv = { split = "^(.*%.)qkv_proj(%..*)$", names = { "q_proj", "k_proj", "v_proj" },
    output = "o_proj", fused = { "query", "key", "value" } },
  experts = { up = { "gate_proj", "up_proj" }, down = "down_proj" },
}
