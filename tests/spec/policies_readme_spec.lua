--- rules/policies/README.md is complete, and its example does what it says.

local compare = require "modelsig.policy.judge"
local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local policy = require "modelsig.policy.policies"

local here = debug.getinfo(1, "S").source:match "^@(.*)/tests/spec/[^/]*$" or "."
local file = assert(io.open(here .. "/rules/policies/README.md"))
local text = file:read "a"
file:close()

describe("the README of policies", function()
  teardown(folder.clean)

  local full = assert(modelsig.open(folder.model(folder.llama, folder.llama_tensors())))
  local short = assert(modelsig.open(folder.model(folder.llama:gsub('"llama"', '"mistral"')
    :gsub("Llama", "Mistral"):gsub('"rms', '"sliding_window": 4, "rms'), folder.llama_tensors())))

  it("names every key of a policy", function()
    for key in pairs(policy.fields) do assert.truthy(text:find("`" .. key .. "`", 1, true), key) end
  end)

  it("names what is in the comparison and in the context, and nothing else", function()
    local fields = {}
    for name in text:match("`comparison` holds.-Every key"):gmatch "`([a-z_.]+)`" do
      if name ~= "comparison" then fields[#fields + 1] = name end
    end
    local checked = 0
    compare.pair(full, short, { decide = function(c, context)
      for _, name in ipairs(fields) do
        local value = c
        for part in name:gmatch "[^.]+" do value = value ~= nil and value[part] end
        if name ~= "mathematics.text" then
          assert(value ~= nil, name)
          checked = checked + 1
        end
      end
      for key in pairs(context) do assert(text:find(key, 1, true), key) end
      return context.base()
    end })
    assert.is_true(checked >= 20)
  end)

  it("has an example that turns a verdict", function()
    local path = folder.new() .. "/same-window.lua"
    folder.write(path, text:match "```lua\n(.-)```")
    assert.equal("FULL_SUBSTITUTE", modelsig.compare(full, short).substitution_verdict)
    local pair = modelsig.compare(full, short, { policy = path })
    assert.equal("NO_SUBSTITUTE", pair.substitution_verdict, tostring(pair.error
      and pair.error ~= json.null and pair.error.message))
    assert.matches("attention reaches none in one and kind sliding, size 4 in the other",
      table.concat(pair.reasons, "\n"))
  end)
end)
