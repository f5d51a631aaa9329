--- Orders of arguments that several classes share, by the call they belong to. A family names one
--- (`calls = { layer = "embeddings_last" }`) or writes its own.
return {
  rope = {
    ids_keyword = "x, position_ids=",
    ids_positional = "x, position_ids",
  },
  layer = {
    ids_last = "x, attention_mask=, position_embeddings=, position_ids=",
    embeddings_last = "x, attention_mask=, position_ids=, position_embeddings=",
    embeddings_first = "x, position_embeddings=, attention_mask=, position_ids=",
    no_ids = "x, attention_mask=, position_embeddings=",
  },
  attention = {
    embeddings_last = "hidden_states=x, attention_mask=, position_ids=, position_embeddings=",
    embeddings_first = "hidden_states=x, position_embeddings=, attention_mask=, position_ids=",
    ids_last = "hidden_states=x, attention_mask=, position_embeddings=, position_ids=",
    no_ids = "hidden_states=x, attention_mask=, position_embeddings=",
  },
}
