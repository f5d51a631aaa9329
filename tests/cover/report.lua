--- lua5.4 tests/cover/report.lua FOLDER [-v]: of the lines that $MODELSIG_COVER/*.lines name, a row
--- for each module of lua/modelsig, worst first, and their sum; -v lists the lines that never ran.

local folder, verbose = arg[1], arg[2] == "-v"

local function lines_of(command)
  local list, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local ran = {}
for _, line in ipairs(lines_of(("cat '%s'/*.lines 2>/dev/null"):format(folder))) do
  local name, number = line:match "modelsig/(%S+) (%d+)$"
  if name then
    ran[name] = ran[name] or {}
    ran[name][tonumber(number)] = true
  end
end

--- Lines with instructions, without those that only close something.
local function active(path)
  local texts, out, count = {}, {}, 0
  for text in io.lines(path) do texts[#texts + 1] = text end
  for _, row in ipairs(lines_of(("luac5.4 -l -l -p '%s'"):format(path))) do
    local number, op = row:match "^%s+%d+%s+%[(%d+)%]%s+(%u+)"
    number = tonumber(number)
    local closes = number and texts[number]:find "^%s*[%]})]*end[%]})%s,;]*$"
      or number and texts[number]:find "^%s*[%]})%s,;]+$"
    if number and op ~= "VARARGPREP" and not closes and not out[number] then
      out[number], count = true, count + 1
    end
  end
  return out, count, texts
end

local rows, all, sum = {}, 0, 0
for _, path in ipairs(lines_of "find lua/modelsig -name '*.lua' -not -path '*/meta/*' | sort") do
  local name = path:match "^lua/modelsig/(.*)$"
  local lines, count, texts = active(path)
  local hits, missed = 0, {}
  for number in pairs(lines) do
    if ran[name] and ran[name][number] then hits = hits + 1 else missed[#missed + 1] = number end
  end
  table.sort(missed)
  all, sum = all + count, sum + hits
  rows[#rows + 1] = { rate = count > 0 and hits / count or 1, count = count, name = name,
    missed = missed, texts = texts }
end
table.sort(rows, function(a, b)
  if a.rate ~= b.rate then return a.rate < b.rate end
  return a.name < b.name
end)
for _, row in ipairs(rows) do
  print(("%6.1f %% of %4d  %s"):format(100 * row.rate, row.count, row.name))
  for _, number in ipairs(verbose and row.missed or {}) do
    print(("          %d: %s"):format(number, row.texts[number]))
  end
end
print(("%6.1f %% of %4d  all of lua/modelsig"):format(100 * sum / math.max(1, all), all))
