--- Numbers of rules/hub.lua at work: what is just within one is read, what is one beyond is not.

local hub = require "tests.hub.hub"
local json = require "cjson"
local model_folder = require "tests.spec.model_folder"
local net = require "modelsig.native.net"

if not net.built then return end

local API = "^/api/models/"

describe("pauses before other tries", function()
  local rules = require("modelsig.origin.hub.rules").rules()
  local pause = require("modelsig.origin.hub.request").pause

  local function all(answer)
    local out = {}
    for try = 1, 7 do out[try] = pause(rules.retry, answer, try) or "none" end
    return out
  end

  it("double, up to the longest", function()
    assert.same({ 1, 2, 4, 8, 8, "none", "none" }, all { retry = "status", status = 503 })
    assert.same({ 0.1, 0.2, 0.4, 0.8, 1.6, "none", "none" },
      all { retry = "network", error = { kind = "lost" } })
    for _, kind in ipairs { "resolve", "connect" } do
      assert.same({ 0.1, 0.2, "none", "none", "none", "none", "none" },
        all { retry = "network", error = { kind = kind } })
    end
    assert.same({ "none", "none", "none", "none", "none", "none", "none" }, all { retry = "no" })
  end)

  it("are those that a server asks for", function()
    local rate = { remaining = 0, reset = 30 }
    assert.equal(31, pause(rules.retry, { retry = "rate", status = 429, rate = rate }, 1))
    assert.equal(7, pause(rules.retry, { retry = "status", status = 503, retry_after = 7,
      rate = rate }, 1))
    rate.remaining = 1
    assert.equal(1, pause(rules.retry, { retry = "rate", status = 429, rate = rate }, 1))
  end)
end)

describe("files that come at the same time", function()
  it("need more than one connection where they are more than it carries", function()
    local streams = require("modelsig.origin.hub.rules").rules().streams
    local plan = require("modelsig.origin.hub.plan").new { fast = false, attempt = 1, group = {} }
    plan:expect_files(100, streams)
    assert.is_false(plan.spread)
    plan:expect_files(101, streams)
    assert.is_true(plan.spread)
  end)
end)

describe("the budget of a model", function()
  local ledgers = require "modelsig.origin.hub.ledger"

  it("is what all its requests may bring together", function()
    local ledger = ledgers.new(100, 0)
    assert.equal(60, ledger:reserve(60, 1000))
    assert.is_nil(ledger:reserve(41, 1000))
    local most, reserved = ledger:reserve(40, 1000)
    assert.equal(40, most)
    assert.is_nil(ledger:reserve(nil, 1)) -- all is set aside
    ledger:release(reserved)
    assert.equal(40, (ledger:reserve(nil, 1000)))
    assert.equal(39, (ledger:reserve(nil, 39)))
    ledger:receive({ bytes = 60, status = 200 }, 60, 0, 0)
    assert.is_nil(ledger:reserve(41, 1000))
    assert.equal(40, (ledger:reserve(40, 1000)))
  end)
end)

