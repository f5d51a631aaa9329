--- Whose rules count: places and their order, trust, switches. Through the program, in a project of
--- its own.

require "tests.spec.helper"
local json = require "modelsig.native.json"
local project = require "tests.spec.project"

local own, folder

before_each(function()
  own = project.new()
  folder = own.folder
end)

after_each(function() own:remove() end)

local function run(command, more) return own:run(command, more) end

local function rule(name, text) return own:rule(name, text) end

describe("the project's folder", function()
  local untrusted = { MODELSIG_TRUST_PROJECT = "" }

  before_each(function()
    rule("policies/ours.lua", "return { extends = 'structure', decide = function() return 'NO', "
      .. "{ 'ours' } end }")
  end)

  local function verdict(options, more, command)
    local out, exit, errors = run(("%s modelsig plain mine --policy ours %s"):format(command or "",
      options or ""), more)
    local document = json.decode(out)
    return document and document.coverage_matrix["plain|mine"].substitution_verdict, exit, errors
  end

  it("is left out with one line that names it, until it is trusted", function()
    local found, exit, errors = verdict("", untrusted)
    assert.is_nil(found)
    assert.equal(1, exit)
    local lines = select(2, errors:gsub("[^\n]*was left out[^\n]*\n", ""))
    assert.equal(1, lines)
    assert.matches(folder.path .. "/project/.modelsig was left out", errors, 1, true)
    assert.matches("modelsig trust", errors, 1, true)
  end)

  it("counts after modelsig trust, until a file of it changes", function()
    local out, exit = run("modelsig trust", untrusted)
    assert.equal(0, exit)
    assert.matches("trusted: .*/project/%.modelsig", out)
    assert.equal("NO_SUBSTITUTE", (verdict("", untrusted)))
    out = run("modelsig trust list", untrusted)
    assert.equal(folder.path .. "/project/.modelsig", out)
    for _, change in ipairs { "echo >>.modelsig/policies/ours.lua", "touch .modelsig/new.lua",
      "mv .modelsig/policies/ours.lua .modelsig/policies/other.lua",
      "mkdir -p .modelsig/lua && echo 'return 1' >.modelsig/lua/x.lua" } do
      run(("cp -a .modelsig before && %s"):format(change))
      local found, _, errors = verdict("", untrusted)
      assert.is_nil(found, change)
      assert.matches("left out: it has changed since it was trusted: .*'modelsig trust'", errors)
      assert.matches("%(changed%)", (run("modelsig trust list", untrusted)))
      run "rm -rf .modelsig && mv before .modelsig"
      assert.equal("NO_SUBSTITUTE", (verdict("", untrusted)), change)
    end
    run("modelsig trust remove", untrusted)
    assert.is_nil((verdict("", untrusted)))
  end)

  it("counts where a switch says so, and nowhere with --no-user", function()
    assert.equal("NO_SUBSTITUTE", (verdict("--trust-project", untrusted)))
    assert.equal("NO_SUBSTITUTE", (verdict("")))
    local found, exit, errors = verdict "--no-user"
    assert.is_nil(found)
    assert.equal(1, exit)
    assert.is_nil(errors:find("left out", 1, true))
    assert.is_nil((verdict("", { MODELSIG_TRUST_PROJECT = "0" })))
    assert.is_nil((verdict("", { MODELSIG_TRUST_PROJECT = "yes" })))
  end)

  it("is the nearest above the current folder", function()
    assert.equal("", (run "cd sub && modelsig which ours | grep -v project"))
    folder:write("project/sub/.modelsig/policies/near.lua", "return {}")
    local out, exit = run "cd sub && modelsig which near"
    assert.equal(0, exit)
    assert.matches("project/sub/.modelsig/policies/near.lua", out, 1, true)
    assert.equal(1, select(2, run "cd sub && modelsig which ours"))
  end)

  it("is trusted by its real place, whatever link leads there", function()
    run("modelsig trust", untrusted)
    local out, exit = run("ln -s project ../link; cd ../link && modelsig which ours", untrusted)
    assert.equal(0, exit)
    assert.matches("policies", out)
    -- A link inside is part of what is trusted: by its contents.
    folder:write("outside.lua", "return {}")
    run("ln -s ../../../outside.lua .modelsig/policies/linked.lua; modelsig trust", untrusted)
    assert.equal(0, select(2, run("modelsig which linked", untrusted)))
    folder:write("outside.lua", "return { extends = 'kernel' }")
    assert.equal(1, select(2, run("modelsig which linked", untrusted)))
  end)

  it("that is a loop of links is no trouble", function()
    run "for i in a b c d e f; do ln -s . .modelsig/$i; done; mkfifo .modelsig/pipe"
    local _, exit, errors = run("modelsig trust", untrusted)
    assert.equal(0, exit, errors)
    assert.equal("NO_SUBSTITUTE", (verdict("", untrusted)))
  end)

  it("is looked at to its bottom, and not trusted where a file is too large for that", function()
    rule("lua/a/b/c/d/e/f/g/h/i/j/deep.lua", "return 1")
    run("modelsig trust", untrusted)
    assert.equal("NO_SUBSTITUTE", (verdict("", untrusted)))
    rule("lua/a/b/c/d/e/f/g/h/i/j/deep.lua", "return 2")
    assert.is_nil((verdict("", untrusted)))
    run "truncate -s 1G .modelsig/lua/large.lua"
    local _, exit, errors = run("modelsig trust", untrusted)
    assert.equal(1, exit)
    assert.matches("large.lua", errors, 1, true)
  end)

  it("that is a file is none", function()
    run "rm -rf .modelsig; echo >.modelsig"
    local _, exit = run("modelsig plain", untrusted)
    assert.equal(0, exit)
  end)

  it("may be trusted by name; what is not there is told", function()
    local out, exit = run("cd / && modelsig trust " .. folder.path .. "/project/.modelsig",
      untrusted)
    assert.equal(0, exit)
    assert.matches("trusted", out)
    assert.equal("NO_SUBSTITUTE", (verdict("", untrusted)))
    local _, code, errors = run("modelsig trust nowhere", untrusted)
    assert.equal(1, code)
    assert.matches("nowhere", errors)
    _, code, errors = run("cd / && modelsig trust", untrusted)
    assert.equal(1, code)
    assert.matches("no .modelsig folder", errors, 1, true)
  end)

  it("cannot be remembered without a home, which is told", function()
    local _, exit, errors = run("modelsig trust", { MODELSIG_TRUST_PROJECT = "", HOME = "",
      XDG_STATE_HOME = "" })
    assert.equal(1, exit)
    assert.matches("HOME", errors)
  end)

  it("is not trusted by a list that is broken", function()
    run("modelsig trust", untrusted)
    local odd = '{"' .. folder.path .. '/project/.modelsig": true}'
    for _, text in ipairs { "", "[", "[1]", "5", odd } do
      folder:write(".state/modelsig/trust.json", text)
      assert.is_nil((verdict("", untrusted)), text)
    end
    assert.equal(0, select(2, run("modelsig trust", untrusted)))
    assert.equal("NO_SUBSTITUTE", (verdict("", untrusted)))
  end)
end)

