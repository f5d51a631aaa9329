--- What a model says about itself never reaches the terminal as a command to it.

require "tests.spec.helper"
local json = require "modelsig.native.json"
local models = require "tests.spec.model_folder"
local transcript = require "tests.spec.transcript"

--- Colour, title, C1, direction, no width, line ends, zero: as JSON has them.
local ODD = "\\u001b[31m\\u001b]0;x\\u0007\\u009b2J\\u202e\\u200b\\u2028\\n\\r\\u0000"

local folder, environment

before_each(function()
  folder = transcript.folder()
  environment = transcript.environment(folder.path)
  for i, layers in ipairs { "one", "two" } do
    local path = models.model(([[{"model_type": "llama%s", "hidden_size": 8, "hidden_act": "x%s",
      "architectures": ["Odd%sForCausalLM"], "num_hidden_layers": 1, "num_attention_heads": 2,
      "quantization_config": {"quant_method": "q%s"}}]]):format(ODD, ODD, ODD, ODD),
      { { "model.layers.0.self_attn.q_proj.weight", "BF16", { 8, 8 } },
        { "lm" .. ODD, "BF16", { 4 + i, 8 } } })
    transcript.run(("cp -r %s %s"):format(path, transcript.quote(layers)), folder.path)
  end
end)

after_each(function()
  folder:remove()
  models.clean()
end)

--- Both streams of a command line.
local function run(command)
  return (transcript.run("{ " .. command .. "; } 2>&1", folder.path, environment))
end

local commands = { "one two --output table", "one two --output markdown", "one two --output json",
  "one two --output table --policy reference --multi-fidelity", "one --strict",
  "inspect one", "explain one two", "plan one two" }

describe("on a terminal", function()
  for _, command in ipairs(commands) do
    it(command .. " shows no control characters", function()
      local text = run("modelsig " .. command)
      assert.truthy(#text > 100, text)
      assert.falsy(text:find("[^\n\x20-\x7e\x80-\xff]"), text)
      assert.falsy(text:find("\xc2[\x80-\x9f]"), text)
      assert.falsy(text:find("\xe2\x80[\x8b\xa8\xae]"), text)
    end)
  end

  it("gives names back as they were in JSON", function()
    local document = json.decode(run "modelsig one --output json")
    local name = "lm" .. json.decode('"' .. ODD .. '"')
    assert.truthy(document.models.one.static_weight_signature[name])
  end)
end)
