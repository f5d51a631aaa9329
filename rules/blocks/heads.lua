--- Whole models around the body of a family (`f.body`), by the end of the class name.

--- The states that the model returns, and the logits of its routers where it returns them.
local function body(m, c, f, spec, ids, name)
  local out = m:call(name or f.names.model, f.classes.model or "*Model", spec or f.calls.model,
    ids, f.body(c, f))
  return out[2], out[3] == "router_logits" and out[4] or nil
end

--- The class of the whole model: what the file calls it, where that is one of the family's.
local function class(c, suffix) return c.root_class or "*" .. suffix end

local function labels_of(c) return c.label_count or 2 end

--- The language head: projects the states of the body onto the vocabulary.
local function words(r, c, f, spec, y)
  local o = options_of("heads", f.head, c)
  local x, routers = body(r, c, f, spec, y)
  r:kind("LMHead")
  local tied = c.tie_word_embeddings
  local outer = rawget(c, "outer") -- the class around a language model decides, not that model
  if outer then tied = outer.tie_word_embeddings end
  if type(tied) ~= "boolean" then tied = nil end
  if tied == nil then tied = o.tied end
  if o.apart then tied = false end
  r:fact("tied", tied or false)
  local logits = r:linear(f.names.head, x:to(r.dtype), c.vocab_size,
    { role = "head", tied = tied or false, bias = o.bias, layer_type = "LMHead" })
  return shape.named("aux_loss", routers and o.loss ~= false and shape.tensor("F32"),
    "logits", o.float and logits:to("F32") or logits, "router_logits", routers)
end

local function causal_lm(suffix)
  return function(m, c, f, ids)
    return m:call("", class(c, suffix), "input_ids=x", ids, function(r, y)
      return words(r, c, f, nil, y)
    end)
  end
end

local function score(r, name, x, n)
  r:kind("LinearLayer")
  return r:linear(name, x, n, { role = "head.score", layer_type = "LinearLayer", bias = r.biased })
end

--- One class for the whole text: the score of its last token.
local function sequence(m, c, f, ids)
  return m:call("", class(c, "ForSequenceClassification"), "input_ids=x", ids, function(r, y)
    local x = body(r, c, f, f.calls.classified, y)
    local n = labels_of(c)
    return shape.named("logits", score(r, f.names.score, x, n):view(1, n))
  end)
end

--- One class for each token.
local function token(m, c, f, ids)
  return m:call("", class(c, "ForTokenClassification"), "input_ids=x", ids, function(r, y)
    local x = body(r, c, f, f.calls.classified, y)
    r:leaf("dropout", "Dropout", x)
    r.biased = not options_of("heads", f.head, c).unbiased
    return shape.named("logits", score(r, f.names.token_score or f.names.score, x,
      labels_of(c)))
  end)
end

--- Where an answer begins and ends.
local function question(m, c, f, ids)
  return m:call("", class(c, "ForQuestionAnswering"), "input_ids=x", ids, function(r, y)
    local x = body(r, c, f, f.calls.classified, y, f.names.questioned)
    r.biased = true
    score(r, "qa_outputs", x, 2)
    local ends = shape.tensor(r.dtype, 1, ids.dims[2])
    return shape.named("start_logits", ends, "end_logits", ends)
  end)
end

local function bare(m, c, f, ids)
  return m:call("", c.root_class or f.classes.model or "*Model", "input_ids=x", ids, f.body(c, f))
end

--- What parts are given beside what they work on, by the name that their call has for it.
local beside = {
  grid_thw = function() return shape.tensor("I64", 1, 3) end,      -- of each image
  target_sizes = function() return shape.tensor("I64", 1, 2) end,  -- rows and columns of each
  lengths = function() return shape.tensor("I64", 1) end,          -- of each sound
  mask = function(x) return shape.tensor("I64", 1, x.dims[3]) end, -- of its frames
}

--- A model that stands only inside of others, alone.
local function part(m, c, f, x)
  local spec = f.calls.model or "pixel_values=x"
  for name, make in pairs(beside) do
    if spec:find("%f[%w_]" .. name .. "=?%f[^%w_=]") then m.env[name] = make(x) end
  end
  return m:call("", c.root_class or f.classes.model, spec, x, f.body(c, f))
end

--- Options of the slot `head`. `tied`: the class shares the embedding unless the file says no;
--- `apart`: it never does, whatever the file says; `float`: logits are in F32;
--- `loss`: false where a class that returns the logits of its routers makes no loss of them;
--- `unbiased`: the score of each token has no bias.
local options = { bias = "flag", tied = "flag", apart = "flag", float = "flag", loss = "flag",
  unbiased = "flag" }

return { options = options, labels = labels_of, words = words, causal_lm = causal_lm,
  sequence = sequence, token = token, question = question, bare = bare,
  part = part }
