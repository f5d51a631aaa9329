--- How far the families agree with what transformers says: see README.md beside this file.

require "modelsig"
local goldens = require "tests.spec.goldens"

local usage = "usage: tests/peers/goldens [--diff N] [--folder DIR] [MODEL_TYPE or NAME]..."

local function options(words)
  local wanted, shown, none, i = {}, 0, true, 1
  while words[i] do
    if words[i] == "--diff" then
      shown = assert(math.tointeger(words[i + 1]), usage)
      i = i + 1
    elseif words[i] == "--folder" then
      goldens.folder = assert(words[i + 1], usage) .. "/"
      i = i + 1
    elseif words[i]:sub(1, 1) == "-" then
      error(usage, 0)
    else
      wanted[words[i]], none = true, false
    end
    i = i + 1
  end
  return wanted, shown, none
end

local total = { models = 0, described = 0, lists = 0, exact = 0, tensors = 0, met = 0,
  passes = 0, modules = 0, equal = 0 }
local skipped = {}

local function skip(name, reason)
  skipped[#skipped + 1] = ("%-58s %s"):format(name, reason)
end

local function print_some(list, n)
  for i = 1, math.min(n, #list) do print("    " .. list[i]) end
  if n > 0 and #list > n then print(("    ... %d more"):format(#list - n)) end
end

--- One model: its line, and what is counted of it. A model without a family counts as not met.
local function measure(name, raw, shown)
  local want, modules = goldens.tensors(name), goldens.modules(name)
  if not want then return skip(name, "no list of tensors was made") end
  total.models, total.lists = total.models + 1, total.lists + 1
  total.tensors = total.tensors + #want
  if modules then
    total.passes, total.modules = total.passes + 1, total.modules + #modules
  end
  local description, message = goldens.describe(raw)
  if not description then
    return skip(name, message or ("no family describes '%s'"):format(tostring(raw.model_type)))
  end
  total.described = total.described + 1
  local wrong, met = goldens.tensors_differ(description, want)
  total.met, total.exact = total.met + met, total.exact + (#wrong == 0 and 1 or 0)
  local calls, differing = "not recorded", {}
  if modules then
    local list, equal = goldens.modules_differ(description, modules)
    total.equal, differing = total.equal + equal, list
    calls = ("%d/%d%s"):format(equal, #modules, #list == 0 and "" or " differ")
  end
  print(("%-58s %-20s %7d/%-7d %-7s %s"):format(name, raw.model_type, met, #want,
    #wrong == 0 and "exact" or "differ", calls))
  print_some(wrong, shown)
  print_some(differing, shown)
end

local function share(part, whole)
  return ("%d of %d (%.2f %%)"):format(part, whole, whole > 0 and 100 * part / whole or 0)
end

local wanted, shown, all = options(arg)
print(("%-58s %-20s %-23s %s"):format("model", "type", "tensors", "modules"))
for _, summary in ipairs(goldens.summary()) do
  local name = summary.name
  local raw = goldens.config(name)
  local known = type(raw) == "table"
  if all or wanted[name] or known and wanted[raw.model_type] then
    if summary.error then skip(name, summary.error)
    elseif not known then skip(name, "its configuration is not at hand")
    else measure(name, raw, shown) end
  end
end
if #skipped > 0 then print("\nskipped:") end
for _, text in ipairs(skipped) do print("  " .. text) end
print(("\nmodels with a family     %s"):format(share(total.described, total.models)))
print(("tensor lists exact       %s"):format(share(total.exact, total.lists)))
print(("tensors equal            %s"):format(share(total.met, total.tensors)))
print(("modules equal            %s in %d passes"):format(share(total.equal, total.modules),
  total.passes))
