require "tests.spec.helper"
local report = require "modelsig.report.report"
local stub = require "tests.spec.report_stub"

local function text(...)
  return assert(report.format(stub.report(...), "markdown"))
end

describe("the markdown report", function()
  it("has models, pairs, details and plan", function()
    local made = text()
    for _, part in ipairs { "# modelsig report\n", "## Models\n", "| hidden_size | 4096 | 5120 |",
      "## Pairs\n", "**FULL_SUBSTITUTE**", "### Details of `small|large`",
      "| `gqa` | 4 | 8 | path | attention, cache | another template |", "**RECOMMENDED**",
      "> Test on the small one.", "## Multi-fidelity test plan", "**`small`**: the smallest" } do
      assert.is_truthy(made:find(part, 1, true), part)
    end
  end)

  it("has as many cells in every row of a table as in its head", function()
    local made = text("a|b", "c`d", "e\\f")
    local head
    for line in made:gmatch "[^\n]*" do
      local _, bars = line:gsub("\\|", ""):gsub("|", "")
      if line:sub(1, 1) ~= "|" then
        head = nil
      elseif not head then
        head = bars
      else
        assert.equal(head, bars, line)
      end
    end
  end)

  it("leaves a blank line before every heading and table", function()
    local before = ""
    for line in text():gmatch "([^\n]*)\n" do
      if line:find "^#" or line:find "^|" and not before:find "^|" then
        assert.equal("", before, line)
      end
      before = line
    end
  end)

  it("lets no name become markup", function()
    local made = text("<script>", "[x](http://h)", "*b*")
    assert.is_nil(made:gsub("`[^`]*`", ""):find "[^\\]<script>")
    assert.is_nil(made:gsub("`[^`]*`", ""):find "%]%(http")
    assert.matches("``` ?a``b ?```", text "a``b")
  end)

  it("shows a model that could not be read in its place", function()
    local made = text()
    assert.is_truthy(made:find("notfound: no such folder", 1, true))
    assert.is_truthy(made:find("| `small\\|broken` | **error** |", 1, true))
  end)
end)
