--- lua5.4 tests/lint/layers.lua: which folder of src may include what, and that no two units (x.c
--- and x.h) include each other, nor in a longer circle. The build enforces folders by include
--- paths, but headers in a default folder slip through there.

local may = {
  base = { base = true },
  format = { base = true, format = true },
  numeric = { base = true, numeric = true },
  net = { base = true, net = true },
  bind = { base = true, format = true, numeric = true, net = true, bind = true, lua = true },
  host = { base = true, bind = true, host = true, lua = true },
}
local problems = {}

local function say(...) problems[#problems + 1] = string.format(...) end

local function check_include(file, layer, name)
  local folder = name:match "^(%l+)/"
  if may[folder] and not may[layer][folder] then say("%s: includes %s", file, name) end
  if name:match "^lua" and name:match "%.h$" or name == "lauxlib.h" then
    if not may[layer].lua then say("%s: includes %s, only bind and host may", file, name) end
  end
  if name:match "curl" and layer ~= "net" then say("%s: includes %s, only net may", file, name) end
end

--- Unit -> the other units that it includes, in order.
local includes, units = {}, {}

local function note_include(file, name)
  local unit, other = file:match "^src/(.+)%.[ch]$", name:match "^(%l+/.+)%.h$"
  if not includes[unit] then
    includes[unit] = {}
    units[#units + 1] = unit
  end
  if other and other ~= unit then table.insert(includes[unit], other) end
end

for file in io.popen("find src -name '*.[ch]' | sort"):lines() do
  local layer = file:match "^src/(%l+)/"
  for line in io.lines(file) do
    local name = line:match '^#include%s*[<"]([^>"]+)[>"]'
    if name and layer then
      check_include(file, layer, name)
      note_include(file, name)
    end
  end
end

--- Goes along the includes; a unit that is come to again while it is on the way closes a circle.
local state, way = {}, {}

local function visit(unit)
  state[unit] = "on the way"
  way[#way + 1] = unit
  for _, other in ipairs(includes[unit] or {}) do
    if state[other] == "on the way" then
      local from = #way
      while way[from] ~= other do from = from - 1 end
      say("circle: %s -> %s", table.concat(way, " -> ", from), other)
    elseif not state[other] then
      visit(other)
    end
  end
  way[#way] = nil
  state[unit] = "done"
end

for _, unit in ipairs(units) do
  if not state[unit] then visit(unit) end
end
if #units == 0 then say "src: no unit was found" end

for _, problem in ipairs(problems) do io.stderr:write(problem, "\n") end
os.exit(#problems == 0)
