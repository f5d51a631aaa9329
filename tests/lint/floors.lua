--- lua5.4 tests/lint/floors.lua: which module may require which. lua/modelsig is built in floors; a
--- module knows its own floor and those below it, and no chain of requires comes back to where it
--- began. Requires inside functions count, too.

--- From the ground up. `library` is what stands beside the folders: `require "modelsig"`.
local floors = { "base", "rules", "format", "origin", "family", "model", "compare", "policy",
  "report", "library", "cli" }

local height = {}
for i, name in ipairs(floors) do height[name] = i end

local problems = {}
local function say(...) problems[#problems + 1] = string.format(...) end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

--- Text without comments: examples in them require what they show.
local function code_of(text)
  return (("\n" .. text):gsub("%-%-%[(=*)%[.-%]%1%]", ""):gsub("%-%-[^\n]*", ""))
end

local function floor_of(module)
  return module:match "^modelsig%.(%l+)%." or "library"
end

--- Modules that a file requires, but for those of the C core.
local function requires(path)
  local list = {}
  for name in code_of(read(path)):gmatch "%f[%w_]require%s*%(?%s*[\"']([%w_.]+)[\"']" do
    local ours = name == "modelsig" or name:find "^modelsig%."
    if ours and not name:find "^modelsig%.native%." then list[#list + 1] = name end
  end
  return list
end

local modules, names = {}, {}
for path in io.popen("find lua/modelsig -name '*.lua' | sort"):lines() do
  local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
  if floor_of(name) ~= "meta" then
    modules[name], names[#names + 1] = requires(path), name
    if not height[floor_of(name)] then say("%s: '%s' is no floor", path, floor_of(name)) end
  elseif #requires(path) > 0 then
    say("%s: types for readers are no code, and require nothing", path)
  end
end
if #names == 0 then say("lua/modelsig: no module was found") end

--- A name that is made of parts (`require("modelsig.a." .. name)`) stands for the whole folder.
local function expand(required)
  local list = {}
  for _, name in ipairs(required) do
    if name:sub(-1) ~= "." then list[#list + 1] = name end
    for _, other in ipairs(name:sub(-1) == "." and names or {}) do
      if other:sub(1, #name) == name then list[#list + 1] = other end
    end
  end
  return list
end

for _, name in ipairs(names) do modules[name] = expand(modules[name]) end

for _, name in ipairs(names) do
  for _, other in ipairs(modules[name]) do
    local own, its = floor_of(name), floor_of(other)
    if not modules[other] then
      say("%s: requires %s, which is no module", name, other)
    elseif (height[its] or 0) > (height[own] or 0) then
      say("%s: requires %s, and %s stands above %s", name, other, its, own)
    end
  end
end

--- 1 while the chain below a module is walked, 2 when it is known to be free of circles.
local state, chain = {}, {}

local function walk(name)
  chain[#chain + 1] = name
  if state[name] == 1 then
    local first = 1
    while chain[first] ~= name do first = first + 1 end
    say("a circle: %s", table.concat(chain, " -> ", first))
  elseif not state[name] then
    state[name] = 1
    for _, other in ipairs(modules[name] or {}) do walk(other) end
    state[name] = 2
  end
  chain[#chain] = nil
end

for _, name in ipairs(names) do walk(name) end

for _, problem in ipairs(problems) do io.stderr:write(problem, "\n") end
os.exit(#problems == 0)
