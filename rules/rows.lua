--- Rows of the model table: name and value. `value(model, layout)` gets the model's document and
--- returns a text or nil; a row without a value in any model is left out. `always`: also shown of
--- a model that could not be read.

local function arch(name)
  return function(model, layout) return layout.show((model.arch_fingerprint or {})[name]) end
end

--- Shows "unknown" in place of "-".
local function known(text)
  return text == "-" and "unknown" or text
end

local function ratio(name)
  return function(model, layout) return layout.show((model.dimension_ratios or {})[name]) end
end

local function heads(model, layout)
  local a = model.arch_fingerprint or {}
  return ("%s (kv: %s)"):format(layout.show(a.num_attention_heads),
    layout.show(a.num_key_value_heads))
end

local function experts(model, layout)
  local a = model.arch_fingerprint or {}
  if a.is_moe ~= true then return layout.show(a.is_moe) end
  return ("true (experts: %s, per token: %s)"):format(layout.show(a.num_experts),
    layout.show(a.num_experts_per_tok))
end

local function parameters(model, layout)
  local p = model.parameters or {}
  local text = known(layout.big(p.total, "count"))
  if type(p.active) == "number" and p.active ~= p.total then
    text = ("%s (active: %s)"):format(text, layout.big(p.active, "count"))
  end
  return text
end

local SHOWN = 5 -- findings of one model; the JSON has them all

local function findings(model)
  local seen, order = {}, {}
  for _, finding in ipairs(model.findings or {}) do
    local text = finding.message or finding.code
    if not seen[text] then order[#order + 1] = text end
    seen[text] = (seen[text] or 0) + 1
  end
  if #order == 0 then return nil end
  local parts = {}
  for i = 1, math.min(#order, SHOWN) do
    local text = order[i]
    parts[i] = text .. (seen[text] > 1 and (" (%d times)"):format(seen[text]) or "")
  end
  if #order > SHOWN then parts[#parts + 1] = ("and %d more"):format(#order - SHOWN) end
  return table.concat(parts, "; ")
end

local function quantization(model, layout)
  local q = model.quantization
  if type(q) ~= "table" then return nil end
  return layout.show(q.scheme or q.method or q.quant_method)
end

local function count(map)
  local n = 0
  for _ in pairs(map or {}) do n = n + 1 end
  return n
end

return {
  { name = "error", always = true, value = function(model)
    return model.error and ("%s: %s"):format(model.error.code, model.error.message)
  end },
  { name = "type", value = arch "model_type" },
  { name = "family", value = function(model, layout)
    if model.text_family then return model.text_family .. " (language part)" end
    return known(layout.show(model.family))
  end },
  { name = "parameters", value = parameters },
  { name = "bytes", value = function(model, layout)
    return known(layout.big(model.bytes, "bytes"))
  end },
  { name = "hidden_size", value = arch "hidden_size" },
  { name = "num_hidden_layers", value = arch "num_hidden_layers" },
  { name = "num_attention_heads", value = heads },
  { name = "intermediate_size", value = arch "intermediate_size" },
  { name = "head_dim", value = arch "head_dim" },
  { name = "is_moe", value = experts },
  { name = "ffn_expansion", value = ratio "ffn_expansion" },
  { name = "gqa_ratio", value = ratio "gqa_ratio" },
  { name = "kv_cache_pattern", value = function(model, layout)
    return layout.show(model.kv_cache_shape_pattern)
  end },
  { name = "op_types", value = function(model, layout)
    return known(layout.show(model.op_types))
  end },
  { name = "layer_types", value = function(model, layout)
    return known(layout.show(model.layer_types))
  end },
  { name = "abstract_keys", value = function(model)
    local n = count(model.static_weight_signature)
    return n > 0 and tostring(n) or "unknown"
  end },
  { name = "quantization", value = quantization },
  { name = "source", always = true, value = function(model, layout)
    return layout.show(model.source)
  end },
  { name = "revision", value = function(model)
    return type(model.revision) == "string" and model.revision or nil
  end },
  { name = "findings", always = true, value = findings },
}
