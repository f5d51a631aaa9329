-- BART and its relatives: encoder and decoder with absolute position embeddings.
local heads = block.seq2seq

return {
  {
    model_types = { bart = "Bart" },
    norm = { kind = "layer_norm", bias = true },
    encoder = { embedding_norm = true, embedding_class = "*ScaledWordEmbedding", offset = 2 },
    heads = {
      Model = heads.bare,
      ForConditionalGeneration = heads.generation "ForConditionalGeneration",
      ForCausalLM = heads.causal,
      ForQuestionAnswering = heads.question,
      ForSequenceClassification = heads.sequence,
    },
    default_head = "ForConditionalGeneration",
    given = function() return shape.tensor("I64", 1, 8) end,
    facts = { sinks = false, stacks = "encoder and decoder", nope_layers = "none" },
  },
  {
    extends = "bart",
    model_types = { mbart = "MBart" },
    encoder = { pre = true, final_norm = true },
  },
  { extends = "bart", model_types = { plbart = "PLBart" } },
  {
    extends = "bart",
    model_types = { mvp = "Mvp" },
    encoder = { embedding_class = "Embedding", positions_alone = true, gives_weights = false,
      keyword = true },
  },
  {
    extends = "mbart",
    model_types = { m2m_100 = "M2M100" },
    encoder = { embedding_norm = false, positions = "sinusoidal", stored = false,
      positions_of = "both", position_class = "*SinusoidalPositionalEmbedding",
      logits_bias = false },
  },
  {
    extends = "mbart",
    model_types = { pegasus = "Pegasus" },
    encoder = { embedding_norm = false, embedding_class = "Embedding", positions = "sinusoidal",
      position_class = "*SinusoidalPositionalEmbedding", offset = false,
      positions_of = "nothing" },
  },
  {
    extends = "pegasus",
    model_types = { marian = "Marian" },
    encoder = { pre = false, final_norm = false },
    heads = { MTModel = heads.generation("MTModel", { stored = false }) },
    default_head = "MTModel",
  },
  {
    extends = "mbart",
    model_types = { blenderbot = "Blenderbot" },
    encoder = { embedding_norm = false, offset = false, positions_of = "nothing" },
  },
  {
    extends = "blenderbot",
    model_types = { ["blenderbot-small"] = "BlenderbotSmall" },
    encoder = { pre = false, final_norm = false, embedding_norm = true,
      embedding_class = "Embedding" },
  },
  {
    extends = "mvp",
    model_types = { trocr = "TrOCR" },
    encoder = { embedding_class = "*ScaledWordEmbedding", embedding_norm = "layernorm_embedding",
      memory_width = "cross_attention_hidden_size", head_name = "output_projection",
      positions = function(c)
        return c.use_learned_position_embeddings and "learned" or "sinusoidal"
      end,
      position_class = function(c)
        return c.use_learned_position_embeddings and "*LearnedPositionalEmbedding"
          or "*SinusoidalPositionalEmbedding"
      end,
      stored = "use_learned_position_embeddings" },
    keys = { use_learned_position_embeddings = { "flag", true },
      layernorm_embedding = { "flag", true }, cross_attention_hidden_size = { "size" } },
    default_head = "ForCausalLM",
    facts = { stacks = "decoder" },
  },
}
