--- The class defaults that are shipped against transformers' constructors, where the material
--- beside the checkout has them.

local config = require "modelsig.model.config"
local defaults = require "modelsig.model.defaults"
local families = require "modelsig.family.families"
local json = require "modelsig.native.json"
local registry = require "modelsig.family.registry"
local shared = require "tests.spec.shared"

--- Sizes, numbers and lists that a family states for absent keys, by the names in its files.
local function stated(model_type)
  local family = registry.family_of(model_type) or {}
  local out, aliases = {}, family.aliases or {}
  for key, entry in pairs(family.keys or {}) do
    if type(entry) == "table" then out[key] = entry[2] end
  end
  for key, value in pairs(family.defaults or {}) do
    local called = aliases[key]
    out[type(called) == "table" and called[1] or called or key] = value
  end
  return out
end

describe("class defaults", function()
  it("are those of the constructors", function()
    if not shared.available() then return pending(shared.left_out("model types", 200)) end
    local labels = assert(json.decode(shared.read "labels/transformers_config_defaults.json"))
    local rows, equal, differ = 0, 0, {}
    for name, label in pairs(labels.model_types) do
      local row, found = defaults.row(name)
      if row and found == name then
        rows = rows + 1
        for key, value in pairs(label.defaults) do
          local mine = row[key]
          if type(value) == "number" and type(mine) == "number" then
            if math.abs(value - mine) <= 1e-9 * math.abs(value) then equal = equal + 1
            else differ[#differ + 1] = ("%s.%s: %s, not %s"):format(name, key, value, mine) end
          end
        end
      end
    end
    table.sort(differ)
    print(("\n%d model types, %d values equal, %d differ"):format(rows, equal, #differ))
    assert.is_true(rows > 100)
    assert.same({}, differ)
  end)

  it("of families are those of configurations that nobody changed", function()
    if not shared.available() then return pending(shared.left_out("configurations", 400)) end
    local equal = 0
    for _, name in ipairs(shared.list "golden/transformers/configs") do
      local raw = assert(json.decode(shared.read("golden/transformers/configs/" .. name)))
      for key, mine in pairs(name:find "^default%-%-" and stated(raw.model_type) or {}) do
        local value = raw[key]
        if type(mine) == type(value) and (type(mine) == "number" or type(mine) == "table") then
          assert.is_true(value == mine or json.encode(value) == json.encode(mine),
            ("%s: %s is %s, not %s"):format(name, key, json.encode(value), json.encode(mine)))
          equal = equal + 1
        end
      end
    end
    print(("\n%d values of families equal"):format(equal))
    assert.is_true(equal > 250)
  end)

  -- A model may want other parts than their own constructors make: some configuration agrees.
  it("of families are those of some part, where models have them as parts alone", function()
    if not shared.available() then return pending(shared.left_out("configurations", 400)) end
    -- ColPali writes a size there that is its own.
    local agrees = { ["siglip_vision_model.projection_dim"] = true }
    local function visit(raw)
      local called = type(raw.model_type) == "string" and raw.model_type
      for key, mine in pairs(called and stated(called) or {}) do
        local value, name = raw[key], called .. "." .. key
        if type(mine) == type(value) and (type(mine) == "number" or type(mine) == "table") then
          agrees[name] = agrees[name] or value == mine or json.encode(value) == json.encode(mine)
        end
      end
      for _, value in pairs(raw) do
        if type(value) == "table" then visit(value) end
      end
    end
    for _, name in ipairs(shared.list "golden/transformers/configs") do
      if name:find "^default%-%-" then
        visit(assert(json.decode(shared.read("golden/transformers/configs/" .. name))))
      end
    end
    local other = {}
    for name, does in pairs(agrees) do if not does then other[#other + 1] = name end end
    table.sort(other)
    assert.same({}, other)
  end)

  --- Facts that a file without them shares with no class, and those that no row can say.
  local left_out = {
    dtype = true, output_router_logits = true, is_decoder = true, mamba_ssm_dtype = true,
    num_nextn_predict_layers = true, -- files of such classes come with further layers and without
  }
  local unsaid = {
    ["afmoe.scale_embedding"] = true, ["opt.word_embed_proj_dim"] = true,
    ["roformer.embedding_size"] = true, ["nemotron_h.num_hidden_layers"] = true,
    ["dbrx.clip_qkv"] = true, ["dots1.num_experts"] = true, -- given so that a model can be built
    ["dots1.num_experts_per_tok"] = true, ["dots1.num_shared_experts"] = true,
  }
  local kinds = { size = true, count = true, flag = true, number = true, choice = true }

  local function read(raw)
    return assert(config.normalise(raw, { family = families.choose(raw) })).values
  end

  --- What a file of all keys says otherwise than one of none.
  local function otherwise(raw, vocabulary)
    local all = read(raw)
    local none = read { model_type = raw.model_type, architectures = raw.architectures }
    local out = {}
    for key, entry in pairs(vocabulary.keys) do
      local a, b = all[key], none[key]
      local name = raw.model_type .. "." .. key
      if kinds[entry[1]] and not left_out[key] and not unsaid[name] and type(a) ~= "table"
        and a ~= b and not ((a == nil or a == json.null) and (b == nil or b == json.null)) then
        out[#out + 1] = ("%s: %s, not %s"):format(name, a, b)
      end
    end
    return out
  end

  it("are all that a class assumes", function()
    if not shared.available() then return pending(shared.left_out("default configs", 200)) end
    local vocabulary = require("modelsig.rules.named").get("vocabulary", "config")
    local count, differ = 0, {}
    for _, name in ipairs(shared.list "golden/transformers/configs") do
      local raw = assert(json.decode(shared.read("golden/transformers/configs/" .. name)))
      local chosen = families.choose(raw)
      if chosen and not chosen.parts then
        count = count + 1
        table.move(otherwise(raw, vocabulary), 1, 1e3, #differ + 1, differ)
      end
    end
    table.sort(differ)
    print(("\n%d types"):format(count))
    assert.same({}, differ)
  end)
end)
