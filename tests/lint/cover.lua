--- lua5.4 tests/lint/cover.lua: every function that C registers has a type entry in
--- lua/modelsig/meta, is used in a test that requires its module, and is called by the product.

--- Functions that the product does not call, and why they are there all the same.
local uncalled = {
  ["numeric.all_pairs"] = "for pools of thousands of models, which come later",
}

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local function files(command)
  local list = {}
  for path in io.popen(command):lines() do list[#list + 1] = path end
  return list
end

local tests = {}
for i, path in ipairs(files "find tests -name '*.lua' -not -path '*/lint/*'") do
  tests[i] = read(path)
end

local product = {}
for i, path in ipairs(files "find lua rules scripts -name '*.lua' -not -path '*/meta/*'") do
  product[i] = read(path)
end

--- Is `.name` in a file of the product that names the module, or `:name` of an object in any?
local function is_called(module, name, is_method)
  local required = "modelsig%.native%." .. module .. "%f[^%w_]"
  for _, text in ipairs(product) do
    if is_method and text:find("[.:]" .. name .. "%f[^%w_]") then return true end
    if text:find(required) and text:find("[.:]" .. name .. "%f[^%w_]") then return true end
  end
  return false
end

--- Is `.name` or `:name` in a test that requires the module?
local function is_used(module, name)
  local required = "modelsig%.native%." .. module .. "%f[^%w_]"
  for _, text in ipairs(tests) do
    if text:find(required) and text:find("[.:]" .. name .. "%f[^%w_]") then return true end
  end
  return false
end

local missing, count = {}, 0
local function say(...) missing[#missing + 1] = string.format(...) end

for _, path in ipairs(files "find src/bind -name 'native_*.c' | sort") do
  local module = path:match "native_([%w_]+)%.c$"
  local typed, meta = pcall(read, ("lua/modelsig/meta/native_%s.lua"):format(module))
  if not typed then say("%s: no file in lua/modelsig/meta", path) end
  for kind, list in read(path):gmatch "luaL_Reg%s+([%w_]+)%[%]%s*=%s*(%b{})" do
    for name in list:gmatch '{"([%w_]+)"' do
      if not name:match "^__" then
        count = count + 1
        if typed and not meta:find("[.:]" .. name .. "[%s(]") then
          say("%s: '%s' has no entry in meta", path, name)
        end
        if not is_used(module, name) then say("%s: '%s' is in no test", path, name) end
        local excused = uncalled[module .. "." .. name] ~= nil
        local called = is_called(module, name, kind == "methods")
        if not excused and not called then say("%s: nobody calls '%s'", path, name) end
        if excused and called then say("%s: '%s' needs no exception any more", path, name) end
      end
    end
  end
end
if count == 0 then say("src/bind: no native function was found") end
for _, text in ipairs(missing) do io.stderr:write(text, "\n") end
os.exit(#missing == 0)
