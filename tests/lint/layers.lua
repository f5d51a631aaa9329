--- lua5.4 tests/lint/layers.lua: which folder of src may include what. The build enforces it by
--- include folders, but headers in a default folder slip through there.

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

for file in io.popen("find src -name '*.[ch]' | sort"):lines() do
  local layer = file:match "^src/(%l+)/"
  if layer then
    for line in io.lines(file) do
      local name = line:match '^#include%s*[<"]([^>"]+)[>"]'
      if name then check_include(file, layer, name) end
    end
  end
end

for _, problem in ipairs(problems) do io.stderr:write(problem, "\n") end
os.exit(#problems == 0)
