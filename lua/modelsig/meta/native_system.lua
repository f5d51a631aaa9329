---@meta modelsig.native.system

--- Folders, whole files, the terminal and the clock. What the world refuses is
--- `nil, message, code`: `notfound` for what does not exist, `limit` for what is too large, else
--- `io`.
---@class modelsig.native.system
local system = {}

---@class modelsig.file_facts
---@field kind "file"|"directory"|"other" links are followed
---@field size integer bytes; 0 for a link to nothing
---@field mtime integer seconds since 1970

---@class modelsig.file_entry : modelsig.file_facts
---@field name string without the folder

--- What is in a folder, without `.` and `..`, in byte order of the names.
---@param path string
---@return modelsig.file_entry[]|nil entries
---@return string|nil message
---@return string|nil code
function system.list(path) end

--- Facts about a file or folder, links followed.
---@param path string
---@return modelsig.file_facts|nil facts
---@return string|nil message
---@return string|nil code
function system.stat(path) end

--- A whole file.
---@param path string
---@param max? integer more bytes than this are code `limit`
---@param regular? boolean pipes and devices, which may keep one waiting, are code `io`
---@return string|nil text
---@return string|nil message
---@return string|nil code
function system.read(path, max, regular) end

--- Writes a file so that others see the old text or the new one and nothing between: a temporary
--- file in the same folder, flushed and renamed. A replaced file keeps its mode, a link its place;
--- pipes and devices are written to. On failure nothing is left behind, and the code is `io`.
---@param path string
---@param text string|string[] texts are written one after another
---@param own? boolean a file that nobody else writes: not flushed, since it may be lost with the
---  power, and put in the place of a link, a pipe or a device
---@return true|nil done
---@return string|nil message
---@return string|nil code
function system.write_atomic(path, text, own) end

--- Makes a folder and those above it, as far as they are missing.
---@param path string
---@param private? boolean folders that are made are for this user only
---@return true|nil done
---@return string|nil message
---@return string|nil code
function system.mkdir_p(path, private) end

--- The absolute path without links.
---@param path string
---@return string|nil path
---@return string|nil message
---@return string|nil code
function system.realpath(path) end

--- The current folder.
---@return string|nil path
---@return string|nil message
---@return string|nil code
function system.cwd() end

--- Is this descriptor (0, 1, 2) a terminal?
---@param descriptor integer
---@return boolean
function system.isatty(descriptor) end

--- Width of the terminal, if there is one.
---@return integer|nil
function system.columns() end

--- Does the environment (LC_ALL, LC_CTYPE, LANG) ask for UTF-8?
---@return boolean
function system.utf8() end

--- Seconds since 1970, with fractions.
---@return number
function system.time() end

return system