describe("the number of", function()
  local server

  lazy_setup(function() server = hub.start { faults = true } end)
  lazy_teardown(function() server:stop() end)

  --- Reads a repository where numbers of the rules are others.
  local function read(files, rules, config, options)
    local id = "org/numbers"
    server:add(id, files, type(config) == "table" and config or nil)
    if type(config) == "function" then server:put(id, {}, config()) end
    server:new_home()
    server:reset()
    options = options or {}
    options.rules = rules
    for name, value in pairs(hub.quick) do rules[name] = rules[name] or value end
    local records, said = server:models({ id }, options)
    return records[id], said
  end

  --- With the number `name` at `least` it is read, with one less it is an error that says `words`.
  local function needs(name, least, words, files, config, options)
    local good = read(files, { [name] = tostring(least) }, config, options)
    assert.is_nil(good.error and good.error.message)
    local bad = read(files, { [name] = tostring(least - 1) }, config, options)
    assert.is_table(bad.error, name)
    assert.matches(words, bad.error.message)
    return bad.error
  end

  it("files in a list", function()
    assert.equal("limit", needs("files", 2, "more than 1 files", hub.tiny()).code)
  end)

  it("pages of a list", function()
    -- The facts have no sizes, so that the list is asked for.
    needs("pages", 2, "more than 1 pages", hub.tiny(), function()
      local commit = server:ask "/api/models/org/numbers":match '"sha":"(%x+)"'
      local facts = { id = "org/numbers", sha = commit, siblings = {
        { rfilename = "config.json" }, { rfilename = "model.safetensors" } } }
      return { pages = { size = 1 }, script = { { path = "/revision/[^/]*$", status = 200,
        headers = { ["Content-Type"] = "application/json" }, body = json.encode(facts) } } }
    end)
  end)

  it("bytes of a configuration", function()
    local files = hub.tiny()
    assert.equal("limit", needs("small", #files["config.json"], "at most", files).code)
  end)

  it("bytes of an index", function()
    local files = hub.tiny(2)
    needs("index", #files["model.safetensors.index.json"], "at most", files)
  end)

  it("bytes of a header", function()
    local length = 200000 -- more than the first read
    needs("header", length, "header length 200000, at most 199999 allowed", {
      ["config.json"] = model_folder.llama,
      ["model.safetensors"] = hub.padded(length) })
  end)

  it("shards", function()
    assert.equal("limit", needs("shards", 3, "more than 2 files", hub.tiny(3)).code)
  end)

  it("redirects", function()
    needs("redirects", 1, "config.json: more than 0 redirects", hub.tiny())
  end)

  it("characters of a token", function()
    local token = { environment = { HF_TOKEN = "hf_standin" } }
    needs("token", #"hf_standin", "at most", hub.tiny(), nil, token)
  end)

  it("characters of a server's words", function()
    local words = ("w"):rep(20)
    local config = { script = { { path = API, status = 418,
      body = json.encode { error = words } } } }
    local whole = read(hub.tiny(), { said = "20" }, config)
    assert.matches(words, whole.error.message, 1, true)
    local cut = read(hub.tiny(), { said = "19" }, config)
    assert.not_matches(words, cut.error.message, 1, true)
    assert.matches(words:sub(1, 10), cut.error.message, 1, true)
  end)

  it("bytes of a list", function()
    server:add("org/numbers", hub.tiny())
    local answer = server:ask "/api/models/org/numbers/revision/main?blobs=true"
    local length = #answer:match "\r\n\r\n(.*)$"
    assert.equal("limit", needs("listing", length, "at most", hub.tiny()).code)
  end)

  it("bytes that the first request for a file asks for", function()
    local length = 20000
    local files = { ["config.json"] = model_folder.llama,
      ["model.safetensors"] = hub.padded(length) }
    for first, requests in pairs { [length + 8] = 1, [length + 7] = 2 } do
      local record = read(files, { first_read = tostring(first), one_request = "false" })
      assert.is_nil(record.error)
      assert.equal(requests, #server:requests { server = "cdn", range = "bytes" }, first)
    end
  end)

  it("tries", function()
    local config = { script = { { path = "/revision/", status = 503, times = 3, body = "" } } }
    local problem = needs("times", 3, "%(3 tries%)", hub.tiny(), config)
    assert.equal("http", problem.code)
  end)

  it("tries where nobody listens", function()
    for reach, tries in pairs { [0] = "", [1] = "%(2 tries%)", [2] = "%(3 tries%)" } do
      local record = read(hub.tiny(), { reach = tostring(reach) }, nil,
        { environment = { HF_ENDPOINT = server.places.faults_closed } })
      assert.matches(tries, record.error.message)
      assert.equal(tries == "", not record.error.message:find "tries")
    end
  end)

  it("models at a time", function()
    server:add("org/slow", hub.tiny(), { script = { { path = API, delay = 1, times = 1 } } })
    server:add("org/fast", hub.tiny())
    for models, first in pairs { [1] = "slow", [2] = "fast" } do
      server:new_home()
      server:reset()
      server:models({ "org/slow", "org/fast" }, { rules = { models = tostring(models) } })
      local facts = server:requests { uri = API .. "org/%l+/revision" }
      assert.equal(2, #facts)
      assert.matches("org/" .. first, facts[1].uri, 1, true)
    end
  end)
end)
