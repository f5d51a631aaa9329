--- lua5.4 tests/lint/cover.lua: every function that C registers has an entry in lua/modelsig/meta
--- and is named in a test or in the module that wraps it.

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

local tests = {}
for file in io.popen("find tests lua/modelsig -name '*.lua' -not -path '*/lint/*' "
  .. "-not -path '*/meta/*'"):lines() do
  tests[#tests + 1] = read(file)
end
local all = table.concat(tests, "\n")
local missing = {}
for file in io.popen("find src/bind -name 'native_*.c' | sort"):lines() do
  local module = file:match "native_(%l+)%.c$"
  local meta = read(("lua/modelsig/meta/native_%s.lua"):format(module))
  if not meta then missing[#missing + 1] = file .. ": no entry in lua/modelsig/meta" end
  for list in read(file):gmatch "luaL_Reg%s+[%w_]+%[%]%s*=%s*(%b{})" do
    for name in list:gmatch '{"([%w_]+)"' do
      local own = not name:match "^__"
      if own and meta and not meta:find("[.:]" .. name .. "[%s(]") then
        missing[#missing + 1] = ("%s: '%s' has no entry in meta"):format(file, name)
      end
      if own and not all:find("%f[%w_]" .. name .. "%f[^%w_]") then
        missing[#missing + 1] = ("%s: '%s' is in no test"):format(file, name)
      end
    end
  end
end
for _, text in ipairs(missing) do io.stderr:write(text, "\n") end
os.exit(#missing == 0)
