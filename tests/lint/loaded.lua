--- lua5.4 tests/lint/loaded.lua: every file below rules/ is loaded by the product. A file that
--- nothing asks for looks alive: `which` shows it, and a user's copy of it changes nothing.

local function files(command)
  local list = {}
  for path in io.popen(command):lines() do list[#list + 1] = path end
  return list
end

local function read(path)
  local file <close> = assert(io.open(path))
  return (("\n" .. file:read "a"):gsub("%-%-[^\n]*", ""))
end

--- All that a file may be asked for by, in one text: code without comments.
local function text_of(command)
  local texts = {}
  for i, path in ipairs(files(command)) do texts[i] = read(path) end
  return table.concat(texts, "\n")
end

local code = text_of "find lua scripts -name '*.lua' -not -path '*/examples/*'"
local rules = text_of "find rules -name '*.lua'"

local function has(text, pattern) return text:find(pattern) ~= nil end

--- Is the name a word of its own between quotes, in a call of one of these functions?
local function asked(name)
  local quoted = "%(?%s*\"" .. name .. "\""
  return has(code, "%.get%s*" .. quoted) or has(code, "load%(\"rules\", \"" .. name .. "\"")
    or has(code, "declared%.load" .. quoted)
    or has(code, "load%(\"rules\", name or \"" .. name .. "\"")
    or has(rules, "%f[%w]rule%s*" .. quoted)
end

--- Lists that name the files of a folder.
local function listed(path, name)
  return has(read(path), "\"" .. name .. "\"")
end

--- How the files of each folder are asked for. Policies and formats are found by the names that
--- users type, families by the model types that they say.
local kinds = {
  config = function(name) return has(code, "\"" .. name .. "\"") end,
  features = function(name) return listed("rules/features.lua", name) end,
  families = function() return has(code, "load%(\"families\"") end,
  blocks = function(name)
    local used = "%f[%w]block%." .. name .. "%f[^%w_]"
    local mixer = "block%s*=%s*\"" .. name .. "\""
    return has(rules, used) or has(rules, mixer) or has(code, used)
      or has(code, "\"" .. name .. "\"")
  end,
  policies = function() return has(code, "load%(\"policies\"") end,
  formats = function() return has(code, "load%(\"formats\"") end,
}

--- A part stands in a folder with the name of the file that asks for it.
local function is_part(folder, name)
  local owner = io.open("rules/" .. folder .. ".lua")
  if not owner then return false end
  owner:close()
  local family = read("rules/" .. folder .. ".lua") .. text_of("find rules/" .. folder
    .. " -name '*.lua'")
  return has(family, "%f[%w]part%s*%(?%s*\"" .. name .. "\"")
end

local problems, count = {}, 0
for _, path in ipairs(files "find rules -name '*.lua' | sort") do
  local inside = path:match "^rules/(.*)%.lua$"
  local folder, name = inside:match "^(.*)/([^/]+)$"
  local kind = kinds[folder or ""]
  local found
  if not folder then
    found = asked(inside)
  else
    found = kind and kind(name) or is_part(folder, name)
  end
  if not found then problems[#problems + 1] = path .. ": nothing loads it" end
  count = count + 1
end
if count == 0 then problems[1] = "rules: no file was found" end

for _, problem in ipairs(problems) do io.stderr:write(problem, "\n") end
os.exit(#problems == 0)
