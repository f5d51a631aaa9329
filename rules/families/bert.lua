-- BERT and its relatives: text encoders with learned positions and norms after each part.
local heads = block.text_heads

return {
  {
    model_types = { bert = "Bert" },
    norm = { kind = "layer_norm", bias = true },
    names = { model = "*" },
    defaults = { type_vocab_size = 2 },
    body = block.bert.stack,
    keys = { add_cross_attention = { "flag", false } },
    encoder = { cross = "add_cross_attention" },
    heads = {
      Model = heads.bare,
      LMHeadModel = heads.language_model "LMHeadModel",
      ForMaskedLM = heads.language_model "ForMaskedLM",
      ForPreTraining = heads.pretraining,
      ForNextSentencePrediction = heads.next_sentence,
      ForMultipleChoice = heads.choice(),
      ForSequenceClassification = heads.sequence,
      ForTokenClassification = heads.token,
      ForQuestionAnswering = heads.question,
    },
    default_head = "ForMaskedLM",
    given = function() return shape.tensor("I64", 1, 8) end,
    facts = { sinks = false, stacks = "encoder", nope_layers = "none" },
  },
  {
    extends = "bert",
    model_types = { roberta = "Roberta" },
    encoder = { head = "lm_head", seen = "first" },
    heads = { ForCausalLM = heads.language_model "ForCausalLM" },
  },
  {
    extends = "roberta",
    model_types = { ["xlm-roberta"] = "XLMRoberta", camembert = "Camembert" },
    names = { model = "roberta" },
  },
  {
    extends = "roberta",
    model_types = { ["data2vec-text"] = "Data2VecText" },
  },
  {
    extends = "roberta",
    model_types = { ["roberta-prelayernorm"] = "RobertaPreLayerNorm" },
    encoder = { pre = true },
  },
}
