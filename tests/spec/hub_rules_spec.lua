--- `rules/hub.lua`: each number has a range, and a file of a user's, a project's or --lua-dir's
--- changes what it names and nothing else.

require "tests.spec.helper"
local check = require "modelsig.base.check"
local embedded = require "modelsig.native.embedded"
local rules = require "modelsig.origin.hub.rules"
local transcript = require "tests.spec.transcript"

local function own() return assert(embedded.load("rules", "hub.lua", {}))() end

local function problems_of(changed)
  return check.schema(rules.declaration(own()), changed)
end

--- Each number of the file: where it is, its name there, and the whole name.
local function each_number(t, prefix, visit)
  for key, value in pairs(t) do
    if type(value) == "table" then
      each_number(value, prefix .. key .. ".", visit)
    elseif type(value) == "number" then
      visit(t, key, prefix .. key)
    end
  end
end

--- May be none.
local zero = { ["limits.redirects"] = true, ["limits.said"] = true, ["retry.times"] = true,
  ["retry.reach"] = true, ["retry.network"] = true, ["retry.status"] = true,
  ["retry.most"] = true }

--- Numbers of things, which are whole.
local function is_count(name)
  return not (name:find "^retry%.[nsm]" or name == "connect" or name == "idle"
    or name == "timeout" or name == "one_request_wait")
end

describe("a number of rules/hub.lua", function()
  it("has a range that ours are in", function()
    assert.same({}, problems_of(own()))
  end)

  it("is refused where it is none, or outside of its range", function()
    local count = 0
    each_number(own(), "", function(_, _, name)
      count = count + 1
      local bad = { -1, -0.5, 0 / 0, math.huge, -math.huge, "8", true, {}, 1e300,
        math.mininteger, math.maxinteger }
      if not zero[name] then bad[#bad + 1] = 0 end
      if is_count(name) then table.move({ 0.5, 8.5, 9.0 }, 1, 3, #bad + 1, bad) end
      for _, value in ipairs(bad) do
        local changed = own()
        each_number(changed, "", function(t, key, other)
          if other == name then t[key] = value end
        end)
        local problems = problems_of(changed)
        assert.equal(1, #problems, ("%s = %s"):format(name, tostring(value)))
        assert.equal(name, problems[1].field)
      end
    end)
    assert.is_true(count >= 22)
  end)

  it("may be at each end of its range", function()
    for name, ends in pairs { models = { 1, 1000 }, streams = { 1, 1000 },
      first_read = { 8, 100000000 }, timeout = { 0.001, 1000000 } } do
      for _, value in ipairs(ends) do
        local changed = own()
        changed[name] = value
        assert.same({}, problems_of(changed))
      end
      for _, value in ipairs { ends[1] - 0.0005, ends[2] + 1 } do
        local changed = own()
        changed[name] = math.tointeger(value) or value
        assert.equal(1, #problems_of(changed))
      end
    end
  end)
end)

describe("a hub.lua of", function()
  local folder, environment
  before_each(function()
    folder = transcript.folder()
    environment = transcript.environment(folder.path, { MODELSIG_LUA_DIR = "",
      HF_HUB_OFFLINE = "" })
  end)
  after_each(function() folder:remove() end)

  local ways = { ["a user"] = { ".config/modelsig/rules/hub.lua", "" },
    ["a project"] = { ".modelsig/rules/hub.lua", "--trust-project" },
    ["--lua-dir"] = { "mine/rules/hub.lua", "--lua-dir mine" } }

  local ask = "modelsig eval 'return require[[modelsig.native.embedded]].tree()'"
  local tree = transcript.run(ask, ".", transcript.environment(".", { MODELSIG_LUA_DIR = "" }))
  if not tree:find "nil" then ways["a user"], ways["a project"] = nil, nil end
  -- A debug build reads its tree before the user's folder.
  local one_way = ways["a user"] or ways["--lua-dir"]

  local function run(way, text, words)
    local path = folder:write(way[1], text)
    local output, exit = transcript.run(("modelsig %s %s"):format(words, way[2]), folder.path,
      environment)
    return output, exit, path
  end

  for who, way in pairs(ways) do
    it(who .. " changes what it names alone", function()
      local output, exit = run(way, 'return { endpoint = "http://127.0.0.1:1", retry = '
        .. "{ reach = 0 }, sentences = { often = ' ({tries} times)' } }", "o/n --output table")
      assert.equal(2, exit)
      assert.matches("127.0.0.1", output, 1, true)
      assert.not_matches("tries", output)
    end)

    it(who .. " with numbers that cannot be is an error with file, line and key", function()
      local output, exit, path = run(way, "-- models = 1\nreturn {\n  models = 0,\n  limits = {\n"
        .. "    redirects = -1,\n    files = 0.5 },\n  idle = 0 / 0,\n  ['connect'] = 1 / 0,\n"
        .. "  timeout = 'long', modles = 1, sentences = { ofen = '' },\n}",
        "o/a o/b --require FULL")
      assert.equal(1, exit)
      assert.not_matches("traceback", output)
      path = path:match "[^/]+/rules/hub.lua$"
      for _, message in ipairs { "3: `models`: at least 1 expected, got 0",
        "5: `limits.redirects`: at least 0 expected, got -1",
        "6: `limits.files`: integer expected, got number 0.5",
        "7: `idle`: a number expected, got NaN",
        "8: `connect`: at most 1000000 expected, got inf",
        "9: `timeout`: number expected, got string", "9: `modles`: unknown key (did you mean "
        .. "'models'?)", "9: `sentences.ofen`: unknown key (did you mean 'often'?)" } do
        -- each on a line of its own
        assert.truthy((output .. "\n"):find("[^\n]*" .. (path .. ":" .. message):gsub("%p", "%%%0")
          .. "[^\n]*\n"), message .. "\n" .. output)
        assert.not_matches("\\n", output, 1, true)
      end
    end)
  end

  it("a user lets no gate pass, whatever it says of models at a time", function()
    for _, value in ipairs { "0", "-1", "0.5", "0 / 0", "'0'" } do
      local _, exit = run(one_way, ("return { endpoint = 'http://127.0.0.1:1', "
        .. "models = %s }"):format(value), "o/a o/b --require FULL")
      assert.equal(1, exit, value)
    end
  end)

  it("a user may leave out the limit of the store, and not say nonsense", function()
    for text, expected in pairs { ["{}"] = 0, ["{ limit = 0 }"] = 0, ["{ limit = -1 }"] = 1,
      ["{ limit = 0.5 }"] = 1, ["{ limit = 0 / 0 }"] = 1, ["{ limt = 1 }"] = 1 } do
      local path = one_way[1]:gsub("hub%.lua$", "store.lua")
      local output, exit = run({ path, one_way[2] }, "return\n" .. text, "cache")
      assert.equal(expected, exit, text .. output)
      if exit == 1 then assert.matches(path .. ":2: `lim", output, 1, true) end
    end
  end)
end)
