--- How far weights of ONNX exports are placed where they belong: see README.md beside this file.

local modelsig = require "modelsig"
local shared = require "tests.spec.shared"
local truths = require "tests.spec.onnx_truth"

local usage = "usage: tests/peers/onnx [--diff N] [--folder DIR] [NAME]..."

local function options(words)
  local wanted, shown, folder, i = nil, 0, shared.path "golden/onnx/models", 1
  while words[i] do
    if words[i] == "--diff" then
      shown, i = assert(math.tointeger(words[i + 1]), usage), i + 1
    elseif words[i] == "--folder" then
      folder, i = assert(words[i + 1], usage), i + 1
    elseif words[i]:sub(1, 1) == "-" then
      error(usage, 0)
    else
      wanted = wanted or {}
      wanted[words[i]] = true
    end
    i = i + 1
  end
  return folder, wanted, shown
end

local function share(part, whole)
  return ("%d/%d"):format(part, whole), whole > 0 and ("%.1f %%"):format(100 * part / whole) or ""
end

local total = { placed = 0, known = 0, exports = 0, same = 0, short = 0 }

--- One file: its line. A part of a model is compared with the whole elsewhere.
local function measure(path, truth, name, shown)
  local model = assert(modelsig.open(path))
  local known, wrong = truths.unplaced(truth, model)
  total.known, total.placed = total.known + known, total.placed + known - #wrong
  local text, percent = share(known - #wrong, known)
  if known > 0 and (known - #wrong) / known < 0.95 then total.short = total.short + 1 end
  print(("%-62s %11s %8s"):format(name, text, percent))
  for i = 1, math.min(shown, #wrong) do print("    " .. wrong[i]) end
end

--- One model beside the checkpoint that it was made from.
local function compare(source, path, name)
  local pair = modelsig.compare(source, assert(modelsig.open(path)))
  total.exports = total.exports + 1
  total.same = total.same + (pair.isomorphism == "ISOMORPHIC" and 1 or 0)
  print(("%-62s %s"):format(name, pair.isomorphism))
end

local folder, wanted, shown = options(arg)
local models, exports = {}, {}
print(("%-62s %11s %8s"):format("file", "placed", ""))
truths.each_of(folder, function(path, truth, name)
  local model, export = name:match "^([^/]+)/([^/]+)"
  if wanted and not wanted[model] then return end
  measure(path, truth, name, shown)
  local place = model .. "/" .. export
  if not exports[place] then models[#models + 1], exports[place] = place, {} end
  table.insert(exports[place], name:sub(#place + 2))
end)
print(("\n%-62s %s"):format("model", "beside its checkpoint"))
for _, place in ipairs(models) do
  local from = ("%s/%s/source"):format(folder, place:match "^[^/]+")
  local source = modelsig.open("local:" .. from)
  local files = exports[place]
  local is_in_parts = table.concat(files, " "):find "decoder_model"
  for _, file in ipairs(source and source.raw_config and (is_in_parts and { "" } or files) or {}) do
    compare(source, ("%s/%s/%s"):format(folder, place, file), place .. "/" .. file)
  end
end
print(("\nweights placed           %s (%s)"):format(share(total.placed, total.known)))
print(("files under 95 %%         %d"):format(total.short))
print(("exports ISOMORPHIC       %d of %d"):format(total.same, total.exports))
