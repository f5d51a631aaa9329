--- What the Hub says no with: each case is a repository, all are read in one
--- run, and each gets its own message and code.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local API = "^/api/models/"
local CONFIG = "config%.json"

--- An answer that takes the place of the usual one.
local function says(status, body, headers, more)
  local rule = { path = API, status = status, body = body, headers = headers or {} }
  for key, value in pairs(more or {}) do rule[key] = value end
  return { script = { rule } }
end

local function coded(status, code, message)
  return says(status, '{"error":"' .. message .. '"}', { ["X-Error-Code"] = code,
    ["X-Error-Message"] = message, ["Content-Type"] = "application/json" })
end

local RATE = "RateLimit"

--- Name, what `.hub.json` says, code (false: read all the same), what the message has.
local cases = {
  { "private", { private = true }, "notfound",
    "no such repository.*private.*%-%-token or HF_TOKEN" },
  { "gated", { gated = true }, "gated", "gated: ask for access at https?://[^ ]+/case/gated" },
  { "gated-all", { gated = "all" }, "gated", "ask for access" },
  { "disabled", { disabled = true }, "http", "disabled" },
  { "renamed", { renamed_to = "org/good" }, false },
  { "old-401", says(401, '{"error":"Invalid username or password."}'), "notfound",
    "no such repository" },
  { "login", says(401, "who are you?"), "auth", "wants a token.*who are you" },
  { "no-right", says(403, '{"error":"no entry"}'), "auth", "forbids.*no entry" },
  { "no-page", says(404, "<html>nothing</html>"), "notfound", "" },
  { "no-revision", coded(404, "RevisionNotFound", "Invalid rev id: main"), "notfound",
    "no revision 'main'" },
  { "bad-request", says(400, '{"error":"odd request"}'), "http", "400.*odd request" },
  { "list-of-errors", says(400, '{"error":["one","two"]}'), "http", "one" },
  { "errors-messages", says(400, '{"errors":[{"message":"in a list"}]}'), "http", "in a list" },
  { "description", says(400, '{"error":"x","error_description":"told"}'), "http", "400" },
  { "teapot", says(418, "short and stout"), "http", "418.*short and stout" },
  { "once-500", says(500, "oops", nil, { times = 1 }), false },
  { "twice-503", says(503, "busy", nil, { times = 2 }), false },
  { "once-408", says(408, "slow", nil, { times = 1 }), false },
  { "always-500", says(500, "oops"), "http", "500.*oops.*6 tries" },
  { "always-502", says(502, "<html>bad gateway</html>"), "http", "502" },
  { "always-503", says(503, "busy"), "http", "503.*busy" },
  { "always-504", says(504, ""), "timeout", "504" },
  { "rate-once", says(429, "slow down", { [RATE] = '"api";r=0;t=1' }, { times = 1 }), false },
  { "rate-long", says(429, "slow down", { [RATE] = '"api";r=0;t=299' }), "ratelimited",
    "limits requests.*api.*300 s.*%-%-timeout.*token.*raises" },
  { "rate-other", says(429, "slow down", { [RATE] = '"api";r=99794;t=200' }, { times = 1 }),
    false },
  { "rate-seconds", says(429, "slow down", { ["Retry-After"] = "1" }, { times = 1 }), false },
  { "rate-far", says(429, "slow down", { ["Retry-After"] = "250" }), "ratelimited", "250 s" },
  { "rate-date", says(429, "slow down", { ["Retry-After"] = "Wed, 21 Oct 2099 07:28:00 GMT" }),
    "ratelimited", "limits requests" },
  { "rate-odd", says(429, "slow down", { ["Retry-After"] = "soon", [RATE] = "what?" },
    { times = 1 }), false },
  { "unavailable-long", says(503, "later", { ["Retry-After"] = "3600" }), "http", "503" },
  { "control", says(400, "\27[31mred\7\27]0;title\7 \8\127", { ["X-Error-Message"] =
    "\27[31malarm" }), "http", "400" },
  { "not-utf8", says(400, "caf\\u00e9 \\u202e txet"), "http", "400" },
  { "huge", says(400, "no ", nil, { body_times = 1000000 }), "http", "400" },
  { "html", says(200, "<!DOCTYPE html><html><title>log in</title></html>",
    { ["Content-Type"] = "text/html" }), "unsupported", "HTML page" },
  { "no-json", says(200, '{"sha": nonsense}'), "malformed", "list of files" },
  { "half", says(200, '{"sha": '), "truncated", "list of files" },
  { "empty", says(200, ""), nil, "list of files" },
  { "number", says(200, "17"), "malformed", "list of files" },
  { "no-commit", says(200, '{"id":"case/no-commit","siblings":[]}'), "malformed", "commit" },
  { "odd-commit", says(200, '{"sha":"../../etc","siblings":[]}'), "malformed", "commit" },
  { "no-files", says(200, '{"sha":"' .. ("a"):rep(40) .. '","siblings":[]}'), "notfound",
    "neither" },
  { "odd-files", says(200, '{"sha":"' .. ("a"):rep(40) ..
    '","siblings":[1,null,{},{"rfilename":5},{"rfilename":"../../x"},"x"]}'), "notfound",
    "neither" },
  { "endless", says(200, '{"a":"' .. ("x"):rep(1000), nil, { body_times = 2000 }), "limit", "" },
  { "slow", { script = { { path = API, delay = 20 } } }, "timeout", "%-%-timeout" },
  { "config-html", { script = { { path = CONFIG, status = 200, body = "<html>log in</html>" } } },
    "unsupported", "config.json.*HTML page" },
  { "config-gone", { script = { { path = CONFIG, status = 404, body = "" } } }, nil,
    "config.json" },
  { "config-500", { script = { { path = CONFIG, status = 500, body = "" } } }, "http",
    "config.json" },
  { "pointer", { script = { { path = CONFIG, status = 200, body =
    "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n" } } }, "unsupported",
    "config.json.*pointer" },
  { "warned", { warnings = { "deprecated; use \27[31mother" } }, false },
}

