-- What is computed beside attention: norms, biases, activations, residuals, scalars.

local activations = rule "activations"

local attention_names = { "attn", "attention" }

--- Does the model have a tensor with one of the endings inside an attention?
local function in_attention(m, patterns)
  for _, within in ipairs(attention_names) do
    local found = m:tensor(patterns, within)
    if found or found == nil then return found end
  end
  return false
end

local fused_query = { "qkv_proj", "query_key_value", "W_pack", "Wqkv", "c_attn", "qkv", "in_proj" }

local function endings(names, suffix)
  local out = {}
  for i, name in ipairs(names) do out[i] = "[%._]" .. name .. suffix .. "$" end
  return out
end

local projections = {
  { letter = "q", names = { "q_proj", "query", "q_lin", "q_b_proj", "wq" } },
  { letter = "k", names = { "k_proj", "key", "k_lin", "wk" } },
  { letter = "v", names = { "v_proj", "value", "v_lin", "wv" } },
  { letter = "o", names = { "o_proj", "out_proj", "out_lin", "wo", "output%.dense", "dense",
    "attn%.c_proj" } },
}

--- Norms of queries, keys, latents and states: not those of a layer's residual stream.
local inner_norms = { "[qk]_norm", "[qk]_layernorm", "query_", "key_", "kv_a_", "q_a_",
  "mixer%.norm", "linear_attn", "mamba", "indexer", "compress", "_ln%.", "enorm", "hnorm",
  "shared_head" }

--- Is it the weight of a norm inside a layer? Patterns begin at the beginning of the key: names may
--- be long.
local function is_norm(key)
  local module = key:match "^(.*)%.weight$"
  local head, word = (module or ""):match "^(.*%.)(.*)$"
  if not head or not head:find(".N.", 1, true) then return false end
  local rest = word:match "^.*[nN]orm(.*)$"
  return rest and rest:find "^[%w_]*$" or head:find "%.N%.$" and word:find "^ln_%w+$"
end

--- How many norms one layer has along its residual stream.
local function norms_of_layer(m)
  if m:keys() == nil then return nil end
  local n = 0
  for _, entry in ipairs(m:keys()) do
    local key = entry.key
    local norm = is_norm(key) and not (entry.role or ""):find "^layer%.attention"
    for _, pattern in ipairs(norm and inner_norms or {}) do
      norm = norm and not key:find(pattern)
    end
    local role = entry.role or ""
    local told = role:find "layer%.norm%." and not role:find "%.bias$"
    if norm or told then n = n + 1 end
  end
  -- a family names all that have weights; other names may be norms that no pattern fits
  return (n > 0 or m.model.family) and n or nil
end

--- Has a norm along the residual stream a bias? nil where tensors are not known.
local function biased_norm(m)
  for _, entry in ipairs(m:keys() or {}) do
    local role = entry.role or ""
    local norm = role:find("^norm%.") or role:gsub("^encoder%.", ""):find("^layer%.norm")
    if norm and entry.key:find("%.bias$") then return true end
  end
  return m:keys() and false
end

--- Is the feed-forward gated, by the roles of its weights? nil where they do not tell.
local function gated_ffn(m)
  local plain = nil
  for _, entry in ipairs(m:keys() or {}) do
    local role = entry.role or ""
    if role:find("ffn%.gate") or role:find("experts%.gate") then return true end
    if role:find("ffn%.up") or role:find("experts%.up") then plain = false end
  end
  return plain
end

