--- All published configurations at hand, opened and compared with each other: what no family
--- describes is unknown, nothing contradicts itself, and the order of two models does not matter.

local folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"
local same = require("modelsig.base.lists").same
local shared = require "tests.spec.shared"

local function open_all()
  local models = {}
  for _, place in ipairs { "zoo/configs", "zoo/configs_derived" } do
    for _, name in ipairs(shared.list(place)) do
      local path = folder.new()
      folder.write(path .. "/config.json", shared.read(place .. "/" .. name))
      models[#models + 1] = assert(modelsig.open { path, fast = true })
      models[#models].label = place:match "[^/]+$" .. "/" .. name:gsub("%.json$", "")
    end
  end
  return models
end

--- Members of the pair that name a side, and what the other order calls them.
local sides = { a_covers_b = "b_covers_a", b_covers_a = "a_covers_b", only_in_a = "only_in_b",
  only_in_b = "only_in_a" }
--- Sentences and lists that follow the order of the models, or the names of the first.
local ordered = { reasons = true, unknown = true, scaling_analysis = true,
  missing_highlevel_ops = true, non_uniform_shape_keys = true, kernel = true }

local function swap_differs(pair, swapped)
  for key, value in pairs(pair) do
    if not ordered[key] and not same(value, swapped[sides[key] or key]) then return key end
  end
  if #pair.reasons ~= #swapped.reasons then return "reasons" end
  if not same(pair.kernel.scopes, swapped.kernel.scopes) then return "kernel.scopes" end
  if pair.kernel.verdict ~= swapped.kernel.verdict then return "kernel.verdict" end
  for i, d in ipairs(pair.kernel.differences) do
    local e = swapped.kernel.differences[i]
    if not (e and e.feature == d.feature and e.grade == d.grade and same(d.a, e.b)
      and same(d.b, e.a) and d.why == e.why) then return "kernel." .. d.feature end
  end
  for size, row in pairs(pair.scaling_analysis) do
    local other = swapped.scaling_analysis[size]
    if not (other and row.a == other.b and row.b == other.a) then return size end
  end
end

local levels = { FULL_SUBSTITUTE = "RECOMMENDED", PARTIAL_SUBSTITUTE = "PARTIAL",
  NO_SUBSTITUTE = "NOT_RECOMMENDED" }

local function contradiction(pair)
  local verdict = pair.substitution_verdict
  if pair.test_strategy.level ~= levels[verdict] then return "level" end
  if pair.can_substitute ~= (verdict == "FULL_SUBSTITUTE") then return "can_substitute" end
  if verdict == "FULL_SUBSTITUTE" then
    if pair.isomorphism ~= "ISOMORPHIC" then return "isomorphism" end
    if #pair.unknown > 0 then return "unknown" end
  end
  local phases = pair.phase1_normalized_match and pair.phase2_substructure_match
  if phases == (pair.isomorphism == "DIFFERENT_ARCH") then return "phases" end
  if pair.smaller == pair.larger then return "sizes" end
end

describe("the published configurations", function()
  local models
  setup(function() models = shared.available() and open_all() end)
  teardown(folder.clean)

  it("are described by a family, or unknown where only a family knows", function()
    if not models then return pending(shared.left_out("configs", 203)) end
    assert.equal(203, #models)
    local without, parts = 0, 0
    for _, fp in ipairs(models) do
      if fp.family then
        assert.truthy(fp.keys and fp.operators and fp.cache and fp.layers, fp.label)
      else
        without = without + 1
        for _, layer in ipairs { "keys", "operators", "layer_types", "layers", "parameters",
          "bytes" } do
          assert.is_nil(fp[layer], fp.label .. ": " .. layer)
        end
        local unknown = table.concat(fp:unknown(), " ")
        for _, name in ipairs { "static_weight_signature", "op_types", "layer_types",
          "layer_signatures" } do
          assert.truthy(unknown:find(name, 1, true), fp.label .. ": " .. name)
        end
        if fp.text_family then
          parts = parts + 1
          assert.is_table(fp.cache, fp.label)
        else
          assert.equal("unknown", fp.kv_pattern, fp.label)
          assert.truthy(unknown:find("kv_cache", 1, true), fp.label)
        end
      end
    end
    print(("\n%d configs with a family, %d without, of these %d with one of the language part")
      :format(#models - without, without, parts))
  end)

  it("give the same in either order, and nothing that contradicts itself", function()
    if not models then return pending(shared.left_out("pairs", 2278)) end
    local problems, count, verdicts = {}, 0, {}
    local function note(a, b, what)
      if what and #problems < 10 then
        problems[#problems + 1] = ("%s | %s: %s"):format(a.label, b.label, what)
      end
    end
    for i = 1, #models, 3 do
      for j = i + 3, #models, 3 do
        local a, b = models[i], models[j]
        local pair = modelsig.compare(a, b)
        note(a, b, swap_differs(pair, modelsig.compare(b, a)))
        note(a, b, contradiction(pair))
        count = count + 1
        verdicts[pair.substitution_verdict] = (verdicts[pair.substitution_verdict] or 0) + 1
      end
    end
    assert.same({}, problems)
    assert.equal(2278, count)
    for verdict in pairs(levels) do assert.truthy(verdicts[verdict], verdict) end
  end)

  it("are never FULL across classes of which one has no family", function()
    if not models then return pending(shared.left_out("pairs", 20000)) end
    local count = 0
    for i = 1, #models do
      for j = i % 2 + i + 1, #models, 2 do
        local a, b = models[i], models[j]
        local x, y = a.config.architectures, b.config.architectures
        local same_class = type(x) == "table" and type(y) == "table" and x[1] == y[1]
        if not (a.family and b.family) and not same_class then
          local pair = modelsig.compare(a, b)
          assert.not_equal("FULL_SUBSTITUTE", pair.substitution_verdict,
            a.label .. " | " .. b.label)
          count = count + 1
        end
      end
    end
    assert.is_true(count > 100) -- the fewer, the more families there are
  end)
end)
