require "tests.spec.helper"
local layout = require "modelsig.base.layout"
local report = require "modelsig.report.report"
local stub = require "tests.spec.report_stub"

local function text(options, ...)
  return assert(report.format(stub.report(...), "table", options))
end

local function widest(made)
  local width = 0
  for line in made:gmatch "[^\n]+" do width = math.max(width, layout.width(line)) end
  return width
end

describe("the table", function()
  it("has every row, value and section", function()
    local made = text { columns = 100 }
    for _, row in ipairs { "type", "hidden_size", "num_hidden_layers", "num_attention_heads",
      "intermediate_size", "head_dim", "is_moe", "ffn_expansion", "gqa_ratio", "kv_cache_pattern",
      "op_types", "layer_types", "abstract_keys", "source" } do
      assert.matches("\n  " .. row .. " ", made)
    end
    for _, value in ipairs { "4096", "5120", "32 %(kv: 8%)", "%[batch, 8, seq_len, 128%]", "8.19 B",
      "FULL_SUBSTITUTE", "ISOMORPHIC", "100.0%%", "P1 P2 %-%-",
      "kernel verdict: PARTIAL_SUBSTITUTE", "gqa +4 +8 +path +attention, cache +another template",
      "RECOMMENDED", "0.985 %(HIGH%)", "L4 canary", "Focus: loading, shapes",
      "could not be told: mask", "the rope layout" } do
      assert.matches(value, made)
    end
  end)

  it("shows a model that could not be read in its place", function()
    local made = text { columns = 120 }
    assert.matches("error +notfound: no such folder", made)
    assert.matches("small | broken +error", made)
    assert.matches("! broken could not be read", made)
  end)

  it("calls unknown what nobody knows", function()
    local made = stub.report()
    local small = made.document.models.small
    small.family, small.parameters, small.bytes = nil, nil, nil
    small.op_types, small.layer_types, small.static_weight_signature = {}, {}, {}
    local shown = assert(report.format(made, "table", { columns = 200 }))
    for _, row in ipairs { "family", "parameters", "bytes", "op_types", "layer_types",
      "abstract_keys" } do
      assert.matches("\n  " .. row .. " +unknown", shown)
    end
  end)

  it("counts the names of tensors", function()
    local made = stub.report()
    made.document.models.small.static_weight_signature = { a = {}, b = {}, c = {} }
    assert.matches("\n  abstract_keys +3 ", assert(report.format(made, "table", { columns = 200 })))
  end)

  it("is never wider than the terminal", function()
    for _, columns in ipairs { 60, 80, 100, 132, 200 } do
      assert.is_true(widest(text { columns = columns }) <= columns, tostring(columns))
      local long = text({ columns = columns }, "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4",
        "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16")
      assert.is_true(widest(long) <= columns, tostring(columns))
    end
  end)

  it("puts models side by side where there is room, and below each other where not", function()
    assert.matches("\n +small +large +broken\n", text { columns = 120 })
    assert.matches("\n +small +large\n", text { columns = 80 })
    assert.matches("\n +small\n", text { columns = 50 })
  end)

  it("has no trailing blanks and no escape sequences without colour", function()
    local made = text { columns = 80 }
    assert.is_nil(made:find "[ \t]\n")
    assert.is_nil(made:find "\27")
  end)

  it("says the same in colour", function()
    local plain, coloured = text { columns = 80 }, text { columns = 80, colour = true }
    assert.matches("\27%[32mFULL_SUBSTITUTE\27%[0m", coloured)
    assert.equal(plain, (coloured:gsub("\27%[%d+m", "")))
  end)

  it("prints only ASCII on a terminal without UTF-8", function()
    assert.is_nil(text({ columns = 80, utf8 = false }, "modèle"):find "[\x80-\xff]")
  end)

  it("makes control characters of names visible", function()
    local made = text({ columns = 80, colour = false }, "a\27]0;x\7b", "c\nd", "e\u{202e}f")
    assert.is_nil(made:find "[\27\7]")
    assert.matches("a\\x1b%]0;x\\x07b", made)
    assert.matches("c\\nd", made)
    assert.matches("e\\u{202e}f", made)
  end)

  it("shows findings, repeated ones once, the first five", function()
    local made = stub.report()
    for i = 1, 9 do
      made.document.models.small.findings[i] = { code = "odd",
        message = "odd thing " .. (i < 3 and 1 or i) }
    end
    local shown = assert(report.format(made, "table", { columns = 200 }))
    assert.matches("odd thing 1 %(2 times%); odd thing 3;", (shown:gsub("%s+", " ")))
    assert.matches("and 3 more", (shown:gsub("%s+", " ")))
  end)
end)
