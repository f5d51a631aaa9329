-- Where the weights of an ONNX graph belong: which names say nothing, what tools add to names, and
-- which inputs of which operators are parameters. Patterns are Lua patterns.

local linear = { parameter = "weight", stored = "in_out" }
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

  -- Parts that are exported alone lose the beginning of their names; it is put back where no name
  -- of the file has it.
  parts = { { file = "encoder_model[^/]*$", begin = "model.encoder.", has = "encoder%." } },

  -- Entries of a node's metadata that end in the path of its module: texts of a Python list.
  scopes = { "pkg.torch.onnx.name_scopes" },

  -- Operators that pass one input on: which one.
  through = { DequantizeLinear = 1, Transpose = 1, Cast = 1, Identity = 1, Reshape = 1,
    Unsqueeze = 1, Squeeze = 1 },

  -- What an input of an operator is: the word that the parameter has in its module, and how its
  -- dims are stored (`in_out`: a linear weight, transposed; `blocks`: packed, with K and N among
  -- the attributes; `rows`: a table; `qkv`: three side by side; `experts`: stacked).
  inputs = {
    MatMul = { [2] = linear, [1] = linear }, MatMulInteger = { [2] = linear },
    MatMulIntegerToFloat = { [2] = linear }, DynamicQuantizeMatMul = { [2] = linear },
    FusedMatMul = { [2] = linear }, QLinearMatMul = { [4] = linear },
    Gemm = { [2] = linear, [3] = { parameter = "bias" } },
    MatMulNBits = { [2] = blocks, [6] = { parameter = "bias" } }, MatMulBnb4 = { [2] = blocks },
    Gather = { [1] = { parameter = "weight", stored = "rows" } },
    GatherBlockQuantized = { [1] = { parameter = "weight", stored = "rows" } },
    GatherND = { [1] = { parameter = "weight", stored = "experts" } },
    Attention = { [2] = { parameter = "weight", stored = "qkv", domain = "com.microsoft" },
      [3] = { parameter = "bias", stored = "qkv", domain = "com.microsoft" } },
    Conv = { [2] = { parameter = "weight" }, [3] = { parameter = "bias" } },
    ConvTranspose = { [2] = { parameter = "weight" }, [3] = { parameter = "bias" } },
    LayerNormalization = { [2] = { parameter = "weight" }, [3] = { parameter = "bias" } },
    RMSNormalization = { [2] = { parameter = "weight" } },
    SimplifiedLayerNormalization = { [2] = { parameter = "weight" } },
    SkipSimplifiedLayerNormalization = { [3] = { parameter = "weight" } },
    SkipLayerNormalization = { [3] = { parameter = "weight" }, [4] = { parameter = "bias" } },
    Add = { [1] = { parameter = "bias" }, [2] = { parameter = "bias" } },
  },

  -- A parameter that the top module reads directly has no path: its probable name, by operator.
  top = { Add = "embed_positions.weight" },

  -- Names of three weights that are concatenated, and of the weights of experts that are stacked.
  qkv = { split = "^(.*%.)qkv_proj(%..*)$", names = { "q_proj", "k_proj", "v_proj" },
    output = "o_proj", fused = { "query", "key", "value" } },
  experts = { up = { "gate_proj", "up_proj" }, down = "down_proj" },
}
