-- What results are multiplied by or capped at.

--- Scalars that a class multiplies with, or divides by.
local multipliers = {
  "embedding_multiplier", "residual_multiplier", "scale_depth", "dim_model_base",
  "attention_multiplier", "query_pre_attn_scalar", "logits_scaling", "logit_scale",
  "attention_value_scale", "full_attn_alpha_factor", "full_attn_beta_factor",
  "linear_attn_alpha_factor", "linear_attn_beta_factor", "mlp_alpha_factor", "mlp_beta_factor",
  "scale_embedding", "attn_output_gate",
}

return {
  {
    id = "softcap",
    scopes = { "attention", "numerics" },
    read = function(m)
      local attention, final = m.c.attn_logit_softcapping, m.c.final_logit_softcapping
      if attention == nil and not m:lacks("attn_logit_softcapping") then return nil end
      if not attention and not final then
        return "none", m:evidence("attn_logit_softcapping")
      end
      return { attention = attention or "none", final = final or "none" },
        m:evidence(attention and "attn_logit_softcapping" or "final_logit_softcapping")
    end,
    path = function(v)
      if v == "none" then return v end
      return ("attention %s, final %s"):format(v.attention == "none" and "free" or "capped",
        v.final == "none" and "free" or "capped")
    end,
    grade = "model",
    why = {
      model = "logits are capped on one side only: another kernel template, other results",
      free = "another limit of the same cap",
    },
  },
  {
    id = "multipliers",
    scopes = { "numerics" },
    read = function(m)
      local out, evidence = {}, nil
      for _, key in ipairs(multipliers) do
        local value = m.c[key]
        if value ~= nil and value ~= false then
          out[key] = value
          evidence = evidence or m:evidence(key)
        end
      end
      if m.facts.output_gate then
        out.attn_output_gate, evidence = true, evidence or "family"
      end
      if next(out) == nil then
        if not m.known then return nil end
        return "none", "default"
      end
      return out, evidence
    end,
    path = function(v) -- a factor of 1 multiplies with nothing
      local out = {}
      for _, key in ipairs(type(v) == "table" and multipliers or {}) do
        if v[key] ~= nil and v[key] ~= 1 then out[#out + 1] = key end
      end
      return #out > 0 and table.concat(out, ", ") or "none"
    end,
    same = function(a, b)
      if type(a) ~= "table" or type(b) ~= "table" then return nil end
      for _, key in ipairs(multipliers) do
        if (a[key] or 1) ~= (b[key] or 1) then return "free" end
      end
    end,
    grade = "model",
    why = {
      model = "results are scaled by a number that the other side does not have (which may be "
        .. "computed: a gate on what comes out of the attention)",
      free = "the same scalars with other values",
    },
  },
}
