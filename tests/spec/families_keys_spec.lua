--- The keys of a configuration that families name in their options: a key that a class does not
--- have would be false for ever, and nobody would see it.

local declared = require "modelsig.family.declared"
local family = require "modelsig.family.families"
local described = require "tests.spec.described"
local json = require "modelsig.native.json"
local named = require "modelsig.rules.named"
local shared = require "tests.spec.shared"

--- What a class returns beside its result follows from a key that any configuration may have.
local anywhere = { output_router_logits = true }

--- Has the file the key, by whatever name, or what reads it a value for it?
local function has(c, key)
  if c[key] ~= nil or c.raw[key] ~= nil then return true end
  local names = named.get("vocabulary", "config").keys[key] or {}
  for i = 2, #names do
    if c.raw[names[i]] ~= nil then return true end
  end
  local own = c.family.aliases[key]
  for _, name in ipairs(type(own) == "table" and own or { own }) do
    if c.raw[name] ~= nil then return true end
  end
  return false
end

--- The options that name a key which the configuration of a class does not have.
local function nameless(raw)
  local resolve, found = declared.resolve, {}
  finally(function() declared.resolve = resolve end)
  function declared.resolve(options, specs, c, kind)
    for option, value in pairs(options) do
      local named_key = type(value) == "string"
        and (specs[option] == "flag" or specs[option] == "size")
      if named_key and not anywhere[value] and not has(c, value) then
        found[("%s: %s = %s"):format(raw.model_type, option, value)] = true
      end
    end
    return resolve(options, specs, c, kind)
  end
  local description = described.of(raw)
  description.records()
  declared.resolve = resolve
  return found
end

describe("keys that families name", function()
  it("are keys of their classes", function()
    if not shared.available() then return pending(shared.left_out("default configs", 340)) end
    local count, wrong = 0, {}
    for _, name in ipairs(shared.list "golden/transformers/configs") do
      local raw = assert(json.decode(shared.read("golden/transformers/configs/" .. name)))
      if family.choose(raw) then
        count = count + 1
        for text in pairs(nameless(raw)) do wrong[#wrong + 1] = text end
      end
    end
    table.sort(wrong)
    print(("\n%d default configs"):format(count))
    assert.same({}, wrong)
  end)

  it("turn all biases of StarCoder2 and of Falcon, whatever else a file says", function()
    local text = [[{"model_type": "%s", "hidden_size": 64, "num_hidden_layers": 1,
      "num_attention_heads": 4, "vocab_size": 100, %s}]]
    local function biases(model_type, keys)
      local n = 0
      for name in pairs(described.tensors(described.of(assert(json.decode(text:format(model_type,
        keys)))))) do
        if name:find "%.bias$" and not name:find "norm" and not name:find "ln_f" then n = n + 1 end
      end
      return n
    end
    assert.equal(6, biases("starcoder2", [["intermediate_size": 128]]))
    assert.equal(0, biases("starcoder2", [["use_bias": false, "mlp_bias": true]]))
    assert.equal(4, biases("falcon", [["bias": true]]))
    assert.equal(0, biases("falcon", [["attention_bias": true]]))
    assert.equal(0, biases("cohere", [["mlp_bias": true]]))
  end)
end)
