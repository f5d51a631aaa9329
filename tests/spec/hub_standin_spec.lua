--- The stand-in Hub itself: what others' tests rely on.

local hub = require "tests.hub.hub"
local read = require("tests.spec.files").slurp

describe("the stand-in Hub", function()
  local server

  lazy_setup(function()
    server = hub.start()
    server:add("org/tiny", hub.tiny(2))
    server:add("lone", hub.tiny())
    server:add("org/moved", {}, { renamed_to = "org/tiny" })
    server:add("org/closed", hub.tiny(), { private = true })
    server:add("org/gated", hub.tiny(), { gated = true })
    server:add("org/off", hub.tiny(), { disabled = true })
    server:add("org/direct", hub.tiny(), { shape = "direct" })
    server:add("org/busy", hub.tiny(), { script = { { path = "config.json$", times = 1,
      status = 429, headers = { ["Retry-After"] = "3" }, body = "slow down" } } })
    server:add("org/pages", hub.tiny(3), { pages = { size = 2 } })
  end)
  lazy_teardown(function() server:stop() end)

  it("gives facts of a repository with one or two parts in its name", function()
    for _, id in ipairs { "org/tiny", "lone" } do
      local text = server:ask("/api/models/" .. id .. "?blobs=true")
      assert.matches("200 OK", text)
      assert.matches('"sha":"%x+"', text)
      assert.matches('"sha256":"%x+"', text)
      assert.matches('RateLimit: "api";r=%d+;t=%d+', text)
    end
  end)

  it("keeps the commit of files that did not change", function()
    local first = server:ask("/api/models/org/tiny"):match '"sha":"(%x+)"'
    assert.equal(first, server:ask("/api/models/org/tiny/revision/main"):match '"sha":"(%x+)"')
    assert.equal(first, server:ask("/api/models/org/tiny/revision/" .. first):match
      '"sha":"(%x+)"')
    assert.equal(40, #first)
  end)

  it("sends large files to the CDN with the facts on the first hop", function()
    local text = server:ask "/org/tiny/resolve/main/model-00001-of-00002.safetensors"
    assert.matches("302 ", text)
    assert.matches("Location: https://127.0.0.2:%d+/xet%-bridge%-us/[^\n]+&Signature=", text)
    assert.matches('X%-Linked%-ETag: "' .. ("%x"):rep(64) .. '"', text)
    assert.matches("X%-Linked%-Size: %d+", text)
    assert.matches("X%-Repo%-Commit: %x+", text)
  end)

  it("sends small files to the edge cache, whose query belongs to it", function()
    local text = server:ask "/org/tiny/resolve/main/config.json"
    local place = text:match "Location: (/api/resolve%-cache/[^\r\n]+)"
    assert.matches("307 ", text)
    assert.matches("X%-Repo%-Commit:", server:ask(place))
    assert.not_matches("X%-Repo%-Commit:", server:ask(place:match "^[^?]+"))
  end)

  it("answers with the body where the shape is direct", function()
    assert.matches("200 OK.-hidden_size", server:ask "/org/direct/resolve/main/config.json")
  end)

  it("gives the headers of all shards in one answer, of main only", function()
    local path = "/safetensors-metadata/model.safetensors.index.json"
    local text = server:ask("/api/models/org/tiny" .. path)
    assert.matches('"headers":{"model%-00001%-of%-00002.safetensors":{"__metadata__"', text)
    server:put("org/tiny", {}, { api_headers = false })
    assert.matches("404 ", server:ask("/api/models/org/tiny" .. path))
    server:put("org/tiny", {}, {})
  end)

  it("tells missing, private, gated, disabled and renamed repositories apart as the Hub does",
    function()
      local function status(path) return (server:ask(path):match "^HTTP/%S+ (%d+)") end
      assert.equal("401", status "/api/models/org/none")
      assert.equal("401", status "/api/models/org/closed")
      assert.equal("200", status "/api/models/org/gated")
      assert.matches("GatedRepo", server:ask "/org/gated/resolve/main/config.json")
      assert.matches("Access to this resource is disabled", server:ask "/api/models/org/off")
      assert.matches("Location: /api/models/org/tiny", server:ask "/api/models/org/moved")
      assert.matches("RevisionNotFound", server:ask "/api/models/org/tiny/revision/nope")
      assert.matches("EntryNotFound", server:ask "/org/tiny/resolve/main/nope.json")
    end)

  it("pages a tree by links", function()
    local seen, path = 0, "/api/models/org/pages/tree/main?recursive=true"
    while path do
      local text = server:ask(path)
      for _ in text:gmatch '"type":"file"' do seen = seen + 1 end
      path = text:match 'Link: <http://[^/]*(/[^>]+)>; rel="next"'
    end
    assert.equal(5, seen)
  end)

  it("answers by its script first", function()
    assert.matches("429 .-Retry%-After: 3", server:ask "/org/busy/resolve/main/config.json")
    assert.matches("307 ", server:ask "/org/busy/resolve/main/config.json")
    server:reset()
    assert.matches("429 ", server:ask "/org/busy/resolve/main/config.json")
  end)

  it("writes down each request", function()
    server:reset()
    server:ask "/api/models/lone"
    local requests = server:requests()
    assert.equal(1, #requests)
    assert.equal("/api/models/lone", requests[1].uri)
    assert.equal(200, requests[1].status)
  end)

  it("leaves nothing behind", function()
    local other = hub.start()
    local run, scratch, pid = other.places.run, other.scratch.path, other.pid
    other:stop()
    assert.is_nil(os.execute("kill -0 " .. pid .. " 2>/dev/null"))
    assert.is_nil(os.execute("test -e " .. run))
    assert.is_nil(os.execute("test -e " .. scratch))
  end)
end)

describe("the server of faults", function()
  local server, signed

  lazy_setup(function()
    server = hub.start { faults = true }
    server:add("org/tiny", hub.tiny())
    signed = server:ask("/org/tiny/resolve/main/model.safetensors"):match
      "Location: https://[^/]+(/[^\r\n]+)"
  end)
  lazy_teardown(function() server:stop() end)

  local function ask(fault) return server:ask("/" .. fault .. "/cdn" .. signed, "faults_plain") end

  it("passes on what it does not bend", function()
    assert.matches("^HTTP/1.1 200 .-dtype", ask "ok")
    assert.matches("^HTTP/1.1 599 ", ask "no_such_fault")
  end)

  it("bends as many answers as it is told", function()
    assert.matches("^HTTP/1.1 503 ", ask "status;times=1")
    assert.matches("^HTTP/1.1 200 ", ask "status;times=1")
    server:reset()
    assert.matches("^HTTP/1.1 503 ", ask "status;times=1")
  end)

  it("cuts bodies", function()
    assert.equal(30, #ask("cut;bytes=30"):match "\r\n\r\n(.*)$")
  end)

  it("writes down what it received", function()
    server:reset()
    ask "ok"
    assert.equal("/ok/cdn" .. signed, server:requests { server = "^faults_plain$" }[1].uri)
  end)
end)

describe("the table of behaviours", function()
  local here = debug.getinfo(1, "S").source:match "^@(.*)/spec/[^/]*$" or "tests"

  it("names tests that are there", function()
    local rows = 0
    local row = "\n| [^|\n]+ | ([%w_, ]+) | ([^|\n]+) |"
    for specs, tests in read(here .. "/hub/README.md"):gmatch(row) do
      local text = ""
      for name in specs:gmatch "[%w_]+" do
        if name ~= "spec" and name ~= "all" then
          text = text .. read(("%s/spec/hub_%s_spec.lua"):format(here, name))
        end
      end
      rows = rows + 1
      for quoted in tests:gmatch '"([^"]+)"' do
        for part in (specs == "all" and "" or quoted):gmatch "[^…\xe2]+" do
          assert.is_truthy(text:find(part:gsub("^%s+", ""):gsub("%s+$", ""), 1, true), quoted)
        end
      end
    end
    assert.is_true(rows > 40)
  end)
end)
