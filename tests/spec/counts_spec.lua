--- Sizes that are missing, of the wrong kind or too large: what is counted with them is unknown, or
--- what the defaults of the class come to.

local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local shared = require "tests.spec.shared"
local vocabulary = require("modelsig.rules.named").get("vocabulary", "config").keys

local null = json.null

--- Spellings of sizes and counts.
local sizes = {}
for name, entry in pairs(vocabulary) do
  if entry[1] == "size" or entry[1] == "count" then
    sizes[name] = true
    for i = 2, #entry do sizes[entry[i]] = true end
  end
end

local path
local function counts(raw)
  folder.write(path .. "/config.json", json.encode(raw))
  local model = modelsig.open { path, fast = true }
  if not model then return {} end
  local out = { total = model.parameters and model.parameters.total,
    active = model.parameters and model.parameters.active, bytes = model.bytes }
  for _, entry in ipairs(model.cache or {}) do
    for _, key in ipairs { "bytes_per_token", "bytes_per_sequence" } do
      if out[key] ~= false then
        out[key] = entry[key] and (out[key] or 0) + entry[key] or out[key]
      end
    end
  end
  return out, model
end

--- Sizes for which null says what they are derived from, or that there is none.
local nullable = {}
for _, key in ipairs(require("modelsig.rules.named").get("vocabulary", "config").nullable) do
  nullable[key] = true
  for i = 2, #vocabulary[key] do nullable[vocabulary[key][i]] = true end
end

--- Is every count unknown, or the other's?
local function unknown_or(mine, other)
  for key, value in pairs(mine) do
    if value ~= other[key] then return false, key, value, other[key] end
  end
  return true
end

--- Every so many classes are tried; MODELSIG_EVERY=1 tries them all.
local EVERY = tonumber(os.getenv "MODELSIG_EVERY") or 4

--- One configuration of each class that a family describes.
local function classes()
  local out, seen, found = {}, {}, 0
  for _, place in ipairs { "zoo/configs", "zoo/configs_derived", "golden/transformers/configs" } do
    for _, name in ipairs(shared.list(place)) do
      local raw = json.decode(shared.read(place .. "/" .. name))
      local class = raw and raw.architectures and raw.architectures[1] or name
      local id = tostring(raw and raw.model_type) .. class
      if raw and not seen[id] then
        local plain, model = counts(raw)
        if plain.total and model.family then
          seen[id], found = true, found + 1
          if found % EVERY == 0 then
            out[#out + 1] = { name = name, raw = raw, counts = plain }
          end
        end
      end
    end
  end
  return out
end

--- Calls `fn(object, key)` for every size of a configuration and its parts.
local function each_size(object, fn)
  local keys = {}
  for key, value in pairs(object) do
    if type(value) == "table" and not json.is_array(value) then each_size(value, fn)
    elseif sizes[key] and math.type(value) == "integer" and value ~= 0 then
      keys[#keys + 1] = key end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do fn(object, key) end
end

describe("counts of a model", function()
  local models, defaults
  setup(function()
    path = folder.new()
    models = shared.available() and classes()
    defaults = models
      and json.decode(shared.read "labels/transformers_config_defaults.json").model_types
  end)
  teardown(folder.clean)

  --- The counts with a value in place of a size.
  local function with(model, object, key, value)
    local kept = object[key]
    object[key] = value
    local found = counts(model.raw)
    object[key] = kept
    return found
  end

  it("are unknown, or by the class's default, for a size that is none", function()
    if not models then return pending(shared.left_out("configurations", 600)) end
    local problems, tried = {}, 0
    for _, model in ipairs(models) do
      each_size(model.raw, function(object, key)
        local row = defaults[object.model_type or model.raw.model_type]
        local expected = with(model, object, key, row and row.defaults[key])
        for _, odd in ipairs { "deleted", null, tostring(object[key]), -object[key],
          object[key] + 0.5, 1 << 40 } do
          local value = odd
          if odd == "deleted" then value = nil end
          local found = with(model, object, key, value)
          tried = tried + 1
          local ok, what, mine, other = unknown_or(found, expected)
          ok = ok or unknown_or(found, with(model, object, key, nil))
            or odd == null and nullable[key]
          if not ok and #problems < 20 then
            problems[#problems + 1] = ("%s: %s = %s: %s is %s, by default %s"):format(model.name,
              key, tostring(odd), what, tostring(mine), tostring(other))
          end
        end
      end)
    end
    print(("\n%d changes to %d configurations"):format(tried, #models))
    assert.same({}, problems)
  end)

  it("never wrap round, however large the sizes are", function()
    if not models then return pending(shared.left_out("configurations", 600)) end
    local problems = {}
    for _, model in ipairs(models) do
      local kept, n = {}, 0
      each_size(model.raw, function(object, key)
        kept[#kept + 1] = { object, key, object[key] }
        if not key:find "layer" and not key:find "depth" and not key:find "expert" then
          object[key], n = 1 << 31, n + 1
        end
      end)
      for key, value in pairs(counts(model.raw)) do
        -- heads of hidden_size // num_attention_heads become smaller, and caches with them
        local least = key:find "_per_" and 1 or model.counts[key] or 0
        if math.type(value) == "integer" and value < least then
          problems[#problems + 1] = ("%s: %s is %d"):format(model.name, key, value)
        end
      end
      for _, k in ipairs(kept) do k[1][k[2]] = k[3] end
    end
    assert.same({}, problems)
  end)
end)
