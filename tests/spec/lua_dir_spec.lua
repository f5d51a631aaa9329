--- Rules of --lua-dir come from outside as any others: under a budget, merged, with their lines in
--- messages. Only a copy of the product's own text is the product's.

require "tests.spec.helper"
local json = require "modelsig.native.json"
local project = require "tests.spec.project"

local own

before_each(function() own = project.new() end)
after_each(function() own:remove() end)

--- Runs the program with a folder `tree` as --lua-dir.
local function run(files, command)
  for name, text in pairs(files) do own.folder:write("tree/rules/" .. name, text) end
  return own:run(command .. " --lua-dir " .. own.folder.path .. "/tree", { MODELSIG_LUA_DIR = "" })
end

describe("--lua-dir", function()
  it("may hold a part of hub.lua", function()
    local out, exit = run({ ["hub.lua"] = "return { endpoint = 'http://127.0.0.1:1' }" },
      "modelsig o/n --offline")
    assert.equal(2, exit)
    assert.equal("offline", assert(json.decode(out)).models["o/n"].error.code)
  end)

  for name, case in pairs {
    ["an endless file"] = { "while true do end", "mine%.lua: step budget exceeded" },
    ["an endless function"] = { "return { decide = function() while true do end end }",
      "mine%.lua: step budget exceeded" },
    ["an error that is a table"] = { "return { decide = function()\n error {} end }",
      "mine%.lua:2: error object is a table value" },
    ["an error without a place"] = { "return { decide = function()\n\n error('boom', 0) end }",
      "mine%.lua:3: boom" },
    ["an error of the file that is a boolean"] = { "\nerror(true)",
      "mine%.lua:2: error object is a boolean value" },
    ["a write to what it gets"] = { "return { decide = function(c) c.isomorphism = 'X' end }",
      "mine%.lua:1: 'isomorphism' cannot be set" },
  } do
    it("fails a policy with " .. name, function()
      local _, exit, errors = run({ ["policies/mine.lua"] = case[1] },
        "modelsig plain mine --policy mine")
      assert.equal(1, exit)
      assert.matches(case[2], errors)
    end)
  end

  it("ends an endless formatter", function()
    local out, exit, errors = run({ ["formats/mine.lua"] =
      "return { format = function() while true do end end }" }, "modelsig plain --output mine")
    assert.equal(1, exit)
    assert.equal("", out)
    assert.matches("mine%.lua: step budget exceeded", errors)
  end)

  it("takes a copy of the product's own text for its own", function()
    local embedded = require "modelsig.native.embedded"
    local files = {}
    for _, name in ipairs { "policies/structure", "features/moe", "families/llama", "hub" } do
      files[name .. ".lua"] = embedded.get("rules", name .. ".lua")
    end
    local time = { SOURCE_DATE_EPOCH = "1" }
    local wanted = own:run("modelsig plain plain", time)
    own.environment.SOURCE_DATE_EPOCH = "1"
    local out, exit = run(files, "modelsig plain plain")
    assert.equal(0, exit)
    local a, b = assert(json.decode(wanted)), assert(json.decode(out))
    a.coverage_matrix["plain|plain#2"].policy = nil
    b.coverage_matrix["plain|plain#2"].policy = nil
    assert.same(a, b)
  end)

  it("may hold a format of weights: one file in readers", function()
    local reader = [[
      local manifests = require "modelsig.native.manifest"
      local M = { name = "list", title = "LIST", shown = ".list", files = { "%.list$" } }
      function M.choose(origin)
        return origin:has "all.list" and { files = { "all.list" } } or nil
      end
      function M.next_ranges() end
      function M.read(origin, weights)
        local state = { manifest = manifests.new(), findings = {}, metadata = {},
          files = weights.files }
        local source <close> = assert(origin:open "all.list")
        assert(state.manifest:add(source:read(0, source:size() - 1), "F32", { 2, 3 }, "all.list"))
        assert(state.manifest:finish())
        return state
      end
      return M]]
    own.folder:write("tree/lua/modelsig/format/readers/list.lua", reader)
    own.folder:write("project/new/config.json", '{"model_type": "unheard"}')
    own.folder:write("project/new/all.list", "a.weight\n")
    local out, exit = run({}, "modelsig new")
    assert.equal(0, exit)
    assert.equal("list", assert(json.decode(out)).models.new.format)
    out, exit = run({}, "modelsig plain")
    assert.equal(0, exit)
    assert.equal("safetensors", assert(json.decode(out)).models.plain.format)
  end)
end)
