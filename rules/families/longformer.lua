-- Longformer: BERT with attention in a window, and global attention of some tokens; texts are
-- padded to whole windows.
local heads = block.text_heads

--- The window of layer i, and the widest window of all layers.
local function windows(c)
  local all = c.raw.attention_window
  local function whole(n) return math.type(n) == "integer" and n > 0 and n or 512 end
  if type(all) ~= "table" then return function() return whole(all) end, whole(all) end
  local widest = 0
  for _, n in ipairs(all) do widest = math.max(widest, whole(n)) end
  return function(i) return whole(all[i + 1]) end, math.max(widest, 1)
end

local parts = { "query", "key", "value" }

local function mix(c)
  local e = c.hidden_size
  return function(m, x)
    local turned = x:view(x.dims[2], 1, e)
    local one = shape.tensor(m.dtype, 1, 1, e)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    for _, part in ipairs(parts) do
      m:linear(part, turned, e, { bias = true, role = "layer.attention." .. part })
    end
    for _, part in ipairs(parts) do
      local name, role = part .. "_global", "layer.global_attention." .. part
      if m.env.global_attention_mask then
        m:linear(name, part == "query" and one or turned, e, { bias = true, role = role })
      else
        m:param(name .. ".weight", { e, e }, { role = role })
        m:param(name .. ".bias", { e }, { role = role .. ".bias" })
      end
    end
    m:op("attention")
    return shape.tuple(x)
  end
end

local function encoder(c, o, tokens)
  local window = windows(c)
  local call = "x, attention_mask=mask, is_index_masked=masked, is_index_global_attn=everywhere"
  o.attention_spec, o.mix_spec = call, call
  return function(m, x)
    m.env.masked = shape.tensor("BOOL", 1, x.dims[2])
    m.env.everywhere = m.env.masked
    m:layers("layer", c.num_hidden_layers, function(i) return "window " .. window(i) end,
      function(l, name, _, y)
        l:call(name, "*Layer", call, y, block.bert.layer(c, o))
        return y
      end, x)
    return shape.named("last_hidden_state", shape.tensor(m.dtype, 1, tokens, c.hidden_size))
  end
end

local function body(c, f, pooled)
  local o, _, widest = block.bert.of(c, f), windows(c)
  return function(m, ids)
    local tokens = ids.dims[2]
    local filled = shape.tensor("I64", 1, (tokens + widest - 1) // widest * widest)
    m:fact("positions", "learned")
    m.env.token_type_ids = filled
    m.env.mask = shape.tensor(m.dtype, 1, filled.dims[2])
    local x = m:call("embeddings", "*Embeddings", "input_ids=x, token_type_ids=", filled,
      block.bert.embeddings(c, o))
    x = m:call("encoder", "*Encoder", "x, attention_mask=mask", x, encoder(c, o, tokens))[2]
    return shape.named("last_hidden_state", x, "pooler_output",
      pooled and block.bert.pool(c, m, x))
  end
end

return {
  extends = "roberta",
  model_types = { longformer = "Longformer" },
  body = body,
  encoder = { types_last = true, mix = mix, weights = "none" },
  calls = { sequence = "x, global_attention_mask=" },
  arguments = { global_attention_mask = "which tokens see everything",
    masked = "which tokens nobody sees", everywhere = "which tokens see everything" },
  heads = {
    ForSequenceClassification = function(m, c, f, ids)
      m.env.global_attention_mask = shape.tensor("I64", 1, ids.dims[2])
      return heads.sequence(m, c, f, ids)
    end,
  },
}
