--- modelsig.native.net over real sockets, against tests/net/server.py.

local net = require "modelsig.native.net"
local json = require "modelsig.native.json"

if not net.built then return end

local pipe, first, second

local function steps_url(steps, port)
  local parts = {}
  for _, step in ipairs(steps) do
    local words = {}
    for i, word in ipairs(step) do
      words[i] = type(word) == "number" and tostring(word)
        or '"' .. word:gsub('[%c"\\\x80-\xff]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
    end
    parts[#parts + 1] = "[" .. table.concat(words, ",") .. "]"
  end
  return ("http://127.0.0.1:%d/do?%s"):format(port or first,
    net.escape("[" .. table.concat(parts, ",") .. "]"))
end

--- A URL whose answer is `text`, and then perhaps an end of the connection.
local function says(text, ending)
  return steps_url { { "send", text }, ending and { ending } or { "wait", 0 } }
end

local function session(options)
  options = options or {}
  options.endpoint = options.endpoint or ("http://127.0.0.1:%d"):format(first)
  options.user_agent = options.user_agent or "modelsig/test"
  return assert(net.open(options))
end

local function ask(request, options)
  local s <close> = session(options)
  assert(s:start(request))
  local answer = assert(s:wait(10000))
  local none, why = s:wait(0)
  assert.is_nil(none)
  assert.equal("idle", why)
  return answer
end

local function log()
  return json.decode(ask { url = ("http://127.0.0.1:%d/log"):format(first) }.body)
end

local function forget() ask { url = ("http://127.0.0.1:%d/forget"):format(first) } end

local function file_url(size) return ("http://127.0.0.1:%d/file?%d"):format(first, size) end

describe("native.net", function()
  setup(function()
    pipe = io.popen "exec python3 tests/net/server.py"
    first, second = pipe:read("l"):match "(%d+) (%d+)"
    first, second = math.tointeger(first), math.tointeger(second)
  end)

  teardown(function()
    local s <close> = session()
    s:start { url = ("http://127.0.0.1:%d/quit"):format(first) }
    s:wait(5000)
    pipe:close()
  end)

  before_each(forget)

  describe("transfers", function()
    it("give body, status, headers and times", function()
      local a = ask { url = file_url(1000) }
      assert.equal(200, a.status)
      assert.equal(1000, #a.body)
      assert.equal(1000, a.bytes)
      assert.equal(1000, a.total)
      assert.equal("no", a.retry)
      assert.equal("1.1", a.http)
      assert.equal(("http://127.0.0.1:%d/file"):format(first), a.url)
      assert.equal("1000", a.headers["content-length"])
      assert.is_nil(a.error)
      assert.is_true(math.type(a.time.total_ms) == "integer")
    end)

    it("read ranges, clipped at the end of the file", function()
      local a = ask { url = file_url(1000), range = { 990, 1500 }, total = 1000, validator = 'W/"v1"' }
      assert.equal(206, a.status)
      assert.equal(10, #a.body)
      assert.equal(990 % 251, a.body:byte(1))
      assert.equal(1000, a.total)
      assert.equal("v1", a.etag)
      assert.matches("\r\nRange: bytes=990%-1500", log()[1].head)
      assert.matches("\r\nAccept%-Encoding: identity", log()[1].head)
    end)

    it("tell the total of a 416", function()
      local a = ask { url = file_url(10), range = { 10, 20 } }
      assert.same({ 416, 10, "no" }, { a.status, a.total, a.retry })
      assert.is_nil(a.error)
    end)

    it("come back in any order, over as many connections as are allowed", function()
      local s <close> = session { http1_connections = 3 }
      local left = {}
      for i = 1, 50 do left[assert(s:start { url = file_url(i) })] = i end
      for _ = 1, 50 do
        local a = assert(s:wait(10000))
        assert.equal(left[a.id], #a.body)
        left[a.id] = nil
      end
      assert.same({}, left)
      local stats = s:stats()
      assert.equal(50, stats.requests)
      assert.equal(1275, stats.bytes)
      assert.is_true(stats.connections <= 3)
    end)

    it("each have a connection of their own where that is allowed", function()
      for most = 1, 16, 5 do
        local s <close> = session { http1_connections = most }
        for _ = 1, 24 do
          s:start { url = steps_url { { "wait", 0.1 }, { "send", "HTTP/1.1 200 OK\r\n"
            .. "Content-Length: 1\r\n\r\nx" } } }
        end
        assert.same({ nil, "timeout" }, { s:wait(50) })
        assert.equal(most, s:stats().active)
        for _ = 1, 24 do assert.is_nil(assert(s:wait(10000)).error) end
        assert.is_true(s:stats().connections >= most)
      end
    end)
  end)

  local function answer_to_range(text, request)
    request = request or {}
    request.url, request.range = says(text, "close"), request.range or { 0, 9 }
    return ask(request)
  end

  local bad_ranges = {
    ["another start"] = { "HTTP/1.1 206 P\r\nContent-Range: bytes 5-14/20\r\nContent-Length: 10\r\n\r\n0123456789",
      "mismatch", "from 0, found 5" },
    ["a later end"] = { "HTTP/1.1 206 P\r\nContent-Range: bytes 0-14/20\r\nContent-Length: 15\r\n\r\n0123456789abcde",
      "mismatch", "up to 9, found 14" },
    ["an earlier end inside the file"] = {
      "HTTP/1.1 206 P\r\nContent-Range: bytes 0-4/20\r\nContent-Length: 5\r\n\r\n01234", "mismatch",
      "up to 9, found 4" },
    ["another total"] = { "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/21\r\nContent-Length: 10\r\n\r\n0123456789",
      "mismatch", "20 bytes, found 21", { total = 20 } },
    ["no Content-Range"] = { "HTTP/1.1 206 P\r\nContent-Length: 10\r\n\r\n0123456789", "mismatch", "found none" },
    ["several parts"] = { "HTTP/1.1 206 P\r\nContent-Type: multipart/byteranges; boundary=x\r\n\r\n--x\r\n", "mismatch",
      "found none" },
    ["another unit"] = { "HTTP/1.1 206 P\r\nContent-Range: items 0-9/20\r\nContent-Length: 10\r\n\r\n0123456789",
      "mismatch", "items 0%-9/20" },
    ["more bytes than it says"] = { "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/20\r\n\r\n0123456789abc", "mismatch",
      "found more" },
    ["a length that contradicts"] = {
      "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/20\r\nContent-Length: 13\r\n\r\n0123456789abc", "mismatch",
      "Content%-Length 10, found 13" },
    ["fewer bytes, ended by close"] = { "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/20\r\n\r\n01234", "truncated",
      "10 bytes, found 5", retry = "network" },
    ["fewer bytes than declared"] = {
      "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/20\r\nContent-Length: 10\r\n\r\n01234", "truncated", "",
      retry = "network" },
    ["gzip"] = {
      "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/20\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n0123456789",
      "unsupported", "gzip" },
    ["another ETag"] = {
      'HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/20\r\nETag: "b"\r\nContent-Length: 10\r\n\r\n0123456789', "mismatch",
      "changed", { validator = '"a"' } },
    ["status 200"] = { "HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n0123456789", "mismatch", "found 200" },
    ["status 200 without a length"] = { "HTTP/1.1 200 OK\r\n\r\n0123456789", "mismatch", "found 200" },
    ["status 204"] = { "HTTP/1.1 204 No\r\n\r\n", "mismatch", "206, found 204" },
  }

  describe("an answer to a range", function()
    for name, case in pairs(bad_ranges) do
      it(("with %s is %s"):format(name, case[2]), function()
        local request = {}
        for key, value in pairs(case[4] or {}) do request[key] = value end
        local a = answer_to_range(case[1], request)
        assert.is_table(a.error)
        assert.equal(case[2], a.error.code)
        assert.matches(case[3], a.error.message)
        assert.equal(case.retry or "no", a.retry)
        assert.is_nil(a.body)
      end)
    end

    it("may have an unknown total", function()
      local a = answer_to_range("HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/*\r\nContent-Length: 10\r\n\r\n0123456789")
      assert.equal("0123456789", a.body)
      assert.is_nil(a.total)
    end)

    it("may be the whole of an empty file", function()
      local a = answer_to_range("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      assert.same({ 200, "" }, { a.status, a.body })
    end)

    it("may be the whole of a small file if that is allowed", function()
      local text = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n0123456789ab"
      assert.equal("0123456789ab", answer_to_range(text, { allow_full = 12 }).body)
      assert.equal("mismatch", answer_to_range(text, { allow_full = 11 }).error.code)
    end)

    it("of 200 is stopped before the body comes", function()
      local s <close> = session()
      local head = "HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n"
      s:start { url = steps_url { { "send", head }, { "fill", 20000000 } }, range = { 0, 9 } }
      local a = s:wait(10000)
      assert.equal("mismatch", a.error.code)
      assert.is_true(s:stats().bytes <= 65536)
    end)
  end)

  describe("an answer", function()
    it("that is cut is truncated and may be asked for again", function()
      local a = ask { url = says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "close") }
      assert.same({ "truncated", "network" }, { a.error.code, a.retry })
    end)

    it("shorter than the known size is truncated", function()
      local a = ask { url = says("HTTP/1.1 200 OK\r\n\r\nabc", "close"), total = 4 }
      assert.same({ "truncated", "network" }, { a.error.code, a.retry })
    end)

    it("longer than the known size is a mismatch", function()
      local a = ask { url = says("HTTP/1.1 200 OK\r\n\r\nabcde", "close"), total = 4 }
      assert.same({ "mismatch", "no" }, { a.error.code, a.retry })
    end)

    it("of another declared size is a mismatch", function()
      local a = ask { url = says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "close"), total = 4 }
      assert.same({ "mismatch", "no" }, { a.error.code, a.retry })
    end)

    it("beyond the cap is stopped, whether its length is declared or not", function()
      local declared = says("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a", "close")
      local open = says("HTTP/1.1 200 OK\r\n\r\n0123456789a", "close")
      assert.equal("limit", ask { url = declared, max_bytes = 10 }.error.code)
      assert.equal("limit", ask { url = open, max_bytes = 10 }.error.code)
      assert.equal("0123456789a", ask { url = open, max_bytes = 11 }.body)
    end)

    it("in gzip is taken apart if it was asked for", function()
      local packed = "\x1f\x8b\x08\0\0\0\0\0\2\3KLJ\6\0\xc2A\x245\3\0\0\0"
      local text = ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"):format(#packed, packed)
      assert.equal("abc", ask { url = says(text, "close"), gzip = true }.body)
      assert.matches("\r\nAccept%-Encoding: gzip", log()[1].head)
      assert.equal("unsupported", ask { url = says(text, "close") }.error.code)
      local broken = text:gsub("KLJ", "\xff\xff\xff")
      assert.equal("unsupported", ask { url = says(broken, "close"), gzip = true }.error.code)
    end)

    it("that unpacks to more than the cap is stopped", function()
      local packed = "\x1f\x8b\x08\0\0\0\0\0\2\3KLJ\6\0\xc2A\x245\3\0\0\0"
      local text = ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n%s"):format(packed)
      assert.equal("limit", ask { url = says(text, "close"), gzip = true, max_bytes = 2 }.error.code)
    end)

    it("of an error keeps 4 kB of its body", function()
      local head = "HTTP/1.1 404 N\r\nContent-Length: 10000\r\n\r\n"
      local a = ask { url = steps_url { { "send", head }, { "fill", 10000 } } }
      assert.same({ 404, 4096, 10000, "no" }, { a.status, #a.body, a.bytes, a.retry })
      assert.is_nil(a.error)
    end)

    it("of an error that does not end is stopped", function()
      local a = ask { url = steps_url { { "send", "HTTP/1.1 500 N\r\n\r\n" }, { "fill", 300000 }, { "wait", 5 } } }
      assert.same({ 500, 4096, "status" }, { a.status, #a.body, a.retry })
      assert.is_nil(a.error)
    end)

    it("whose status is not wanted has no body", function()
      local a = ask { url = says("HTTP/1.1 404 N\r\nContent-Length: 3\r\n\r\nabc"), stop = { 403, 404 } }
      assert.equal(404, a.status)
      assert.is_nil(a.body)
      assert.has_error(function() ask { url = says "", stop = 404 } end)
    end)

    it("to HEAD has headers only", function()
      local a = ask { url = says("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"), head = true }
      assert.same({ 200, 10000000000 }, { a.status, a.total })
      assert.is_nil(a.body)
      assert.matches("^HEAD ", log()[1].head)
    end)

    it("to HEAD with a body spoils the next one, which may be asked for again", function()
      local s <close> = session()
      local head = steps_url { { "send", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" },
        { "wait", 0.5 }, { "send", "abc" } }
      for i, request in ipairs { { url = head, head = true }, { url = says "HTTP/1.1 204 N\r\n\r\n" } } do
        assert(s:start(request))
        local answer = assert(s:wait(10000))
        assert.equal(i == 2 and "network" or "no", answer.retry)
      end
    end)

    it("joins repeated headers and forgets those of interim answers and trailers", function()
      local a = ask { url = says("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        .. "HTTP/1.1 200 OK\r\nLink: <a>\r\nlInK:<b>  \r\nTransfer-Encoding: chunked\r\n\r\n"
        .. "3\r\nabc\r\n0\r\nX-Error-Code: GatedRepo\r\n\r\n") }
      assert.equal("abc", a.body)
      assert.equal("<a>, <b>", a.headers.link)
      assert.is_nil(a.headers["x-error-code"])
    end)

    it("with headers without end is refused", function()
      local line = "X-Filler: " .. ("y"):rep(60) .. "\r\n"
      local many = ask { url = says("HTTP/1.1 200 OK\r\n" .. line:rep(600) .. "\r\n", "close") }
      assert.same({ "limit", "headers" }, { many.error.code, many.error.kind })
      local long = ask { url = steps_url { { "send", "HTTP/1.1 200 OK\r\nX-Filler: " }, { "fill", 120000 },
        { "send", "\r\n\r\n" }, { "close" } } }
      assert.same({ "limit", "headers" }, { long.error.code, long.error.kind })
    end)

    it("that is none is said to be none", function()
      assert.equal("http", ask { url = says("SSH-2.0-OpenSSH_9.2\r\n", "close") }.error.code)
      local empty = ask { url = says("", "close") }
      assert.same({ "io", "closed", "network", 0 },
        { empty.error.code, empty.error.kind, empty.retry, empty.status })
      local reset = ask { url = says("", "reset") }
      assert.same({ "io", "closed", "network" }, { reset.error.code, reset.error.kind, reset.retry })
    end)
  end)

  describe("limits of the server", function()
    it("are read from RateLimit and Retry-After", function()
      local a = ask { url = says('HTTP/1.1 429 T\r\nRateLimit: "resolvers";r=0;t=172\r\nRetry-After: 7\r\n'
        .. "Content-Length: 0\r\n\r\n") }
      assert.same({ bucket = "resolvers", remaining = 0, reset = 172 }, a.rate)
      assert.same({ 7, "rate" }, { a.retry_after, a.retry })
    end)

    it("may be given as a date, which counts from the server's clock", function()
      local a = ask { url = says("HTTP/1.1 503 S\r\nDate: Tue, 24 Nov 2026 07:00:00 GMT\r\n"
        .. "Retry-After: Tue, 24 Nov 2026 07:01:30 GMT\r\nContent-Length: 0\r\n\r\n") }
      assert.same({ 90, "status" }, { a.retry_after, a.retry })
    end)
  end)

  describe("redirects", function()
    local function redirect(location)
      return ask { url = says(("HTTP/1.1 302 F\r\nLocation: %s\r\nContent-Length: 4\r\n\r\nbody"):format(location)) }
    end

    it("are told, resolved, and not followed", function()
      local a = redirect "/a/../b?x=%2F&y#part"
      assert.equal(("http://127.0.0.1:%d/b?x=%%2F&y"):format(first), a.location)
      assert.is_nil(a.body)
      assert.equal(1, #log())
    end)

    it("to what is no http are failures", function()
      assert.equal("unsupported", redirect("file:///etc/passwd").error.code)
      assert.equal("malformed", redirect("http://user:pw@127.0.0.1/").error.code)
    end)
  end)

  describe("the token", function()
    local url = function(host, port) return ("http://%s:%d/file?3"):format(host, port) end

    it("goes to the endpoint's origin and nowhere else", function()
      local s <close> = session { token = "hf_secret" }
      for _, request in ipairs { { url("127.0.0.1", first), true }, { url("127.0.0.1", first), false },
        { url("127.0.0.2", second), true }, { url("localhost", first), true } } do
        s:start { url = request[1], token = request[2] }
        assert.equal(200, assert(s:wait(10000)).status)
      end
      local with = 0
      for i, entry in ipairs(log()) do
        local there = entry.head:find("\r\nAuthorization: Bearer hf_secret", 1, true) ~= nil
        assert.equal(i == 1, there)
        with = with + (there and 1 or 0)
      end
      assert.equal(1, with)
    end)

    it("with other bytes than visible ASCII is refused", function()
      for _, token in ipairs { "a\r\nX: y", "a\nb", "a\0b", "a b", "t\xc3\xb6ken", "a\127" } do
        local s, message, code = net.open { endpoint = "https://127.0.0.1", token = token }
        assert.is_nil(s)
        assert.equal("auth", code)
        assert.is_nil(message:find(token, 1, true))
      end
      net.open({ endpoint = "https://127.0.0.1", token = "!~" }):close()
    end)
  end)

  describe("a request", function()
    it("may carry headers, but none of ours and none that breaks lines", function()
      local a = ask { url = file_url(1), headers = { ["X-One"] = "1", Accept = "application/json" } }
      assert.equal(200, a.status)
      assert.matches("\r\nX%-One: 1", log()[1].head)
      assert.matches("\r\nUser%-Agent: modelsig/test", log()[1].head)
      local s <close> = session()
      for name, value in pairs { Authorization = "x", cookie = "x", RANGE = "bytes=0-1", Host = "x",
        ["X-A"] = "a\r\nb", ["X B"] = "c", ["X-C"] = "" } do
        local id, _, code = s:start { url = file_url(1), headers = { [name] = value } }
        assert.is_nil(id)
        assert.equal("malformed", code)
      end
    end)

    it("of plain http under https is refused", function()
      local s <close> = session { endpoint = "https://127.0.0.1" }
      local id, message, code = s:start { url = "http://127.0.0.1/x?secret" }
      assert.is_nil(id)
      assert.equal("unsupported", code)
      assert.is_nil(message:find("secret", 1, true))
    end)

    it("that makes no sense raises", function()
      local s <close> = session()
      assert.has_error(function() s:start { url = file_url(1), unknown = 1 } end, nil)
      assert.error_matches(function() s:start { url = file_url(1), rnage = { 0, 1 } } end, "unknown field 'rnage'")
      assert.error_matches(function() s:start { url = 1 } end, "'url': expected a string")
      assert.error_matches(function() s:start { url = file_url(1), range = { 5, 1 } } end, "first <= last")
      s:close()
      s:close()
      assert.error_matches(function() s:wait(0) end, "closed")
    end)
  end)

  describe("bounds", function()
    it("in time: idle, total and connecting", function()
      local hang = steps_url { { "wait", 5 } }
      local a = ask({ url = hang }, { idle_ms = 80 })
      assert.same({ "timeout", "idle", "network" }, { a.error.code, a.error.kind, a.retry })
      a = ask { url = hang, timeout_ms = 80 }
      assert.same({ "timeout", "timeout", "network" }, { a.error.code, a.error.kind, a.retry })
      local drip = { { "send", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" } }
      for _ = 1, 30 do drip[#drip + 1] = { "send", "x" }; drip[#drip + 1] = { "wait", 0.02 } end
      a = ask({ url = steps_url(drip), timeout_ms = 200 }, { idle_ms = 150 })
      assert.same({ "timeout", "timeout" }, { a.error.code, a.error.kind })
    end)

    it("in time do not run while a request waits in the queue", function()
      local s <close> = session { http1_connections = 1 }
      local slow = steps_url { { "wait", 0.3 }, { "send", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx" } }
      for _ = 1, 3 do s:start { url = slow, timeout_ms = 600 } end
      for _ = 1, 3 do assert.is_nil(assert(s:wait(5000)).error) end
    end)

    it("in bytes and requests of the whole session", function()
      local s <close> = session { max_bytes = 1500, max_requests = 3 }
      for _ = 1, 2 do s:start { url = file_url(1000) } end
      local codes = {}
      for _ = 1, 2 do local a = s:wait(5000); codes[#codes + 1] = a.error and a.error.code or "ok" end
      table.sort(codes)
      assert.same({ "limit", "ok" }, codes)
      assert(s:start { url = file_url(1) })
      local id, message, code = s:start { url = file_url(1) }
      assert.is_nil(id)
      assert.equal("limit", code)
      assert.matches("3 requests", message)
    end)

    it("in jobs: no more under way than that", function()
      local s <close> = session { jobs = 1 }
      for _ = 1, 5 do s:start { url = file_url(10) } end
      for _ = 1, 5 do
        assert(s:wait(5000))
        assert.is_true(s:stats().active <= 1)
      end
    end)
  end)

  it("an idle connection is not used again", function()
    local s <close> = session { idle_ms = 100 }
    s:start { url = steps_url { { "wait", 3 } } }
    assert.equal("idle", s:wait(5000).error.kind)
    s:start { url = file_url(5) }
    assert.equal(5, #s:wait(5000).body)
    assert.equal(2, s:stats().connections)
  end)

  it("a request can be cancelled in any state", function()
    local s <close> = session { http1_connections = 1 }
    local hang = steps_url { { "wait", 3 } }
    local running, waiting = s:start { url = hang }, s:start { url = file_url(1) }
    assert.same({ nil, "timeout" }, { s:wait(30) })
    assert.is_true(s:cancel(waiting))
    assert.is_true(s:cancel(running))
    assert.is_false(s:cancel(running))
    local before, worked = require("modelsig.native.system").time(), os.clock()
    assert.same({ nil, "idle" }, { s:wait(300) }) -- time passes, and no work is done
    assert.is_true(require("modelsig.native.system").time() - before >= 0.25)
    assert.is_true(os.clock() - worked < 0.2)
    s:start { url = file_url(7) }
    assert.equal(7, #s:wait(5000).body)
  end)

  it("nobody there, no such name, no such proxy", function()
    local a = ask { url = "http://127.0.0.1:1/" }
    assert.same({ "io", "connect", "network" }, { a.error.code, a.error.kind, a.retry })
    a = ask({ url = file_url(1) }, { http_proxy = "http://127.0.0.1:1" })
    assert.same({ "io", "connect" }, { a.error.code, a.error.kind })
  end)

  it("a session closed in the middle leaves nothing", function()
    for _ = 1, 3 do
      local s = session()
      for i = 1, 20 do s:start { url = i % 2 == 0 and file_url(5000) or steps_url { { "wait", 1 } } } end
      s:wait(5)
      s:close()
    end
  end)

  it("each transfer fails in turn, at each stage, and the others are not harmed", function()
    for _, stage in ipairs { "connect", "headers", "body" } do
      for n = 1, 5 do
        local s <close> = session { fail_at = n, fail_stage = stage }
        local failed = 0
        for i = 1, 4 do s:start { url = file_url(i) } end
        for _ = 1, 4 do
          local a = assert(s:wait(5000))
          assert.equal(a.error and "network" or "no", a.retry)
          assert.equal(a.error == nil, a.body ~= nil)
          failed = failed + (a.error and 1 or 0)
        end
        assert.equal(n <= 4 and 1 or 0, failed)
      end
    end
  end)
end)

describe("URLs", function()
  it("are taken apart", function()
    assert.same({ scheme = "https", host = "huggingface.co", port = 443, path = "/a/b", query = "x=1",
      origin = "https://huggingface.co:443" }, net.url "HTTPS://HuggingFace.co/a/b?x=1#f")
    assert.equal("http://[::1]:8080", net.url("http://[::1]:8080").origin)
    assert.equal("/", net.url("http://h").path)
  end)

  it("that another reader might read otherwise are refused", function()
    for _, text in ipairs { "https://huggingface.co\\@evil.example/", "https://user@h/", "https://h:0/",
      "https://h:65536/", "https://h:x/", "https:///x", "https://h h/", "//h/", "", "https:h", "https://h%2ee/",
      "https://[::1/", "https://[::1]x/", "https://\xc3\xa9/", "https://h/\n", "https://h/a b" } do
      local url, _, code = net.url(text)
      assert.is_nil(url)
      assert.equal("malformed", code, text)
    end
    assert.equal("unsupported", select(3, net.url "ftp://h/"))
  end)

  it("are joined as RFC 3986 says", function()
    local base = "http://a/b/c/d?q"
    for reference, expected in pairs { g = "http://a/b/c/g", ["./g"] = "http://a/b/c/g", ["g/"] = "http://a/b/c/g/",
      ["/g"] = "http://a/g", ["//g"] = "http://g/", ["?y"] = "http://a/b/c/d?y", ["g?y"] = "http://a/b/c/g?y",
      ["#s"] = "http://a/b/c/d?q", ["g#s"] = "http://a/b/c/g", [""] = "http://a/b/c/d?q", ["."] = "http://a/b/c/",
      [".."] = "http://a/b/", ["../g"] = "http://a/b/g", ["../.."] = "http://a/", ["../../../g"] = "http://a/g",
      ["/./g"] = "http://a/g", ["/../g"] = "http://a/g", ["./g/."] = "http://a/b/c/g/", ["g/../h"] = "http://a/b/c/h",
      ["g?y/../x"] = "http://a/b/c/g?y/../x", ["https://X:443/../y?Sig=%2B%2b+"] = "https://x/../y?Sig=%2B%2b+",
      ["a b\xc3\xa9"] = "http://a/b/c/a%20b%C3%A9" } do
      assert.equal(expected, net.join(base, reference))
    end
  end)

  it("are escaped and unescaped", function()
    assert.equal("refs%2Fpr%2F1", net.escape "refs/pr/1")
    assert.equal("a/b%20c~.-_%C3%A9", net.escape("a/b c~.-_\xc3\xa9", true))
    assert.equal("a/b%zz%", net.unescape "a%2Fb%zz%")
  end)
end)

describe("server text", function()
  it("is made fit for a terminal", function()
    assert.equal("a\\x1b[31m\\x0d\\x0aé", net.printable "a\27[31m\r\né")
    assert.equal("\\xc2\\x9b\\xff", net.printable "\xc2\x9b\xff")
    for n, text in pairs { "a...", [3] = "abc..." } do assert.equal(text, net.printable("abcdef", n)) end
    assert.has_error(function() net.printable("abcdef", 0) end)
  end)
end)

describe("a sparse source", function()
  local sources = require "modelsig.native.source"

  it("gives what was put and nothing else", function()
    local s = sources.sparse(1 << 40, "x")
    assert.equal(1 << 40, s:size())
    assert(s:put(10, "abc"))
    assert(s:put(13, "def"))
    assert(s:put(8, "xyab"))
    assert.equal("xyabcdef", s:read(8, 8))
    local text, _, code, offset = s:read(8, 9)
    assert.same({ nil, "truncated", 16 }, { text, code, offset })
    assert.same({ "mismatch" }, { (select(3, s:put(9, "zz"))) })
    assert.same({ "limit" }, { (select(3, s:put((1 << 40) - 1, "zz"))) })
    assert.equal("unsupported", select(3, sources.memory("a"):put(0, "b")))
  end)

  it("feeds the manifest with headers alone", function()
    local header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    local s = sources.sparse(8 + #header + 8, "x")
    assert(s:put(0, ("<s8"):pack(header)))
    local manifest = require("modelsig.native.manifest").new()
    assert.equal(1, assert(manifest:read_safetensors(s, "x")).tensors)
  end)
end)
