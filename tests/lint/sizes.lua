--- lua5.4 tests/lint/sizes.lua: nothing is longer than a reader takes in: lines of 100 columns, C
--- functions of 60 lines, C files of 600, Lua files of 300 (more in tests: they list cases).

local COLUMNS, FUNCTION = 100, 60

--- What may be longer, and why.
local exceptions = {
  ["rules/config/defaults_decoders.lua"] = "data: a row a model type",
}

--- What may be wider, and why.
local wide = {
  ["tests/spec/net_spec.lua"] = "answers of servers, a line each",
}

local problems = {}
local function say(...) problems[#problems + 1] = string.format(...) end

local function files(command)
  local list = {}
  for path in io.popen(command .. " | sort"):lines() do list[#list + 1] = path end
  if #list == 0 then say("%s: no file was found", command) end
  return list
end

local function lines_of(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

local function check_columns(path, lines)
  for number, line in ipairs(wide[path] and {} or lines) do
    if #line > COLUMNS and (utf8.len(line) or #line) > COLUMNS then
      say("%s:%d: %d columns, at most %d", path, number, utf8.len(line) or #line, COLUMNS)
    end
  end
end

--- A definition starts in the first column and ends with a brace there. Tables are no functions.
local function check_functions(path, lines)
  local start
  for number, line in ipairs(lines) do
    if line:find "^[%a_].*%f[%w_][%w_]+%(" and not line:find "^typedef" and not line:find ";%s*$"
      and not line:find "=%s*{" then
      start = number
    elseif line:find "^}" then
      if start and number - start + 1 > FUNCTION then
        say("%s:%d: a function of %d lines, at most %d", path, start, number - start + 1, FUNCTION)
      end
      start = nil
    end
  end
end

local function check(list, limit, functions)
  for _, path in ipairs(list) do
    local lines = lines_of(path)
    check_columns(path, lines)
    if functions then check_functions(path, lines) end
    local excused = exceptions[path]
    if #lines > limit and not excused then
      say("%s: %d lines, at most %d", path, #lines, limit)
    elseif excused and #lines <= limit then
      say("%s: needs no exception any more", path)
    end
  end
end

check(files("find src -name '*.[ch]'"), 600, true)
check(files("find tests -name '*.[ch]'"), 800, true)
check(files("find lua rules scripts samples -name '*.lua'"), 300)
check(files("find tests -name '*.lua'"), 600)
check(files("find tests bootstrap.sh .ci cmake CMakeLists.txt -name '*.py' -o -name '*.sh' "
  .. "-o -name '*.cmake' -o -name CMakeLists.txt -o -name run"), 600)

for _, text in ipairs(problems) do io.stderr:write(text, "\n") end
os.exit(#problems == 0)