--- Which projections of the attention have a bias, by the roles that a family gives its parameters;
--- "none" where it has no attention.
local function declared_biases(m)
  local keys = m.model.family and m:keys()
  if not keys then return nil end
  local found, out = {}, {}
  for _, entry in ipairs(keys) do
    local role = entry.role and entry.role:match "attention%.([%w_]+)%.bias$"
    if role then found[role] = true end
  end
  for _, pair in ipairs { { "query", "q" }, { "key", "k" }, { "value", "v" }, { "output", "o" } } do
    if found[pair[1]] or found.qkv and pair[2] ~= "o" then out[#out + 1] = pair[2] end
  end
  return #out > 0 and table.concat(out) or "none"
end

return {
  {
    id = "qk_norm",
    scopes = { "attention", "numerics", "parallel" },
    read = function(m)
      if m.facts.qk_norm ~= nil then
        local fact = m.facts.qk_norm
        return fact == true and "per head" or fact == false and "none" or fact, "family"
      end
      local found = m:tensor({ "q_norm%.weight$", "query_norm%.weight$", "q_layernorm%.weight$",
        "q_ln%.weight$", "query_layernorm%.weight$" })
      if found then
        local head = m.c.head_dim
        if #found.shape == 2 then return "per head, each its own", m:tensor_evidence() end
        if math.type(head) ~= "integer" then return nil end
        return found.shape[1] == head and "per head" or "whole width", m:tensor_evidence()
      end
      local on, evidence = m:flag("use_qk_norm")
      if found == false then return on and "weightless" or "none", on and evidence
        or m:tensor_evidence() end
      if on ~= nil then return on and "on" or "none", evidence end
    end,
    path = function(v) return v, v == "on" end, -- the class knows how
    grade = function(a, b)
      if a ~= "none" and b ~= "none" and (a == "on" or b == "on") then return nil end
      return "path"
    end,
    why = "queries and keys are normalised in another way: fused kernels differ, and over the "
      .. "whole width tensor parallelism needs one more reduction",
  },
  {
    id = "qkv_bias",
    scopes = { "load", "attention" },
    read = function(m)
      if in_attention(m, endings({ "q_proj", "k_proj", "v_proj", "query", "q_lin", "wq", "q_b_proj",
        "qkv_proj", "query_key_value", "W_pack", "Wqkv", "c_attn", "qkv" }, "%.weight")) then
        local out = {}
        if in_attention(m, endings(fused_query, "%.bias")) then
          out = { "q", "k", "v" }
        end
        for _, p in ipairs(projections) do
          if (#out < 3 or p.letter == "o") and in_attention(m, endings(p.names, "%.bias")) then
            out[#out + 1] = p.letter
          end
        end
        return #out > 0 and table.concat(out) or "none", m:tensor_evidence()
      end
      local declared = declared_biases(m)
      if declared then return declared, "family" end
      -- without tensors it stays open: Phi has biases under `attention_bias: false`
      if m.c.num_attention_heads == nil and m:lacks("num_attention_heads") then
        return "none", "default"
      end
    end,
    path = function(v) return v end,
    why = "other projections of the attention have a bias",
  },
  {
    id = "fused_projections",
    scopes = { "load" },
    read = function(m)
      if m.model.keys == nil then return nil end
      local out = {}
      for _, name in ipairs { "qkv_proj", "query_key_value", "W_pack", "Wqkv", "c_attn",
        "gate_up_proj", "in_proj", "in_proj_qkv", "in_proj_qkvz", "key_value", "kv_proj" } do
        if m:tensor({ "%." .. name .. "%.weight$", "%." .. name .. "$" }) then
          out[#out + 1] = name
        end
      end
      return #out > 0 and table.concat(out, ", ") or "none", m:tensor_evidence()
    end,
    path = function(v) return v end,
    why = "projections are stored as one tensor on one side and apart on the other: only loading "
      .. "differs",
  },
  {
    id = "activation",
    scopes = { "numerics", "moe" },
    read = function(m)
      local act = m.facts.activation or m.c.hidden_act
      if type(act) ~= "string" then return nil end
      local gated = m.facts.gated
      if gated == nil and type(m.c.is_gated_act) == "boolean" then gated = m.c.is_gated_act end
      if gated == nil then gated = gated_ffn(m) end
      if gated == nil and m.model.family then gated = false end -- mixers have no gate of their own
      if gated == nil then return nil end
      local evidence = m.facts.activation and "family" or m:evidence("hidden_act")
      local row = activations[act]
      return { name = row and row.value or act, gated = gated, limit = m.c.swiglu_limit,
        alpha = m.c.swiglu_alpha }, evidence
    end,
    path = function(v)
      return table.concat({ v.name, v.gated and "gated" or "plain", v.limit and "clamped" or "",
        v.alpha and "scaled" or "" }, " ")
    end,
    grade = function(a, b)
      return "path", a.name == b.name and a.gated == b.gated and "limit" or nil
    end,
    why = {
      path = "another activation, or a gate on one side only: other fused kernels of the "
        .. "feed-forward and the experts",
      limit = "the activation is clamped on one side only",
      free = "the same activation with other constants",
    },
  },
  {
    id = "norm",
    scopes = { "numerics", "load" },
    read = function(m)
      local kind, place = m.facts.norm, m.facts.norm_place
      if not kind then
        if not biased_norm(m) then return nil end
        kind = "layer_norm"
      end
      return { kind = kind, place = place, eps = m.c.norm_eps, in_layer = norms_of_layer(m) },
        m.facts.norm and "family" or m:tensor_evidence()
    end,
    path = function(v)
      return ("%s %s %s"):format(v.kind, v.place or "?", v.in_layer or "?"),
        not (v.place and v.in_layer)
    end,
    same = function(a, b) return a.eps ~= b.eps and "free" or nil end,
    grade = function(a, b)
      if a.kind ~= b.kind then return "model" end
      for _, key in ipairs { "place", "in_layer" } do
        if a[key] ~= nil and b[key] ~= nil and a[key] ~= b[key] then return "model", "place" end
      end
    end,
    why = {
      model = "layers are normalised by another function",
      place = "the norms stand at other places of a layer, or there are more of them",
      free = "another epsilon",
    },
  },
  {
    id = "parallel_residual",
    scopes = { "numerics" },
    read = function(m)
      if type(m.facts.parallel_residual) == "boolean" then
        return m.facts.parallel_residual, "family"
      end
      local on, evidence = m:flag("parallel_residual")
      if on ~= nil then return on, evidence end
      if m:tensor({ "post_attention_layernorm%.weight$", "post_attention_norm%.weight$" }) then
        return false, m:tensor_evidence()
      end
      if m.model.family then return false, "family" end -- one that is parallel says so
    end,
    grade = "model",
    why = "attention and feed-forward read the same input on one side and follow each other on the "
      .. "other",
  },
}
