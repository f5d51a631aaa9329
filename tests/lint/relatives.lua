--- lua5.4 tests/lint/relatives.lua [N]: how many lines a family takes that extends another, and the
--- N longest. Counted are the lines of its table, first and last brace too, without comments and
--- empty lines; functions that stand beside the tables of a file are not.

local MEDIAN, LONGEST = 8, 40

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

--- The text with comments and what strings hold blanked out, line by line as long as before.
local function code_of(text)
  text = text:gsub("\\[\"\\]", "  "):gsub('"[^"\n]*"', function(word)
    return '"' .. word:sub(2, -2):gsub("[{}%-]", "_") .. '"'
  end)
  return (text:gsub("%-%-[^\n]*", ""))
end

--- The tables of what a file returns: it alone, or those of the list.
local function tables_of(code)
  local whole = code:match "\nreturn (%b{})" or code:match "^return (%b{})"
  if whole:sub(2):gsub("%b{}", ""):find "model_types =" then return { whole } end
  local out = {}
  for one in whole:sub(2, -2):gmatch "%b{}" do out[#out + 1] = one end
  return out
end

local list = {}
for path in io.popen "ls rules/families/*.lua":lines() do
  for _, one in ipairs(tables_of(code_of(read(path)))) do
    local lines = 0
    for line in one:gmatch "[^\n]+" do
      if line:find "%S" then lines = lines + 1 end
    end
    if one:find "extends = " then
      local name = one:match 'model_types = { %[?"?([%w_-]+)'
      list[#list + 1] = { lines = lines, name = name, path = path }
    end
  end
end
table.sort(list, function(a, b)
  if a.lines ~= b.lines then return a.lines > b.lines end
  return a.name < b.name
end)

local function at_most(n)
  local count = 0
  for _, one in ipairs(list) do count = count + (one.lines <= n and 1 or 0) end
  return count
end

local median = list[(#list + 1) // 2].lines
print(("%d relatives: median %d lines, %d of at most 6, %d of at most 8"):format(#list, median,
  at_most(6), at_most(8)))
for i = 1, tonumber(arg[1]) or 3 do
  print(("%4d %s (%s)"):format(list[i].lines, list[i].name, list[i].path))
end
assert(#list > 100, "hardly a relative was found")
assert(median <= MEDIAN, ("the median is to be at most %d"):format(MEDIAN))
assert(list[1].lines <= LONGEST, ("%s: %d lines, at most %d"):format(list[1].path, list[1].lines,
  LONGEST))
