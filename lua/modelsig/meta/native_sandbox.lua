---@meta modelsig.native.sandbox

--- Calls under a budget.
local sandbox = {}

--- Calls a function; a pcall inside cannot swallow the end of the budget. Methods of strings are
--- the bounded ones until it returns.
---@param fn function
---@param budget {steps?: integer, bytes?: integer, seconds?: number, sources?: table} seconds of
--- processor time; `sources` of rules as keys: a failure tells its line in one of them
---@return boolean ok
---@return any ... results, or the message and the code: `limit` or `malformed`
function sandbox.call(fn, budget, ...) end

--- Takes steps from the running budget, for work in C that it does not see; nothing without one.
---@param work integer
function sandbox.spend(work) end

--- The functions of strings for rules: as Lua's, without `dump`, and what patterns and repetition
--- do is taken from the budget.
---@return table<string, function>
function sandbox.strings() end

--- Calls a function; a stop (Ctrl-C) ends this call and nothing else. Between two such calls a
--- stop waits for the next one, or for the line that is read.
---@param fn function
---@return boolean ok
---@return any ... results, or the message
function sandbox.stoppable(fn, ...) end

--- Is it the error of a stop? No other value equals it. A rule under a budget never sees it.
---@param value any
---@return boolean
function sandbox.is_stop(value) end

--- Raises the error of a stop.
function sandbox.stop() end

return sandbox
