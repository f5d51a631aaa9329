-- Operators by what is computed, counted from tensors, for models without a family. Each row: the
-- role's pattern, and the operators that one such weight stands for. `m` is as in layer_types.lua.

local activations = rule "activations"

local function activation(m)
  local row = activations[m.act or ""]
  return row and row.operator
end

local function product(m)
  local row = activations[m.act or ""]
  return m.gated and (row and row.product or "gated") or nil
end
local function norm(m, key)
  if m.norm_bias or m.biased[key] then return "layer_norm" end
  if m.norm == "rms_norm_1p" then return m.norm end
  return m.norm:find "rms" and "rms_norm" or "norm"
end

return {
  -- A matrix that is multiplied with, whatever its role (embeddings are looked up instead).
  matrix = "aten/mm",
  rows = {
    { "norm", { norm } },
    { "^embedding", { "embedding" } },
    { "%.attention%.output$", { "attention" } },
    { "%.cross_attention%.output$", { "attention" } },
    { "%.ffn%.down$", { activation, product } },
    { "experts%.down$", { activation, product } },
    { "^layer%.router$", { "topk/router" } },
    { "%.ssm%.conv$", { "conv1d" } }, { "^layer%.conv%.conv", { "conv1d" } },
    { "%.ssm%.decay$", { "ssm_scan" } },
    { "linear_attention%.conv", { "conv1d" } }, { "linear_attention%.A_log$", { "delta_rule" } },
  },
  -- Once for each attention, where the configuration says that positions are rotated.
  rope = "rope",
}
