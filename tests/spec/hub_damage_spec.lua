--- The cache proves what it holds: whatever happens to its files, a run gives the report of the
--- Hub's own files, or says what is missing.

local hub = require "tests.hub.hub"
local files = require "tests.spec.files"
local net = require "modelsig.native.net"

if not net.built then return end

local ID = "org/tiny"

describe("a damaged cache", function()
  local server, whole, kept, ref

  lazy_setup(function()
    server = hub.start()
    server:add(ID, hub.tiny(2), { api_headers = false })
    server:new_home()
    local record = server:models({ ID })[ID]
    assert.is_nil(record.error)
    whole = record
    kept = files.shell(("find %s/.cache -name '*.pack'"):format(server.home))
    ref = files.shell(("find %s/.cache -name main"):format(server.home))
  end)
  lazy_teardown(function() server:stop() end)

  --- The record of one more run.
  local function again(flags)
    server:reset()
    return server:models({ ID }, { flags = flags })[ID]
  end

  it("gives the same report online, at bytes all over a pack", function()
    local pack = files.slurp(kept)
    for at = 1, #pack, #pack // 60 do
      local byte = string.char(pack:byte(at) ~ (1 << at % 8))
      files.spit(kept, pack:sub(1, at - 1) .. byte .. pack:sub(at + 1))
      local record = again()
      assert.is_nil(record.error, "byte " .. at)
      assert.same(whole.digests, record.digests, "byte " .. at)
      assert.equal(pack, files.slurp(kept), "the damage was mended")
    end
  end)

  it("is named offline", function()
    local pack = files.slurp(kept)
    local at = pack:find('"num_key_value_heads"', 1, true)
    files.spit(kept, pack:sub(1, at) .. "N" .. pack:sub(at + 2))
    local record = again "--offline"
    assert.equal("offline", record.error.code)
    assert.matches("org/tiny: what the cache has of config.json at main is damaged",
      record.error.message, 1, true)
    files.spit(kept, "X" .. pack:sub(2))
    assert.matches("what the cache has of main is damaged", again("--offline").error.message)
    assert.same({}, server:requests())
    files.spit(kept, pack)
    assert.same(whole.digests, again("--offline").digests)
  end)

  it("with one text damaged fetches that one alone", function()
    local pack = files.slurp(kept)
    local at = pack:find('"num_key_value_heads"', 1, true)
    files.spit(kept, pack:sub(1, at) .. "N" .. pack:sub(at + 2))
    assert.same(whole.digests, again().digests)
    local requests = server:requests { uri = "/resolve/" }
    assert.equal(1, #requests)
    assert.matches("config.json", requests[1].uri)
  end)

  it("with pipes in it waits for none of them, and puts files in their place", function()
    for _, path in ipairs { kept, ref } do
      files.shell(("rm %s; mkfifo %s"):format(path, path))
      assert.same(whole.digests, again("--timeout 20").digests)
      assert.same(whole.digests, again("--offline").digests)
    end
  end)

  it("in the folder of the Hub's tools waits for no pipe", function()
    local base = server.home .. "/.cache/huggingface/hub/models--org--tiny"
    files.shell(("mkdir -p %s/refs %s/trees; mkfifo %s/refs/main"):format(base, base, base))
    assert.same(whole.digests, again("--timeout 20").digests)
    files.shell("rm -r " .. base)
  end)

  it("is not made where HOME is no absolute path, and that is said once", function()
    for _, home in ipairs { "HOME=rel", "-u HOME" } do
      local output = server:run(("env -u XDG_CACHE_HOME %s modelsig org/tiny org/tiny@main "
        .. "--output table >out"):format(home))
      local _, count = output:gsub("nothing was kept for the next run: HOME", "")
      assert.equal(1, count, output)
      assert.equal("", (server:run "ls | grep -vE '^(said|out)$'"))
    end
  end)
end)
