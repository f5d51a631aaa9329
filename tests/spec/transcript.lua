--- Runs transcripts of shell sessions: what the README and `tests/cases` show is what happens.
---
---     $ modelsig --version
---     modelsig 0.1.0
---     $ modelsig --ouptut table
---     modelsig: unknown option '--ouptut' (did you mean '--output'?)
---     ...
---     (exit 1)
---
--- A line `...` stands for any lines, `...` inside a line for any text; standard error is mixed
--- in. Lines that begin with `%% ` are remarks. A command goes on while a line ends with a
--- backslash or a here-document is open.

local M = {}

local LIMIT = 60 -- seconds for one command, so that a hang fails its test and no more

local function lines_of(text)
  local lines = {}
  for line in (text:gsub("\n*$", "\n")):gmatch "(.-)\n" do lines[#lines + 1] = line end
  return lines
end

--- Splits a transcript into commands with what they print.
---@param text string
---@return {command: string, expected: string[], exit: integer, line: integer}[]
function M.parse(text)
  local steps, step, open = {}, nil, nil
  for number, line in ipairs(lines_of(text)) do
    if open then
      step.command = step.command .. "\n" .. line:gsub("^> ", "")
      if line:gsub("^> ", "") == open or open == "\\" and line:sub(-1) ~= "\\" then open = nil end
    elseif line:sub(1, 2) == "$ " then
      step = { command = line:sub(3), expected = {}, exit = 0, line = number }
      steps[#steps + 1] = step
      open = line:match "<<%s*['\"]?(%w+)" or line:sub(-1) == "\\" and "\\" or nil
    elseif step and line:sub(1, 3) ~= "%% " then
      local exit = line:match "^%(exit (%d+)%)$"
      if exit then
        step.exit = tonumber(exit)
      else
        step.expected[#step.expected + 1] = line
      end
    end
  end
  for _, one in ipairs(steps) do
    while one.expected[#one.expected] == "" do table.remove(one.expected) end
  end
  return steps
end

local function line_matches(expected, got)
  if expected == got then return true end
  if not expected:find("...", 1, true) then return false end
  local pattern = expected:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("%%%.%%%.%%%.", ".*")
  return got:find("^" .. pattern .. "$") ~= nil
end

--- Do the lines match from here on?
local function matches(expected, i, got, j)
  while i <= #expected do
    if expected[i] == "..." then
      for k = j, #got + 1 do
        if matches(expected, i + 1, got, k) then return true end
      end
      return false
    end
    if not got[j] or not line_matches(expected[i], got[j]) then return false end
    i, j = i + 1, j + 1
  end
  return j > #got
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

M.quote = quote

--- Runs a shell command; standard output and error come back mixed.
---@param command string
---@param folder string
---@param environment? table<string, string>
---@return string output
---@return integer exit
function M.run(command, folder, environment)
  local settings = {}
  for name, value in pairs(environment or {}) do
    settings[#settings + 1] = ("export %s=%s;"):format(name, quote(value))
  end
  table.sort(settings)
  local script = ("%s cd %s || exit 99\n{ %s\n} 2>&1; printf '\\n%%d' $?"):format(
    table.concat(settings, " "), quote(folder), command)
  local limited = ("timeout %d sh -c %s </dev/null"):format(LIMIT, quote(script))
  local pipe = assert(io.popen(limited, "r"))
  local text = pipe:read "a"
  pipe:close()
  local output, exit = text:match "^(.*)\n(%d+)$"
  if not output then return text .. ("\n[no end within %d s]"):format(LIMIT), 124 end
  return output, math.tointeger(tonumber(exit))
end

--- Runs a transcript; the first step that differs is described.
---@param text string
---@param folder string
---@param environment? table<string, string>
---@return string|nil difference
---@return integer steps
function M.check(text, folder, environment)
  local steps = M.parse(text)
  for _, step in ipairs(steps) do
    local output, exit = M.run(step.command, folder, environment)
    local got = output:gsub("\n*$", "") == "" and {} or lines_of(output)
    if not matches(step.expected, 1, got, 1) or exit ~= step.exit then
      local told = "line %d: $ %s\n--- expected\n%s\n(exit %d)\n--- got\n%s\n(exit %d)"
      return told:format(step.line,
        step.command, table.concat(step.expected, "\n"), step.exit, output, exit), #steps
    end
  end
  return nil, #steps
end

--- A new folder that is removed when it goes out of scope, or by `remove`.
---@return {path: string, write: fun(self, name: string, text: string): string, remove: fun(self)}
function M.folder()
  local pipe = assert(io.popen "mktemp -d")
  local folder = { path = pipe:read "l" }
  pipe:close()
  function folder:write(name, text)
    local path = self.path .. "/" .. name
    os.execute("mkdir -p " .. quote(path:match "^(.*)/"))
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return path
  end
  function folder:remove()
    os.execute("chmod -R u+rwx " .. quote(self.path) .. "; rm -rf " .. quote(self.path))
  end
  return setmetatable(folder, { __close = function(self) self:remove() end })
end

--- Where the program under test is: MODELSIG_BINARY, or the release build.
---@return string
function M.binary()
  local path = os.getenv "MODELSIG_BINARY"
  if path and path ~= "" then return path end
  local here = debug.getinfo(1, "S").source:match "^@(.*)/tests/spec/[^/]*$" or "."
  return here .. "/build/release/modelsig"
end

--- Environment in which `modelsig` is the program under test and nothing of the user's is found.
---@param folder string
---@param more? table<string, string>
---@return table<string, string>
function M.environment(folder, more)
  local binary = M.binary()
  if binary:sub(1, 1) ~= "/" then binary = io.popen("pwd"):read "l" .. "/" .. binary end
  local environment = { PATH = binary:match "^(.*)/" .. ":" .. os.getenv "PATH", HOME = folder,
    XDG_CONFIG_HOME = folder .. "/.config", XDG_STATE_HOME = folder .. "/.state",
    XDG_CACHE_HOME = folder .. "/.cache", NO_COLOR = "", CLICOLOR_FORCE = "", COLUMNS = "80",
    LC_ALL = "C.UTF-8", SOURCE_DATE_EPOCH = "1700000000" }
  for name, value in pairs(more or {}) do environment[name] = value end
  return environment
end

--- Runs a shell command in a folder, with `modelsig` as the program under test and its own Lua.
---@param folder table from `M.folder`
---@param command string
---@return integer code, string output, string messages
function M.shell(folder, command)
  local words = {}
  for name, value in pairs(M.environment(folder.path)) do
    words[#words + 1] = name .. "=" .. quote(value)
  end
  local ok, _, code = os.execute(("cd %s && mkdir -p .out && env -u MODELSIG_LUA_DIR %s sh -c %s"
    .. " >.out/out 2>.out/err"):format(quote(folder.path), table.concat(words, " "),
    quote(command)))
  local function text(name)
    local file = assert(io.open(folder.path .. "/.out/" .. name, "rb"))
    return file:read "a", file:close()
  end
  return ok and 0 or code, text "out", text "err"
end

return M
