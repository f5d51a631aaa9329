-- Rows of rules/activations.lua in the order in which blocks take them: class, operator, the layer
-- type of a gated feed-forward, the operator of the gate, the layer type without one.
local rows = {}
for name, row in pairs(rule "activations") do
  rows[name] = { row.class, row.operator, row.gated, row.product, row.plain }
end
return rows
