--- Mirrors without HTTP/2: each connection takes one request at a time and is too dear to be broken
--- off, whether files come at once or from elsewhere.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local SHARDS, MOST = 40, 16
local mirror = { shape = "direct", api_headers = false }

describe("a mirror without HTTP/2", function()
  local server, files

  lazy_setup(function()
    server = hub.start { flags = "--http1" }
    files = hub.tiny(SHARDS)
  end)
  lazy_teardown(function() server:stop() end)

  local function read(id, config, rules)
    server:add(id, files, config)
    server:new_home()
    server:reset()
    local record = server:models({ id }, { rules = rules })[id]
    assert.is_nil(record.error and record.error.message)
    return record
  end

  --- How many connections each server saw.
  local function connections()
    local seen, counts = {}, {}
    for _, request in ipairs(server:requests()) do
      local key = ("%s %d %d"):format(request.server, request.port, request.connection)
      if not seen[key] then
        seen[key], counts[request.server] = true, (counts[request.server] or 0) + 1
      end
    end
    return counts
  end

  it("that answers with files loses no connection to them", function()
    read("org/direct", mirror)
    local ranged = server:requests { range = "^bytes=0%-", uri = "model%-%d+%-of" }
    local asked = server:requests { uri = "model%-%d+%-of" }
    assert.equal(SHARDS, #ranged)
    assert.is_true(#asked <= SHARDS + MOST, #asked)
    for _, request in ipairs(asked) do
      assert.is_true(request.method == "HEAD" or request.range ~= nil)
    end
    local made = connections()
    assert.is_true(made.hub <= MOST + 1, made.hub) -- one is that of a file that is not there
    assert.is_nil(made.cdn)
  end)

  it("that sends elsewhere loses none either", function()
    read("org/apart", { api_headers = false })
    assert.equal(SHARDS, #server:requests { server = "cdn", range = "^bytes=0%-" })
    assert.equal(0, #server:requests { server = "hub", range = "bytes" })
    local made = connections()
    assert.is_true(made.hub <= MOST + 1, made.hub)
    assert.is_true(made.cdn <= MOST, made.cdn)
  end)

  it("is not asked again where files are", function()
    server:add("org/first", files, mirror)
    server:add("org/second", files, mirror)
    server:new_home()
    server:reset()
    local records = server:models({ "org/first", "org/second" }, { rules = { models = "1" } })
    assert.same(records["org/first"].digests, records["org/second"].digests)
    assert.equal(0, #server:requests { uri = "second.*model%-%d+%-of", method = "HEAD" })
    assert.equal(SHARDS, #server:requests { uri = "second.*model%-%d+%-of", range = "bytes" })
  end)

  it("may refuse HEAD", function()
    local good = read("org/good", mirror)
    for _, status in ipairs { 403, 404, 405, 501 } do
      local record = read("org/headless", { shape = "direct", api_headers = false,
        script = { { path = "%.safetensors$", method = "HEAD", status = status, times = 1000,
          body = "" } } })
      assert.same(good.digests, record.digests)
    end
  end)

  it("may keep some files elsewhere", function()
    local good = read("org/good", mirror)
    for _, first in ipairs { 1, 30 } do
      local config = { shape = "direct", api_headers = false, script = {} }
      for i = first, SHARDS, 3 do
        local name = ("model-%05d-of-%05d.safetensors"):format(i, SHARDS)
        table.insert(config.script, { path = name, status = 302, body = "",
          headers = { Location = "{hub_other_port}/org/good/resolve/main/" .. name } })
      end
      assert.same(good.digests, read("org/mixed", config).digests)
    end
  end)

  it("may send a range of its redirect, which is noticed", function()
    local good = read("org/good", mirror)
    local record = read("org/random", { shape = "direct", api_headers = false,
      script = { { path = "model%-0002", ranged = true, status = 416, times = 5, body = "",
        headers = { ["Content-Range"] = "bytes */177" } } } })
    assert.same(good.digests, record.digests)
  end)
end)
