--- Encoders of text with rotary positions: embeddings in a module of their own, then layers as a
--- decoder has them, without a mask. Options of the slot `encoder`.
local options = {
  embed = "block",            -- (c, f): other embeddings
  embeddings_call = "text",
}

--- Tokens and their types, which there may be none of.
local function embeddings(c)
  local types = c.type_vocab_size and shape.value(c.type_vocab_size) > 0
  return block.bert.embeddings(c, { embed_positions = false, types = types or false })
end

local function stack(c, f, pooled)
  local o = options_of("rope_encoder", f.encoder, c)
  return function(m, ids)
    m.env.position_ids = shape.tensor("I64", 1, ids.dims[2])
    local x = m:call("embeddings", "*Embeddings", o.embeddings_call or "input_ids=x, position_ids=",
      ids, (o.embed or embeddings)(c, f))
    x = block.decoder.stack(c, f)(m, x)[2]
    return shape.named("last_hidden_state", x, "pooler_output",
      pooled and block.bert.pool(c, m, x))
  end
end

return { options = options, stack = stack }
