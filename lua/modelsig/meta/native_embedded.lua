---@meta modelsig.native.embedded

--- Files that travel inside the library.
local embedded = {}

--- The text of a file.
---@param kind "lua"|"rules"|"scripts"|"samples"
---@param name string path below that folder
---@return string|nil
function embedded.get(kind, name) end

--- Is there such a file?
---@param kind "lua"|"rules"|"scripts"|"samples"
---@param name string path below that folder
---@return boolean
function embedded.has(kind, name) end

--- Names of the files of a kind, in the order of their bytes.
---@param kind "lua"|"rules"|"scripts"|"samples"
---@param prefix? string only names that begin so, a folder for one
---@return string[]
function embedded.list(kind, prefix) end

--- A file as a function.
---@param kind "lua"|"rules"|"scripts"
---@param name string path below that folder
---@param env? table what it sees as globals
---@return function|nil
function embedded.load(kind, name, env) end

--- What the embedding program chose; nil without one.
---@param name "no_user"|"trust_project"
---@return boolean|nil
function embedded.switch(name) end

--- The folder that is read before the embedded files.
---@return string|nil
function embedded.tree() end

return embedded
