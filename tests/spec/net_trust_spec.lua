--- Which certificates a transfer trusts: files, folders, and both.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local function shell(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  assert(pipe:close())
  return (text:gsub("%s+$", ""))
end

describe("trust", function()
  local server, right, wrong, empty

  lazy_setup(function()
    server = hub.start()
    local folder = shell "mktemp -d"
    right, wrong, empty = folder .. "/right", folder .. "/wrong", folder .. "/empty"
    shell(([[cd %s && mkdir right wrong empty &&
      cp %s right/$(openssl x509 -hash -noout -in %s).0 &&
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
        -days 2 -subj /CN=other -out other.pem 2>/dev/null &&
      cp other.pem wrong/$(openssl x509 -hash -noout -in other.pem).0]]):format(folder, server.ca,
      server.ca))
  end)
  lazy_teardown(function()
    server:stop()
    shell("rm -r " .. right:match "^(.*)/")
  end)
  before_each(function() server:reset() end)

  --- The answer to a request, and how many the session counts.
  local function ask(ca_file, ca_path, count)
    local session <close> = assert(net.open { endpoint = server.endpoint, ca_file = ca_file,
      ca_path = ca_path })
    for _ = 1, count or 1 do
      session:start { url = server.endpoint .. "/api/models/nobody/nothing" }
    end
    local answer
    for _ = 1, count or 1 do answer = assert(session:wait(20000)) end
    return answer, session:stats().requests
  end

  it("is a file, or a folder of hashed names", function()
    assert.equal(401, ask(server.ca).status)
    assert.equal(401, ask(nil, right).status)
  end)

  it("of a file and a folder is both, whichever of them it takes", function()
    local other = wrong:match "^(.*)/" .. "/other.pem"
    for _, pair in ipairs { { server.ca, wrong }, { server.ca, empty }, { other, right },
      { server.ca, "/nonexistent" } } do
      local answer, requests = ask(pair[1], pair[2], 5)
      assert.equal(401, answer.status)
      assert.equal(5, requests)
    end
    assert.equal(20, #server:requests { uri = "nobody" })
  end)

  it("is not given to others", function()
    local other = wrong:match "^(.*)/" .. "/other.pem"
    for _, pair in ipairs { { other }, { nil, wrong }, { other, wrong }, {} } do
      local answer = ask(pair[1], pair[2])
      assert.same({ "io", "certificate", "no" },
        { answer.error.code, answer.error.kind, answer.retry })
    end
    assert.equal(0, #server:requests { uri = "nobody" })
  end)
end)
