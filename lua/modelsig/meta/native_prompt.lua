---@meta modelsig.native.prompt

--- Reading lines with editing, history and completion.
local prompt = {}

---@class modelsig.editor
local editor = {}

--- Starts editing on standard input.
---@param options {history?: string, complete?: fun(line: string): string[], integer}
---@return modelsig.editor
function prompt.open(options) end

--- Reads a line; nil at the end, nil and "interrupted" after Ctrl-C.
---@param text string the prompt
---@return string|nil line
---@return string|nil why
function editor:read(text) end

--- Saves the history and gives the terminal back. May be called twice.
function editor:close() end

return prompt
