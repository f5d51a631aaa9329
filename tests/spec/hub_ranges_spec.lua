--- What servers make of a Range request: each is a
--- repository whose CDN has that fault, all are read in one run, and each gets its own message.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local FILE = "model.safetensors"

--- Faults after which the model is read all the same.
local harmless = {
  "ok", "star_total", "to_close", "to_close;version=1.1", "chunked", "trickle;bytes=60", "folded",
  "interim",
  "etag;value=\"other\"", "etag", "header;name=X-Odd;value=1",
  -- What passes by: a lost connection is tried again, a refused address is resolved again.
  "reset;times=2", "fin;times=2", "cut;bytes=10;times=2", "cut_unknown;times=2",
  "cut_chunked;times=2",
  "reset_body;times=2", "stall;times=1", "hang;times=1", "status;code=500;times=2",
  "status;code=502;times=2", "status;code=503;times=2", "status;code=504;times=2",
  "status;code=408;times=2",
  "status;code=429;times=1;after=1", "status;code=429;times=1;r=5;t=100",
  "status;code=403;times=1;body=SignatureError%3A invalid key pair id",
  "status;code=403;times=1;body=Auth failed%3A invalid range",
  "status;code=416;times=1;range=bytes *%2F177",
}

--- Faults for good: fault, code, and what the message says.
local fatal = {
  { "no_content_range", "mismatch", "Content%-Range" },
  { "multipart", "mismatch", "Content%-Range" },
  { "more_total", "mismatch", "bytes" },
  { "less_total", "mismatch", "bytes" },
  { "other_unit", "mismatch", "items" },
  { "shifted", "mismatch", "from 0, found 5" },
  { "longer_range", "mismatch", "found" },
  { "reversed", "mismatch", "" },
  { "no_number", "mismatch", "x%-y/z" },
  { "star_range", "mismatch", "" },
  { "overflow", "mismatch", "" },
  { "more_bytes", "mismatch", "" },
  { "fewer_bytes", "mismatch", "" },
  { "clipped", "mismatch", "" },
  { "gzip_partial", "unsupported", "gzip" },
  { "ignore_range", "unsupported", "whole file" },
  { "html", "mismatch", "" },
  { "html;code=200", "unsupported", "" },
  { "zeros", nil, "" },
  { "cut;bytes=20", "truncated", "6 tries" },
  { "cut_unknown", "truncated", "" },
  { "cut_chunked", "truncated", "" },
  { "bad_chunk", nil, "" },
  { "reset", "io", "" },
  { "reset_body", nil, "" },
  { "fin", "io", "" },
  { "garbage", nil, "" },
  { "no_colon", nil, "" },
  { "nul_header", nil, "" },
  { "many_headers", nil, "" },
  { "endless_headers", nil, "" },
  { "endless;text=%2A%2A%2A%2A", nil, "" },
  { "hang", "timeout", "" },
  { "stall", "timeout", "" },
  { "status;code=403;body=SignatureError%3A invalid key pair id", "http",
    "answers 403, also to a new address: a fault over there, not a missing right" },
  { "status;code=416;range=bytes *%2F177", nil, "" },
  { "status;code=404", "http", "404" },
  { "status;code=500;body=oops;repeat=1000000", "http", "500" },
  { "control_header", "http", "503" },
  { "redirect_loop", nil, "redirects" },
  { "redirect_loop;same", nil, "circle" },
  { "redirect;to=http%3A%2F%2F127.0.0.1%2F", nil, "" },
  { "redirect", nil, "without saying where" },
}

describe("a server's answer to a range", function()
  local server, records, said, exit, requests

  local function id(prefix, i) return ("%s/m%02d"):format(prefix, i) end

  lazy_setup(function()
    server = hub.start { faults = true }
    local ids, waiting = { "org/good" }, {}
    local rules = { first_read = "2600" } -- the header and a little more
    for name, value in pairs(hub.quick) do rules[name] = value end
    rules.idle = "1" -- those that hang hold the host's connections, which all share
    server:add("org/good", hub.tiny())
    local function add(prefix, i, fault)
      -- Those that hold a connection for long would keep others from the two of their host.
      local list = (fault:find "^hang" or fault:find "^stall") and waiting or ids
      list[#list + 1] = id(prefix, i)
      local escaped = fault:gsub('[ "]', { [" "] = "%20", ['"'] = "%22" })
      server:add(id(prefix, i), hub.tiny(),
        { cdn = ("{faults}/%s;n=%s%d/cdn"):format(escaped, prefix, i) })
    end
    for i, fault in ipairs(harmless) do add("harmless", i, fault) end
    for i, case in ipairs(fatal) do add("fatal", i, case[1]) end
    records, said, exit = server:models(ids, { flags = "--timeout 30", rules = rules })
    requests = server:requests()
    for name, record in pairs(server:models(waiting, { flags = "--timeout 10", rules = rules })) do
      records[name] = record
    end
  end)
  lazy_teardown(function() server:stop() end)

  local function requests_of(model, place)
    local list = {}
    for _, request in ipairs(requests) do
      if request.server == place and request.uri:find(model, 1, true) then
        list[#list + 1] = request
      end
    end
    return list
  end

  it("costs the other models nothing", function()
    assert.is_nil(records["org/good"].error)
    assert.equal(2, exit)
  end)

  for i, fault in ipairs(harmless) do
    it(("%q does no harm"):format(fault), function()
      local record = records[id("harmless", i)]
      assert.is_nil(record.error and record.error.code .. ": " .. record.error.message)
      assert.same(records["org/good"].digests, record.digests)
    end)
  end

  for i, case in ipairs(fatal) do
    it(("%q is an error with its own message"):format(case[1]), function()
      local record = records[id("fatal", i)]
      assert.is_table(record.error)
      assert.equal(case[2] or record.error.code, record.error.code)
      assert.matches(case[3], record.error.message)
      assert.matches(FILE:gsub("%.", "%%."), record.error.message)
      assert.not_matches("[%c\x7f]", record.error.message)
    end)
  end

  it("is asked for without a list, a suffix, or compression", function()
    local count = 0
    for _, request in ipairs(requests) do
      if request.range then
        count = count + 1
        assert.matches("^bytes=%d+%-%d+$", request.range)
        assert.equal("identity", request.accept_encoding)
      end
    end
    assert.is_true(count > #fatal)
  end)

  it("is never asked for at the first hop", function()
    for _, request in ipairs(requests) do
      if request.server == "hub" and request.uri:find "/resolve/" then
        assert.is_nil(request.range)
      end
    end
  end)

  it("ends after five more tries, and a new address is asked for once", function()
    for i, case in ipairs(fatal) do
      if case[1] == "reset" then
        -- libcurl itself asks once more where a connection that it had kept is gone
        local count = #requests_of(";n=fatal" .. i .. "/", "faults")
        assert.is_true(count == 6 or count == 7, tostring(count))
      end
      if case[1]:find "SignatureError" then
        assert.equal(2, #requests_of(id("fatal", i) .. "/resolve/main/" .. FILE, "hub"))
      end
    end
  end)

  it("never brings a whole file or an endless one", function()
    assert.is_true(#said < 100000)
  end)

  it("leaves no token and no signed address anywhere", function()
    assert.same({}, server:secrets())
  end)
end)
