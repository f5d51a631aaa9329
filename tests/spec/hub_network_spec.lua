--- Networks that do not work: each has its own message and code, within the time that was given.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

describe("a network", function()
  local server

  lazy_setup(function()
    server = hub.start { faults = true }
    server:add("org/tiny", hub.tiny(2), { api_headers = false })
  end)
  lazy_teardown(function() server:stop() end)

  local slow = "--timeout 2" -- where waiting for longer would change nothing

  local function read(environment, flags)
    server:new_home()
    server:reset()
    environment.flags = nil
    environment.HF_TOKEN = environment.HF_TOKEN or "hf_standin"
    local records, said, exit = server:models({ "org/tiny" }, { environment = environment,
      rules = hub.quick, flags = flags or "--timeout 10" })
    return records["org/tiny"], exit, said
  end

  local function fails(environment, code, ...)
    local record, exit = read(environment, environment.flags)
    assert.equal(2, exit)
    assert.is_table(record.error)
    assert.equal(code or record.error.code, record.error.code)
    for _, pattern in ipairs { ... } do assert.matches(pattern, record.error.message) end
    assert.not_matches("hf_standin", record.error.message)
  end

  it("without such a name", function()
    -- A label of 64 letters is no name: the resolver says so without asking anyone.
    fails({ HF_ENDPOINT = "https://" .. ("x"):rep(64) .. ".example" }, nil, ("x"):rep(20))
  end)

  it("where nobody listens", function()
    fails({ HF_ENDPOINT = server.places.faults_closed:gsub("http:", "https:") .. "" }, "io",
      "127.0.0.3", "[Cc]onnect")
  end)

  it("with a certificate for another name", function()
    fails({ HF_ENDPOINT = server.places.faults_badname .. "/ok/hub" }, nil, "certificate")
  end)

  it("with a certificate of an unknown authority", function()
    fails({ HF_ENDPOINT = server.places.faults_badca .. "/ok/hub" }, nil, "certificate")
    fails({ SSL_CERT_FILE = "" }, nil, "certificate")
  end)

  it("with a file of certificates that is not there", function()
    fails({ SSL_CERT_FILE = "/nowhere/ca.pem" }, nil, "/nowhere/ca.pem")
  end)

  it("takes certificates from each of the usual variables", function()
    for _, name in ipairs { "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE" } do
      local environment = { SSL_CERT_FILE = "" }
      environment[name] = server.ca
      local record = read(environment)
      assert.is_nil(record.error)
    end
  end)

  it("that takes the connection and says nothing", function()
    local place = server.places.faults_silent:gsub("http:", "https:")
    fails({ HF_ENDPOINT = place, flags = slow }, "timeout",
      "not read in 2 s", "127.0.0.3")
  end)

  it("whose Hub never answers", function()
    fails({ HF_ENDPOINT = server.places.faults .. "/hang/hub", flags = slow }, "timeout", "")
    fails({ HF_ENDPOINT = server.places.faults_h2 .. "/stall/hub", flags = slow }, "timeout", "")
  end)

  it("whose Hub is slow is waited for up to --timeout and no longer", function()
    local began = os.time()
    local place = server.places.faults .. "/trickle;ms=40/hub"
    local record = read({ HF_ENDPOINT = place }, slow)
    assert.equal("timeout", record.error.code)
    assert.matches("2 s", record.error.message)
    assert.is_true(os.time() - began < 10)
  end)

  it("whose Hub resets, closes or talks nonsense", function()
    for _, fault in ipairs { "reset", "fin", "garbage", "no_colon", "many_headers",
      "endless_headers" } do
      fails({ HF_ENDPOINT = server.places.faults .. "/" .. fault .. "/hub" }, nil, "127.0.0.3")
    end
    for _, fault in ipairs { "goaway_none", "rst", "fin", "reset_tcp", "zero_window", "push" } do
      local place = server.places.faults_h2 .. "/" .. fault .. "/hub"
      fails({ HF_ENDPOINT = place }, nil, "127.0.0.3")
    end
  end)

  it("whose Hub sends a bomb for an answer", function()
    fails({ HF_ENDPOINT = server.places.faults .. "/gzip_bomb;megabytes=40;match=revision/hub" },
      "limit", "at most 32000000 bytes")
    fails({ HF_ENDPOINT = server.places.faults .. "/gzip_broken;match=revision/hub" },
      "unsupported", "list of files.*encoding")
    fails({ HF_ENDPOINT = server.places.faults .. "/endless;match=revision/hub" }, nil, "")
  end)

  it("through a proxy works, and the proxy sees no token", function()
    for _, name in ipairs { "https_proxy", "HTTPS_PROXY", "ALL_PROXY" } do
      local record = read { [name] = server.places.proxy }
      assert.is_nil(record.error)
      local seen = server:requests { server = "^proxy$" }
      assert.is_true(#seen >= 1)
      for _, one in ipairs(seen) do
        assert.equal("CONNECT", one.method)
        assert.is_nil(one.authorization)
      end
    end
  end)

  it("with an exception from the proxy goes there directly", function()
    for _, name in ipairs { "no_proxy", "NO_PROXY" } do
      local record = read { https_proxy = server.places.proxy_refuses,
        [name] = "127.0.0.1,127.0.0.2" }
      assert.is_nil(record.error)
      assert.same({}, server:requests { server = "proxy" })
    end
  end)

  it("whose proxy refuses, asks for a name, or is not there", function()
    fails({ https_proxy = server.places.proxy_refuses }, nil, "proxy", "403")
    fails({ https_proxy = server.places.proxy_asks }, nil, "proxy", "407")
    fails({ https_proxy = server.places.faults_closed }, nil, "127.0.0.3")
  end)

  it("whose proxy has a password never shows it", function()
    local place = server.places.proxy_refuses:gsub("//", "//me:hf_standin@")
    fails({ https_proxy = place }, nil, "")
    -- What libcurl cannot read it quotes in its words.
    for _, odd in ipairs { "http://me:hf_standin@127.0.0.3:port", "http://me:hf_stand in@127.0.0.3",
      "gopher://me:hf_standin@127.0.0.3:70", "http://me:a'hf_standin@b@127.0.0.3:port" } do
      local record = read { https_proxy = odd }
      assert.matches("127.0.0.3", record.error.message, 1, true)
      assert.falsy(record.error.message:find "hf_", record.error.message)
      assert.falsy(record.error.message:find "@", record.error.message)
    end
  end)

  it("that loses a connection now and then gives the same report", function()
    local good = read {}
    for _, fault in ipairs { "goaway;after=2", "goaway;after=3;close", "rst;times=2", "fin;times=2",
      "goaway_none;times=1", "rst_body;times=2" } do
      local record = read { HF_ENDPOINT = server.places.faults_h2 .. "/" .. fault .. "/hub" }
      assert.is_nil(record.error and record.error.message)
      assert.same(good.digests, record.digests)
    end
  end)

  it("leaves no token and no signed address anywhere", function()
    assert.same({}, server:secrets())
  end)
end)
