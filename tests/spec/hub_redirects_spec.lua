--- Redirects and pages: what is followed, where the token goes, and that a signed address arrives
--- to the letter. Asserted on what the second server received.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local CONFIG = "config%.json$"

describe("a redirect", function()
  local server, count = nil, 0

  lazy_setup(function()
    server = hub.start { faults = true }
    server:add("org/tiny", hub.tiny())
    server:add("org/two", hub.tiny(2), { api_headers = false })
  end)
  lazy_teardown(function() server:stop() end)

  local function escaped(text) return net.escape(text) end

  --- An address at a place that redirects further.
  local function hop(place, target, status)
    return ("%s/-/hop?status=%d&to=%s"):format(place, status or 302, escaped(target))
  end

  --- Reads a repository whose config.json is redirected to `location`, with a token. Gives the
  --- record and the requests since.
  local function read(location, options)
    options = options or {}
    count = count + 1
    local id = ("case/r%d"):format(count)
    server:add(id, hub.tiny(), { script = { { path = options.path or CONFIG, times = options.times,
      status = options.status or 302, body = "", headers = { Location = location } } } })
    server:reset()
    local records = server:models({ id }, { flags = "--timeout 10 --fast " .. (options.flags or ""),
      environment = { HF_TOKEN = "hf_standin", HF_ENDPOINT = options.endpoint } })
    return records[id], server:requests(), id
  end

  --- The first request whose address has `text`.
  local function request(requests, text, place)
    for _, one in ipairs(requests) do
      if one.uri:find(text, 1, true) and (not place or place == one.server) then return one end
    end
  end

  it("within the endpoint keeps the token, absolute or relative", function()
    local path = "/case/r%d/resolve/main/"
    for _, start in ipairs { server.places.hub .. path, path, "" } do
      for _, status in ipairs { 301, 302, 303, 307, 308 } do
        local record, requests = read(start:format(count + 1) .. "config.json?again",
          { status = status, times = 1 })
        assert.is_nil(record.error)
        assert.equal("Bearer hf_standin", request(requests, "?again").authorization)
      end
    end
  end)

  for _, status in ipairs { 302, 307 } do
    it(("%d to another host or port does not carry it"):format(status), function()
      for _, place in ipairs { "cdn", "hub_other_port" } do
        local _, requests = read(server.places[place] .. "/-/mark?second", { status = status })
        local second = request(requests, "?second")
        assert.is_table(second)
        assert.is_nil(second.authorization)
      end
    end)
  end

  it("from A to B and back does not get it back", function()
    local location = hop(server.places.cdn, server.places.hub .. "/-/mark?third")
    local _, requests = read(location)
    assert.is_nil(request(requests, "/-/hop", "cdn").authorization)
    local third = request(requests, "?third")
    assert.is_table(third)
    assert.is_nil(third.authorization)
  end)

  it("to a host that is written in another way is the same host", function()
    local port = server.places.hub:match "%d+$"
    local _, requests = read(("https://LOCALHOST:%s/-/mark?second"):format(port),
      { endpoint = ("https://localhost:%s"):format(port) })
    assert.equal("Bearer hf_standin", request(requests, "?second").authorization)
  end)

  it("to the port that https implies is the same origin, written or not", function()
    local ok, found = pcall(hub.start, { flags = "--port 443" })
    if not ok then
      pending "port 443 is not free for us"
      return
    end
    local other <close> = found
    for endpoint, place in pairs { ["https://127.0.0.1"] = "https://127.0.0.1:443",
      ["https://127.0.0.1:443"] = "https://127.0.0.1" } do
      local location = place .. "/case/port/resolve/main/config.json?again"
      other:add("case/port", hub.tiny(), { script = { { path = CONFIG, times = 1, status = 302,
        body = "", headers = { Location = location } } } })
      other:new_home()
      other:reset()
      local records = other:models({ "case/port" }, { flags = "--fast",
        environment = { HF_TOKEN = "hf_standin", HF_ENDPOINT = endpoint } })
      assert.is_nil(records["case/port"].error)
      assert.equal("Bearer hf_standin", request(other:requests(), "?again").authorization)
    end
  end)

  it("to a host that only looks like it gets nothing", function()
    local port = server.places.hub:match "%d+$"
    local _, requests = read(("https://localhost.evil.localhost:%s/-/mark?second"):format(port),
      { endpoint = ("https://localhost:%s"):format(port) })
    local second = request(requests, "?second")
    assert.is_true(second == nil or second.authorization == nil)
  end)

  it("from https to http is not followed", function()
    for _, place in ipairs { "hub_plain", "cdn_plain" } do
      local record, requests = read(server.places[place] .. "/-/mark?second")
      assert.is_nil(request(requests, "?second"))
      assert.equal("http", record.error.code)
      assert.matches("from https to http", record.error.message)
    end
  end)

  it("from http to https leaves the token behind", function()
    local _, requests = read(server.places.hub .. "/-/mark?second",
      { endpoint = server.places.hub_plain })
    assert.is_nil(request(requests, "?second").authorization)
  end)

  it("to no web address is not followed, and shown without what it hides", function()
    for _, location in ipairs { "ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1:1/x",
      "javascript:alert(1)", "https://user:hf_standin@127.0.0.1/x", "https:///x", "https://", "//",
      "https://127.0.0.1:99999/x", "https://127.0.0.1:0/", "https://a b/", "http://[::1" } do
      local record = read(location)
      assert.is_table(record.error, location)
      assert.not_matches("hf_standin", record.error.message)
    end
  end)

  it("without an address is an error", function()
    local record = read(nil)
    assert.matches("without saying where", record.error.message)
  end)

  it("in a circle, or too many, end", function()
    server:add("case/circle", hub.tiny(), { script = { { path = CONFIG, status = 302, body = "",
      headers = { Location = "/case/circle/resolve/main/config.json" } } } })
    local record = server:models({ "case/circle" }, { flags = "--fast" })["case/circle"]
    assert.matches("circle", record.error.message)
    local location = server.places.hub .. "/-/mark?end"
    for i = 1, 6 do location = hop(server.places.hub, location .. "?" .. i) end
    record = read(location)
    assert.matches("more than 5 redirects", record.error.message)
  end)

  it("of the API stays on Hubs", function()
    local record, requests = read(server.places.cdn .. "/-/mark?second", { path = "^/api/" })
    assert.is_nil(request(requests, "?second"))
    assert.is_table(record.error)
  end)

  it("of a mirror to another host is named", function()
    server:add("case/mirror", hub.tiny(), { mirror_of = "{cdn}" })
    server:reset()
    local records = server:models({ "case/mirror" }, { environment = { HF_TOKEN = "hf_standin" } })
    local problem = records["case/mirror"].error
    assert.equal("http", problem.code)
    assert.matches("127.0.0.2", problem.message)
    assert.same({}, server:requests { server = "cdn" })
  end)

  it("to a renamed repository is followed on every route", function()
    server:add("case/old", {}, { renamed_to = "org/two" })
    server:reset()
    local records = server:models({ "case/old" }, { flags = "" })
    assert.is_nil(records["case/old"].error)
    assert.is_table(request(server:requests(), "/xet-bridge-us/", "cdn"))
  end)

  it("to a signed address arrives to the letter and without a token", function()
    server:new_home()
    server:reset()
    local records = server:models({ "org/two" }, { environment = { HF_TOKEN = "hf_standin" } })
    assert.is_nil(records["org/two"].error)
    local requests = server:requests { server = "cdn" }
    assert.is_true(#requests >= 2)
    for _, one in ipairs(requests) do
      assert.equal(206, one.status) -- the CDN checks the signature over the whole query
      assert.is_nil(one.authorization)
      assert.matches("^bytes=", one.range)
    end
    for _, one in ipairs(server:requests { server = "hub", uri = "resolve" }) do
      assert.equal("Bearer hf_standin", one.authorization)
    end
  end)

  it("below an endpoint with a path works", function()
    server:new_home()
    local records = server:models({ "org/two" },
      { environment = { HF_ENDPOINT = server.endpoint .. "/prefix/" } })
    assert.is_nil(records["org/two"].error)
  end)

  it("brings no cookie, no referrer and no header of the Hub to the CDN", function()
    server:new_home()
    server:put("org/two", {}, { api_headers = false, script = { { path = ".", headers =
      { ["Set-Cookie"] = "session=hf_standin; Path=/" } } } })
    server:reset()
    local records = server:models({ "org/two" })
    assert.is_nil(records["org/two"].error)
    for _, one in ipairs(server:requests()) do
      assert.is_nil(one.headers.cookie)
      assert.is_nil(one.headers.referer)
      assert.matches("^modelsig/", one.headers["user-agent"])
    end
    server:put("org/two", {}, { api_headers = false })
  end)

  it("leaves no token and no signed address anywhere", function()
    assert.same({}, server:secrets())
  end)
end)

describe("the next page of a list", function()
  local server

  lazy_setup(function() server = hub.start { faults = true } end)
  lazy_teardown(function() server:stop() end)

  --- A repository whose facts have no sizes, so that the list is asked for, in pages of two.
  local function read(pages)
    pages.size = 2
    local files = hub.tiny(3)
    local names = {}
    for name in pairs(files) do names[#names + 1] = ('{"rfilename":"%s"}'):format(name) end
    server:add("org/pages", files, { pages = pages, api_headers = false })
    local commit = server:ask "/api/models/org/pages":match '"sha":"(%x+)"'
    server:put("org/pages", {}, { pages = pages, api_headers = false, script = { { path =
      "^/api/models/org/pages/revision/[^/]*$", status = 200, headers = { ["Content-Type"] =
      "application/json" }, body = ('{"id":"org/pages","sha":"%s","siblings":[%s]}'):format(commit,
      table.concat(names, ",")) } } })
    server:reset()
    server:new_home()
    local records = server:models({ "org/pages" }, { environment = { HF_TOKEN = "hf_standin" },
      flags = "--timeout 10" })
    return records["org/pages"], server:requests()
  end

  it("is asked for until there is none", function()
    for _, pages in ipairs { {}, { relative = true },
      { next = '<{target}>; foo="a, b"; rel="next"' }, { next = '<{target}>;REL=next' },
      { next = '<https://example.com/x>; rel="prev", <{target}>; rel="next last"' } } do
      local record, requests = read(pages)
      assert.is_nil(record.error and record.error.message)
      local seen = 0
      for _, one in ipairs(requests) do
        if one.uri:find("/tree/", 1, true) then
          seen = seen + 1
          assert.equal("Bearer hf_standin", one.authorization)
        end
      end
      assert.is_true(seen >= 3)
    end
  end)

  it("at another host is not asked, the token least of all", function()
    for _, place in ipairs { "cdn", "hub_other_port", "hub_plain", "faults" } do
      local record, requests = read { next = ('<%s/-/mark?{target}>; rel="next"'):format(
        server.places[place]) }
      assert.is_table(record.error)
      assert.equal("http", record.error.code)
      assert.matches("was not asked", record.error.message)
      for _, one in ipairs(requests) do
        assert.is_nil(one.uri:find("/-/mark?/", 1, true))
      end
    end
  end)

  it("that names the Hub behind a mirror is asked at the mirror", function()
    local record = read { next = '<https://huggingface.co{target}>; rel="next"' }
    assert.is_nil(record.error and record.error.message)
  end)

  it("in a circle ends", function()
    local record = read { loop = true }
    assert.equal("http", record.error.code)
    assert.matches("circle", record.error.message)
  end)

  it("leaves no token anywhere", function() assert.same({}, server:secrets()) end)
end)
