--- Path classes: which values of a feature take one path through an engine, and that the classes
--- and the verdicts of pairs say the same.

local features = require "modelsig.model.features"
local folder = require "tests.spec.model_folder"
local native = require "modelsig.native.json"
local kernel = require "modelsig.compare.kernel"
local modelsig = require "modelsig"
local grades = require("modelsig.rules.named").get("kernel", "policies").grades
local rules = require "modelsig.model.feature_rules"
local shared = require "tests.spec.shared"

local places = { "zoo/configs", "zoo/configs_derived", "golden/transformers/configs" }

local function open_all()
  local models = {}
  for _, place in ipairs(places) do
    for _, name in ipairs(shared.list(place)) do
      local path = folder.new()
      folder.write(path .. "/config.json", shared.read(place .. "/" .. name))
      local model = assert(modelsig.open { path, fast = true })
      model.label = place .. "/" .. name:gsub("%.json$", "")
      models[#models + 1] = model
    end
  end
  return models
end

--- One model for each set of paths, and the others beside the one they are like.
local function by_paths(models)
  local first, out, like = {}, {}, {}
  for _, model in ipairs(models) do
    local texts = {}
    for i, scope in ipairs(rules.scopes) do texts[i] = model.digests.paths[scope] end
    local text = table.concat(texts)
    if first[text] then like[#like + 1] = { first[text], model }
    else out[#out + 1] = model end
    first[text] = first[text] or model
  end
  return out, like
end

local function verdicts(a, b)
  local differences, unknown = features.differences(a, b)
  return kernel.evaluate(differences, unknown, grades), differences
end

--- Prints how many values and classes each feature has, and with MODELSIG_PATHS=1 all of them.
local function print_classes(models)
  local all = os.getenv "MODELSIG_PATHS" == "1"
  local total, classes = 0, 0
  for _, entry in ipairs(rules.all()) do
    local values, texts, n, m = {}, {}, 0, 0
    for _, model in ipairs(models) do
      local value = model.features[entry.rule.id].value
      local text = native.canonical(value)
      if value ~= "unknown" and not values[text] then
        values[text], n = true, n + 1
        local path = entry.rule.path and entry.rule.path(value) or text
        if not texts[path] then m = m + 1 end
        texts[path] = (texts[path] or "") .. "\n      " .. text
      end
    end
    total, classes = total + n, classes + m
    if all then print(("%s: %d values, %d classes"):format(entry.rule.id, n, m)) end
    for path, list in pairs(all and texts or {}) do print("  " .. path .. list) end
  end
  print(("\n%d values of %d features are %d classes"):format(total, #rules.all(), classes))
end

describe("the paths of features", function()
  local models
  setup(function() models = shared.available() and open_all() end)
  teardown(folder.clean)

  it("are equal in a scope exactly where the verdict of the pair is FULL", function()
    if not models then return pending(shared.left_out("models", 625)) end
    assert.is_true(#models >= 600)
    print_classes(models)
    local few, like = by_paths(models)
    local problems, pairs_, full = {}, 0, 0
    local function judge(a, b)
      local result, differences = verdicts(a, b)
      pairs_ = pairs_ + 1
      for _, scope in ipairs(rules.scopes) do
        local equal = a.digests.paths[scope] == b.digests.paths[scope]
        local is_full = result.scopes[scope] == "FULL_SUBSTITUTE"
        full = full + (is_full and 1 or 0)
        if equal ~= is_full and #problems < 10 then
          local names = {}
          for n, d in ipairs(differences) do names[n] = d.feature .. "=" .. d.grade end
          problems[#problems + 1] = ("%s: %s | %s: paths %s, %s (%s)"):format(scope, a.label,
            b.label, equal, result.scopes[scope], table.concat(names, " "))
        end
      end
    end
    for i = 1, #few do
      for j = i + 1, #few do judge(few[i], few[j]) end
    end
    for _, pair in ipairs(like) do judge(pair[1], pair[2]) end
    print(("%d sets of paths, %d pairs, FULL in %d of %d scopes"):format(#few, pairs_, full,
      pairs_ * #rules.scopes))
    assert.same({}, problems)
  end)

  it("are known in nearly all pairs of default configurations that families describe", function()
    if not models then return pending(shared.left_out("models", 625)) end
    local described, pairs_, open = {}, 0, 0
    for _, model in ipairs(models) do
      if model.family and model.label:find "default" then described[#described + 1] = model end
    end
    for i = 1, #described do
      for j = i + 1, #described do
        local _, unknown = features.differences(described[i], described[j])
        pairs_, open = pairs_ + 1, open + (#unknown > 0 and 1 or 0)
      end
    end
    print(("\n%d of %d pairs have a feature that could not be told"):format(open, pairs_))
    assert.is_true(open <= pairs_ // 10)
  end)

  it("give the same grade in either order", function()
    if not models then return pending(shared.left_out("models", 625)) end
    for _, entry in ipairs(rules.all()) do
      local id, values, seen = entry.rule.id, {}, {}
      for _, model in ipairs(models) do
        local value = model.features[id].value
        local text = native.canonical(value)
        if value ~= "unknown" and not seen[text] then values[#values + 1] = value end
        seen[text] = true
      end
      for _, member in ipairs { "same", "grade" } do
        local say = entry.rule[member]
        for i = 1, type(say) == "function" and #values or 0 do
          for j = 1, i - 1 do
            local path = entry.rule.path or native.canonical
            if (path(values[i]) == path(values[j])) == (member == "same") then
              assert.equal(say(values[i], values[j]), say(values[j], values[i]), id)
            end
          end
        end
      end
    end
  end)

  it("are equal in all scopes for equal models", function()
    if not models then return pending(shared.left_out("models", 625)) end
    for i = 1, #models, 25 do
      local again = modelsig.open { models[i].typed:gsub("^local:", ""), fast = true }
      assert.same(models[i].digests, again.digests)
    end
  end)
end)
