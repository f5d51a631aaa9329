--- lua5.4 tests/lint/layers.lua: which folder of src may include what. The build enforces it by
--- include folders, but headers in a default folder slip through there. Files and lines that are
--- longer than we aim at are listed, and are no failure.

local may = {
  base = { base = true },
  format = { base = true, format = true },
  numeric = { base = true, numeric = true },
  net = { base = true, net = true },
  bind = { base = true, format = true, numeric = true, net = true, bind = true, lua = true },
  host = { base = true, bind = true, host = true, lua = true },
}
local problems, long = {}, {}

local function say(...) problems[#problems + 1] = string.format(...) end

local function check_include(file, layer, name)
  local folder = name:match "^(%l+)/"
  if may[folder] and not may[layer][folder] then say("%s: includes %s", file, name) end
  if name:match "^lua" and name:match "%.h$" or name == "lauxlib.h" then
    if not may[layer].lua then say("%s: includes %s, only bind and host may", file, name) end
  end
  if name:match "curl" and layer ~= "net" then say("%s: includes %s, only net may", file, name) end
end

local function check_length(file, limit)
  local n = 0
  for line in io.lines(file) do
    n = n + 1
    if #line > 100 and utf8.len(line) and utf8.len(line) > 100 then
      long[#long + 1] = ("%s:%d: longer than 100 columns"):format(file, n)
    end
  end
  if n > limit then long[#long + 1] = ("%s: %d lines, at most %d"):format(file, n, limit) end
end

for file in io.popen("find src -name '*.[ch]' | sort"):lines() do
  local layer = file:match "^src/(%l+)/"
  if layer then
    for line in io.lines(file) do
      local name = line:match '^#include%s*[<"]([^>"]+)[>"]'
      if name then check_include(file, layer, name) end
    end
  end
  check_length(file, 600)
end
for file in io.popen("find lua scripts -name '*.lua' | sort"):lines() do check_length(file, 300) end

for _, text in ipairs(long) do io.stderr:write("note: ", text, "\n") end
for _, problem in ipairs(problems) do io.stderr:write(problem, "\n") end
os.exit(#problems == 0)
