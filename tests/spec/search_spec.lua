local search = require "modelsig.model.name_search"

local names = { "model.embed_tokens.weight", "model.layers.N.mlp.experts.N.up_proj.weight",
  "model.layers.N.input_layernorm.weight", "mtp.N.eh_proj.weight", "a-b.c", "lm_head.weight" }
local entries = {}
for i, name in ipairs(names) do entries[i] = { key = name } end

describe("a search over many names", function()
  it("finds what a look at each name finds", function()
    local found = 0
    for _, pattern in ipairs { "embed_tokens%.weight$", "^mtp%.", "^lm_head%.weight$", "^head",
      "[%._]up_proj%.weight$", "[%._]down_proj%.weight$", "[qk]_norm", "layer[sn]", "%.N%.ln_%w+",
      "%.N%.[%w_]*norm%.weight$", "experts?%.", "expert%.", "a%-b", "a.b", "a-b", "^.$", "",
      "weight", "weight$", "proj.weight$", "shared_experts?%.", "(mlp)", "mlp%.experts", "%.%d" } do
      local wanted = false
      for _, name in ipairs(names) do wanted = wanted or name:find(pattern) ~= nil end
      for _ = 1, 2 do assert.equal(wanted, search.new(entries):any(pattern), pattern) end
      found = found + (wanted and 1 or 0)
    end
    assert.is_true(found > 10)
  end)

  it("finds nothing among no names", function()
    assert.is_false(search.new({}):any "weight")
    assert.is_true(search.new({}):any "")
  end)
end)
