--- Transfers over TLS and HTTP/2 against nginx and against a server that breaks the protocol:
--- connections, streams, GOAWAY, resets, certificates, where the token goes
---.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local FILE = "model.safetensors"

describe("over HTTP/2", function()
  local server, text

  lazy_setup(function()
    server = hub.start { faults = true, flags = "--keepalive-requests 1000" }
    local files = hub.tiny()
    text = files[FILE]
    server:add("org/tiny", files, { shape = "direct" })
  end)
  lazy_teardown(function() server:stop() end)
  before_each(function() server:reset() end)

  local function open(options)
    options = options or {}
    options.endpoint = options.endpoint or server.endpoint
    options.user_agent, options.ca_file = "modelsig/test", options.ca_file or server.ca
    return assert(net.open(options))
  end

  local function url(place, fault)
    local under = fault and "/" .. fault .. "/hub" or ""
  return ("%s%s/org/tiny/resolve/main/%s"):format(place, under, FILE)
  end

  --- Asks for ranges of the file, all at once; gives the answers in any order.
  local function ask(session, address, count)
    local wanted, answers = {}, {}
    for i = 0, count - 1 do
      local first = i % 50 * 8
      local id = assert(session:start { url = address, range = { first, first + 99 },
        total = #text })
      wanted[id] = text:sub(first + 1, first + 100)
    end
    while #answers < count do
      local answer = assert(session:wait(20000))
      answers[#answers + 1] = answer
      if not answer.error then assert.equal(wanted[answer.id], answer.body) end
    end
    assert.same({ nil, "idle" }, { session:wait(0) })
    return answers
  end

  local function connections()
    local seen, count = {}, 0
    for _, request in ipairs(server:requests { uri = "resolve" }) do
      if not seen[request.connection] then seen[request.connection], count = true, count + 1 end
    end
    return count
  end

  local function failures(answers)
    local list = {}
    for _, answer in ipairs(answers) do
      if answer.error then list[#list + 1] = answer end
    end
    return list
  end

  it("64 transfers at once share at most two connections", function()
    local s <close> = open()
    local answers = ask(s, url(server.places.hub), 64)
    assert.equal(64, #answers)
    assert.equal(0, #failures(answers))
    assert.equal("2", answers[1].http)
    assert.is_true(connections() <= 2)
  end)

  it("300 at once, more than the streams of a connection, open no more either", function()
    local s <close> = open()
    local answers = ask(s, url(server.places.hub), 300)
    assert.equal(300, #answers)
    assert.equal(0, #failures(answers))
    assert.is_true(connections() <= 2)
  end)

  it("a server that closes after its requests costs connections, and nothing wrong", function()
    local other <close> = hub.start { flags = "--keepalive-requests 30" }
    other:add("org/tiny", hub.tiny(), { shape = "direct" })
    local s <close> = open { endpoint = other.endpoint, ca_file = other.ca }
    local answers = ask(s, url(other.places.hub), 300)
    assert.equal(300, #answers)
    for _, answer in ipairs(failures(answers)) do assert.equal("network", answer.retry) end
    assert.is_true(#failures(answers) < 100)
  end)

  it("HTTP/1.1 servers get as many connections as are allowed, and no more", function()
    local other <close> = hub.start { flags = "--http1" }
    other:add("org/tiny", hub.tiny(), { shape = "direct" })
    for _, most in ipairs { 3, 5, 16 } do
      local s <close> = open { endpoint = other.endpoint, ca_file = other.ca,
        http1_connections = most }
      for _ = 1, 2 do
        local answers = ask(s, url(other.places.hub), 60)
        assert.equal(0, #failures(answers))
        assert.equal("1.1", answers[1].http)
      end
      local made = s:stats().connections
      assert.is_true(made < 2 * most and made >= 3, made) -- some are closed meanwhile
    end
  end)

  --- Faults that end one transfer in a way that may come right: never a wrong body, never a
  --- complete answer.
  for _, fault in ipairs { "goaway_none", "goaway_body", "rst", "rst_body", "rst_body;nolength",
    "cut", "cut;nolength", "fin", "fin_body", "fin_body;nolength", "reset_tcp", "rst;code=7",
    "rst;code=11" } do
    it("'" .. fault .. "' is a failure that may be tried again", function()
      local s <close> = open()
      local answers = ask(s, url(server.places.faults_h2, fault), 3)
      assert.equal(3, #answers)
      for _, answer in ipairs(answers) do
        assert.is_table(answer.error, fault)
        assert.equal("network", answer.retry)
        assert.is_nil(answer.body)
      end
    end)
  end

  it("a reset in one stream does not harm the others", function()
    local s <close> = open()
    local answers = ask(s, url(server.places.faults_h2, "rst;times=1"), 10)
    assert.equal(10, #answers)
    assert.equal(1, #failures(answers))
  end)

  it("GOAWAY in the middle loses no answer for good", function()
    local s <close> = open()
    local answers = ask(s, url(server.places.faults_h2, "goaway;after=3"), 20)
    assert.equal(20, #answers)
    for _, answer in ipairs(failures(answers)) do assert.equal("network", answer.retry) end
  end)

  for _, fault in ipairs { "push", "zero_window", "long_header;bytes=400000", "many_headers" } do
    it("'" .. fault .. "' never gives a wrong body", function()
      local s <close> = open()
      local answers = ask(s, url(server.places.faults_h2, fault), 2)
      assert.equal(2, #answers)
      for _, answer in ipairs(answers) do assert.is_table(answer.error) end
    end)
  end

  it("fewer streams from now on: all come", function()
    local s <close> = open()
    assert.equal(0, #failures(ask(s, url(server.places.faults_h2, "narrow"), 20)))
  end)

  for _, fault in ipairs { "hang", "stall", "broken_frame" } do
    it("'" .. fault .. "' ends with the idle time", function()
      local s <close> = open { idle_ms = 300 }
      for _, answer in ipairs(ask(s, url(server.places.faults_h2, fault), 2)) do
        assert.is_table(answer.error)
        assert.equal("network", answer.retry)
      end
    end)
  end

  describe("a certificate", function()
    local function failure(address, options)
      local s <close> = open(options)
      local answers = ask(s, address, 1)
      assert.is_table(answers[1].error)
      assert.equal(0, answers[1].status)
      return answers[1]
    end

    it("for another name is refused", function()
      local answer = failure(url(server.places.faults_badname, "ok"))
      assert.equal("certificate", answer.error.kind)
      assert.equal("no", answer.retry)
    end)

    it("of an unknown authority is refused", function()
      assert.equal("certificate", failure(url(server.places.faults_badca, "ok")).error.kind)
      assert.equal("certificate", failure(url(server.endpoint), {
        ca_file = "/etc/ssl/certs/ca-certificates.crt" }).error.kind)
    end)

    it("that never comes is waited for as long as a connection may take", function()
      local silent = server.places.faults_silent:gsub("^http:", "https:")
      assert.equal("network", failure(url(silent), { connect_ms = 300 }).retry)
    end)
  end)

  describe("the token", function()
    local function sent(address, endpoint)
      server:reset()
      local s <close> = open { endpoint = endpoint, token = "hf_standin" }
      assert(s:start { url = address, token = true })
      assert(s:wait(5000))
      local requests = server:requests()
      assert.is_true(#requests > 0)
      return requests[1].authorization
    end

    it("goes to the origin of the endpoint only", function()
      local places = server.places
      local own = places.hub .. "/api/models/org/tiny"
      assert.equal("Bearer hf_standin", sent(own, places.hub))
      assert.equal("Bearer hf_standin", sent(own, places.hub .. "/prefix/"))
      assert.is_nil(sent(places.hub_other_port .. "/api/models/org/tiny", places.hub))
      assert.is_nil(sent(places.cdn .. "/x", places.hub))
      assert.is_nil(sent(places.hub_plain .. "/api/models/org/tiny", places.hub_plain:gsub(
        "127.0.0.1", "localhost") .. ""))
    end)

    it("does not mind how the name is written, and minds what it is", function()
      local port = server.places.hub:match "%d+$"
      local function at(name) return ("https://%s:%s"):format(name, port) end
      local path = "/api/models/org/tiny"
      assert.equal("Bearer hf_standin", sent(at "LocalHost" .. path, at "localhost"))
      assert.is_nil(sent(at "localhost.evil.localhost" .. path, at "localhost"))
      assert.is_nil(sent(at "hub.localhost" .. path, at "localhost"))
    end)
  end)
end)
