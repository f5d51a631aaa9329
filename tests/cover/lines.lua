--- For a stock lua5.4 in builds that measure coverage (LUA_INIT): notes which lines of the modules
--- run, and writes them to $MODELSIG_COVER at the end.

local folder = os.getenv "MODELSIG_COVER"
if not folder then return end

local ran = {}

local function note(_, line)
  local source = debug.getinfo(2, "S").source
  local lines = ran[source]
  if lines == nil then
    lines = source:find "^@.*modelsig/" and {} or false
    ran[source] = lines
  end
  if lines then lines[line] = true end
end

debug.sethook(note, "l")
local create = coroutine.create

--- Threads have hooks of their own.
function coroutine.create(fn) -- luacheck: ignore
  local thread = create(fn)
  debug.sethook(thread, note, "l")
  return thread
end

local function write()
  debug.sethook()
  local name = ("%s/%d-%s.lines"):format(folder, os.time(), tostring(ran):match "0x(%x+)")
  local out = assert(io.open(name, "a"))
  for source, lines in pairs(ran) do
    local module = lines and source:match "modelsig/.*"
    for line in pairs(lines or {}) do out:write(module, " ", line, "\n") end
  end
  out:close()
end

local exit = os.exit
os.exit = function(...) -- luacheck: ignore
  write()
  exit(...)
end
-- Without os.exit the state is closed, and what is kept in it collected.
debug.getregistry()["modelsig.cover"] = setmetatable({}, { __gc = write })
