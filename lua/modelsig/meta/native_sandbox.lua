---@meta modelsig.native.sandbox

--- Calls under a budget.
local sandbox = {}

--- Calls a function; a pcall inside cannot swallow the end of the budget.
---@param fn function
---@param budget {steps?: integer, bytes?: integer}
---@return boolean ok
---@return any ... results, or the message
function sandbox.call(fn, budget, ...) end

return sandbox
