-- Both ends of the model: vocabulary, head, and how its tensors are stored and named.

--- Engines pad the vocabulary to this many rows, times the ranks if that does not divide.
local vocabulary_padding = 64
local ranks = { 1, 2, 4, 8, 16 }

--- dtypes of weights that are not quantised, and what configurations call them.
local plain = { "BF16", "F16", "F32", "F64" }
local spellings = rule("dtypes").config

--- Tensors of what stands beside embedding and head, by their names and their roles.
local extras = { { "lm_head%.bias$", "head bias", "head.bias" },
  { "embed_tokens_per_layer", "embeddings of each layer" } }

local function has_role(m, role)
  for _, entry in ipairs(m:keys() or {}) do
    if entry.role == role then return true end
  end
  return false
end

--- The name of a weight without its last word: what a loader maps.
local function stem(entry)
  return entry and (entry.key:gsub("%.weight$", ""))
end

--- The name of what holds it.
local function holder(entry)
  return entry and (stem(entry):gsub("%.[%w_]+$", "")) .. ".*"
end

--- Where tensors of layers have names of their own altogether: what holds the first of them.
local function first_layered(keys)
  for _, entry in ipairs(keys) do
    if entry.key:find "%.N%." then return holder(entry) end
  end
end

return {
  {
    id = "tied_embeddings",
    scopes = { "load", "quantization", "parallel" },
    read = function(m)
      local value, evidence = m:flag("tie_word_embeddings")
      local tied = m.facts.tied -- of several parts the class around them decides
      if tied ~= nil and tied ~= value and m.model.source == "config_only" then
        return tied, "family"
      end
      if value ~= nil then return value, evidence end
      if m.model.source ~= "config_only" then
        local head = m:tensor({ "lm_head%.weight$", "embed_out%.weight$", "output_layer%.weight$" })
        local embedding = m:tensor({ "embed_tokens%.weight$", "wte%.weight$",
          "word_embeddings%.weight$", "embed_in%.weight$" })
        if head == false and embedding then return true, m:tensor_evidence() end
        if head then return false, m:tensor_evidence() end
      end
      -- a family whose class says nothing of it has no head
      if m.model.family then return false, "family" end
    end,
    why = "the head shares the embedding's weights on one side only: loading, quantising the head "
      .. "and splitting into pipeline stages differ",
  },
  {
    id = "vocabulary",
    scopes = { "parallel" },
    read = function(m)
      if math.type(m.c.vocab_size) == "integer" then
        return m.c.vocab_size, m:evidence("vocab_size")
      end
      local found = m:tensor({ "embed_tokens%.weight$", "wte%.weight$",
        "word_embeddings%.weight$" })
      if found then return found.shape[1], m:tensor_evidence() end
      if m:lacks("vocab_size") then return "none", "default" end
    end,
    path = function(v) return v == "none" and v or "tokens" end,
    grade = function() return "model", "none" end,
    same = function(a, b)
      for _, tp in ipairs(ranks) do
        local step = vocabulary_padding * tp
        if (a % step == 0) ~= (b % step == 0) then return "shape" end
      end
      return "free"
    end,
    why = {
      free = "another number of tokens, padded alike",
      shape = "the vocabulary is padded for tensor parallelism on one side only",
      none = "one side has no vocabulary",
    },
  },
  {
    id = "head_extras",
    scopes = { "load", "numerics", "speculative" },
    read = function(m)
      local out, evidence = {}, nil
      local function found(name, key)
        out[#out + 1] = name
        evidence = evidence or m:evidence(key)
      end
      if m.c.lm_head_bias == true then found("head bias", "lm_head_bias") end
      local extra = m.c.hidden_size_per_layer_input
      if type(extra) == "number" and extra > 0 then
        found("embeddings of each layer", "hidden_size_per_layer_input")
      end
      if type(m.c.draft_vocab_size) == "number" and m.c.draft_vocab_size ~= m.c.vocab_size then
        found("draft vocabulary", "draft_vocab_size")
      end
      if #out == 0 then
        for _, row in ipairs(extras) do
          local tensor = m:tensor({ row[1] })
          if tensor == false and row[3] then tensor = has_role(m, row[3]) end
          if tensor == nil then return nil end -- classes have biases that no key names
          if tensor then out[#out + 1] = row[2] end
        end
        return #out > 0 and out or "none", m:tensor_evidence()
      end
      return out, evidence
    end,
    grade = "model",
    why = "the head has a bias, layers have embeddings of their own, or a draft has its own "
      .. "vocabulary, on one side only",
  },
  {
    id = "dtype",
    scopes = { "numerics", "load" },
    unknown = "any", -- engines then take the type of the files, or their own
    read = function(m)
      local dtype = spellings[m.c.dtype or ""]
      if dtype then return dtype, m:evidence("dtype") end
      if m:tensor_evidence() == "family" then return nil end -- predicted in a type nobody named
      local totals, best = {}, nil
      for _, entry in ipairs(m.model.keys or {}) do
        totals[entry.dtype] = (totals[entry.dtype] or 0) + (entry.params or 0)
      end
      for _, name in ipairs(plain) do
        if totals[name] and (not best or totals[name] > totals[best]) then best = name end
      end
      if best then return best, m:tensor_evidence() end
    end,
    why = "weights are stored in another type: engines cast one side, or run other kernels",
  },
  {
    id = "tensor_names",
    scopes = { "load" },
    read = function(m)
      if m.model.keys == nil then return nil end
      local names = {}
      local query = m:tensor({ "q_proj%.weight$", "query%.weight$", "q_lin%.weight$",
        "qkv_proj%.weight$", "query_key_value%.weight$", "c_attn%.weight$", "Wqkv%.weight$",
        "W_pack%.weight$", "q_a_proj%.weight$", "wq%.weight$", "wq_a%.weight$" })
      names[#names + 1] = holder(query)
      local embedding = m:tensor({ "embed_tokens%.weight$", "wte%.weight$", "embed_in%.weight$",
        "word_embeddings%.weight$", "tok_embeddings%.weight$" })
      names[#names + 1] = stem(embedding)
      local norm = m:tensor({ "%.N%.[%w_]*norm%.weight$", "%.N%.ln_[%w]+%.weight$" })
      names[#names + 1] = holder(norm)
      if #names == 0 then names[1] = first_layered(m.model.keys) end
      if #names == 0 then return nil end
      return { format = m.model.naming, names = names }, m:tensor_evidence()
    end,
    grade = function(a, b) return "path", a.format ~= b.format and "format" or nil end,
    why = {
      path = "the same weights have other names: another loader",
      format = "the files are of another format: another loader",
    },
  },
}