describe("the Hub's no", function()
  local server, records, said, exit

  lazy_setup(function()
    server = hub.start()
    local ids = { "org/good", "case/missing", "org/good@nope" }
    server:add("org/good", hub.tiny())
    for _, case in ipairs(cases) do
      ids[#ids + 1] = "case/" .. case[1]
      server:add("case/" .. case[1], hub.tiny(), case[2])
    end
    local rules = { listing = "1000000" }
    for name, value in pairs(hub.quick) do rules[name] = value end
    records, said, exit = server:models(ids, { flags = "--timeout 10", rules = rules })
  end)
  lazy_teardown(function() server:stop() end)

  it("to one costs the others nothing", function()
    assert.is_nil(records["org/good"].error)
    assert.equal(2, exit)
  end)

  for _, case in ipairs(cases) do
    if case[3] == false then
      it(("%s is got over"):format(case[1]), function()
        local record = records["case/" .. case[1]]
        assert.is_nil(record.error and record.error.code .. ": " .. record.error.message)
        assert.same(records["org/good"].digests, record.digests)
      end)
    else
      it(("%s is told"):format(case[1]), function()
        local record = records["case/" .. case[1]]
        assert.is_table(record.error)
        assert.equal(case[3] or record.error.code, record.error.code)
        assert.matches(case[4], record.error.message)
        assert.is_true(#record.error.message < 700)
        assert.not_matches("[%c\x7f]", record.error.message)
      end)
    end
  end

  it("names a repository that does not exist", function()
    local problem = records["case/missing"].error
    assert.equal("notfound", problem.code)
    assert.matches("case/missing: no such repository on 127.0.0.1, or it is private",
      problem.message)
  end)

  it("names a revision that does not exist, and where to look", function()
    local problem = records["org/good@nope"].error
    assert.equal("notfound", problem.code)
    assert.matches("org/good has no revision 'nope'", problem.message)
    assert.matches("/org/good", problem.message)
  end)

  it("never reaches a terminal as it came", function()
    assert.not_matches("\27", said)
    assert.not_matches("\7", said)
  end)

  it("says the new name of a renamed repository", function()
    local found
    for _, finding in ipairs(records["case/renamed"].findings) do
      found = found or finding.message:find("org/good", 1, true)
    end
    assert.is_truthy(found)
  end)

  describe("with a token", function()
    local function problem(id, token)
      server:new_home()
      server:reset()
      local answer = server:models({ id }, { flags = "--timeout 10",
        environment = { HF_TOKEN = token }, rules = hub.quick })
      return answer[id].error or {}, server:requests { uri = "^/api" }
    end

    it("of an owner opens private and gated repositories", function()
      for _, id in ipairs { "case/private", "case/gated", "case/gated-all" } do
        local none, requests = problem(id, "hf_standin")
        assert.is_nil(none.message)
        assert.equal("Bearer hf_standin", requests[1].authorization)
      end
    end)

    it("of someone else says whose it is", function()
      local missing = problem("case/private", "hf_outsider")
      assert.equal("notfound", missing.code)
      assert.matches("token from HF_TOKEN may not see it", missing.message)
      local gated = problem("case/gated", "hf_outsider")
      assert.equal("gated", gated.code)
      assert.matches("no access yet", gated.message)
    end)

    it("without permissions says so", function()
      local scoped = problem("case/private", "hf_scoped")
      assert.equal("auth", scoped.code)
      assert.matches("lacks a permission", scoped.message)
    end)

    it("that is wrong says so, also for a public repository", function()
      local wrong = problem("org/good", "hf_wrong")
      assert.equal("auth", wrong.code)
      assert.matches("refuses the token from HF_TOKEN", wrong.message)
    end)
  end)

  it("leaves no token and no signed address anywhere", function()
    assert.same({}, server:secrets())
  end)
end)