describe("the order of places", function()
  it("is path, --lua-dir, project, user, embedded, and which shows all", function()
    rule("policies/structure.lua", "return { extends = 'kernel' }")
    folder:write(".config/modelsig/policies/structure.lua", "return { extends = 'kernel' }")
    folder:write("tree/rules/policies/structure.lua", "return {}")
    local tree = os.getenv "MODELSIG_LUA_DIR"
    local out, exit = run("modelsig which structure --lua-dir " .. folder.path .. "/tree",
      { MODELSIG_LUA_DIR = "" })
    assert.equal(0, exit, tree)
    local places = {}
    for line in out:gmatch "[^\n]+" do
      if line:find "policies" then places[#places + 1] = line:match "^(. policies +%w+)" end
    end
    assert.same({ "* policies  tree", "  policies  project", "  policies  user",
      "  policies  embedded" }, places)
    out = run("modelsig which structure --no-user", { MODELSIG_LUA_DIR = "" })
    assert.is_nil(out:find("project", 1, true))
    assert.is_nil(out:find("user", 1, true))
  end)

  it("takes the user's folder from XDG_CONFIG_HOME, or below HOME", function()
    folder:write(".config/modelsig/policies/home.lua", "return {}")
    folder:write("elsewhere/modelsig/policies/xdg.lua", "return {}")
    assert.equal(0, select(2, run("modelsig which home", { XDG_CONFIG_HOME = "" })))
    local there = { XDG_CONFIG_HOME = folder.path .. "/elsewhere" }
    assert.equal(0, select(2, run("modelsig which xdg", there)))
    assert.equal(1, select(2, run("modelsig which home", there)))
    assert.equal(1, select(2, run("modelsig which xdg", { XDG_CONFIG_HOME = "../elsewhere" })))
  end)

  it("finds modules of the user's, the project's first", function()
    folder:write(".config/modelsig/lua/helper.lua", "return 'user'")
    assert.equal("user", (run "modelsig eval '(require [[helper]])'"))
    rule("lua/helper.lua", "return 'project'")
    assert.equal("project", (run "modelsig eval '(require [[helper]])'"))
    assert.equal("user", (run("modelsig eval '(require [[helper]])'",
      { MODELSIG_TRUST_PROJECT = "" })))
    assert.equal(1, select(2, run "modelsig --no-user eval '(require [[helper]])'"))
    -- Not the current folder, and never instead of the product's own.
    folder:write("project/stray.lua", "return 1")
    assert.equal(1, select(2, run "modelsig eval 'require [[stray]]'"))
    rule("lua/modelsig/base/version.lua", "return 'mine'")
    assert.not_equal("mine", (run "modelsig eval 'require [[modelsig]].version'"))
  end)

  it("suggests a near name", function()
    local _, exit, errors = run "modelsig which structur"
    assert.equal(1, exit)
    assert.matches("structure", errors)
  end)
end)
