--- Runs after one another and beside one another: what the cache saves, what offline means, a
--- `main` that moves, a disk that is full.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

describe("runs", function()
  local server

  lazy_setup(function()
    server = hub.start { faults = true }
    server:add("org/one", hub.tiny())
    server:add("org/many", hub.tiny(4), { api_headers = false })
    server:add("org/fast", hub.tiny(4))
  end)
  lazy_teardown(function() server:stop() end)
  before_each(function()
    server:new_home()
    server:reset()
  end)

  local all = { "org/one", "org/many", "org/fast" }

  local function digests(records)
    local list = {}
    for id, record in pairs(records) do
      assert.is_nil(record.error and record.error.message)
      list[id] = record.digests
    end
    return list
  end

  it("of a sharded model ask once for each shard after its resolve", function()
    local records = server:models { "org/many" }
    assert.is_nil(records["org/many"].error)
    local resolved = {}
    for _, request in ipairs(server:requests { server = "hub", uri = "safetensors$" }) do
      assert.is_nil(resolved[request.uri])
      resolved[request.uri] = true
    end
    assert.equal(4, #server:requests { server = "cdn" })
    local connections = {}
    for _, request in ipairs(server:requests()) do connections[request.connection] = true end
    local count = 0
    for _ in pairs(connections) do count = count + 1 end
    assert.is_true(count <= 4)
  end)

  it("again ask for the commit and nothing else", function()
    local first = digests(server:models(all))
    server:reset()
    assert.same(first, digests(server:models(all)))
    local requests = server:requests()
    assert.equal(3, #requests)
    for _, request in ipairs(requests) do assert.matches("^/api/models/", request.uri) end
  end)

  it("again at a pinned commit ask nothing", function()
    local commit = server:ask "/api/models/org/many":match '"sha":"(%x+)"'
    local id = "org/many@" .. commit
    local first = digests(server:models { id })
    server:reset()
    assert.same(first, digests(server:models { id }))
    assert.same({}, server:requests())
  end)

  it("offline ask nothing, and read what is there", function()
    local first = digests(server:models(all))
    server:reset()
    assert.same(first, digests(server:models(all, { flags = "--offline" })))
    for _, name in ipairs { "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE" } do
      assert.same(first, digests(server:models(all, { environment = { [name] = "1" } })))
    end
    assert.same({}, server:requests())
  end)

  it("offline without anything there say so, and ask nothing", function()
    local records, _, exit = server:models(all, { flags = "--offline" })
    assert.equal(2, exit)
    for _, id in ipairs(all) do
      assert.equal("offline", records[id].error.code)
      assert.matches("in the cache, and offline nothing is asked", records[id].error.message)
    end
    assert.same({}, server:requests())
  end)

  it("while main moves give one commit or say so, never a mixture", function()
    for after = 0, 8 do
      local old, new = hub.tiny(3), hub.tiny(3, function(list)
        for _, tensor in ipairs(list) do tensor[2] = "F32" end
      end)
      local files = {}
      for name, text in pairs(old) do files[name] = text end
      for name, text in pairs(new) do files[".revisions/next/" .. name] = text end
      server:add("org/moving", files, { api_headers = after % 2 == 0,
        moves = { after = after, to = "next" },
        revisions = { next = { folder = ".revisions/next" } } })
      server:new_home()
      server:reset()
      local record = server:models { "org/moving" }["org/moving"]
      if record.error then
        assert.matches("moved", record.error.message)
      else
        local by_dtype = record.parameters.by_dtype
        assert.is_true((by_dtype.F32 == nil) ~= (by_dtype.BF16 == nil))
      end
    end
  end)

  it("two at once on a cold cache both come out right, and the third is warm", function()
    local one = "modelsig org/one org/many org/fast --no-layer-sig --output json >%d.json 2>%d.err"
    local both = one .. " & " .. one .. "; a=$?; wait $!; test $a$? = 00"
    local _, exit = server:run(both:format(1, 1, 2, 2))
    assert.equal(0, exit)
    local same = server:run "sed -i 's/\"timestamp.*//' *.json; cmp 1.json 2.json; cat *.err"
    assert.equal("", same)
    server:reset()
    digests(server:models(all))
    assert.equal(3, #server:requests())
  end)

  it("with a full disk read the model and say what was not kept", function()
    -- A limit of no bytes for files: each write fails as on a full disk.
    local output, exit = server:run(
      "trap '' XFSZ; ulimit -f 0; modelsig org/many --output json | cat")
    assert.equal(0, exit)
    assert.matches('"total": 6736', output)
    assert.matches("nothing was kept for the next run", output)
    server:reset()
    digests(server:models { "org/many" })
    assert.is_true(#server:requests() > 4)
  end)

  it("read what the Hub's own tools have, and write nothing there", function()
    local files = hub.tiny(3)
    files["model-00002-of-00003.safetensors"] = nil -- as after a download that was stopped
    server:add("org/shared", hub.tiny(3), { api_headers = false })
    local commit = server:ask "/api/models/org/shared":match '"sha":"(%x+)"'
    local base = "tools/hub/models--org--shared/"
    local function put(name, text)
      server.scratch:write(server.home:sub(#server.scratch.path + 2) .. "/" .. base .. name, text)
    end
    put("refs/main", commit)
    for name, text in pairs(files) do
      put("blobs/" .. name, text)
      local snapshot = base .. "snapshots/" .. commit
      server:run(("mkdir -p %s && ln -s ../../blobs/%s %s/"):format(snapshot, name, snapshot))
    end
    local function state() return server:run "find tools -printf '%p %s %T@\\n' | sort" end
    local before, environment = state(), { HF_HOME = server.home .. "/tools" }
    local options = { flags = "--offline", environment = environment }
    assert.equal("offline", server:models({ "org/shared" }, options)["org/shared"].error.code)
    assert.same({}, server:requests { uri = "resolve" })
    local first = digests(server:models({ "org/shared" }, { environment = environment }))
    local requests = server:requests { uri = "resolve/" }
    assert.equal(1, #requests)
    assert.matches("00002", requests[1].uri)
    assert.same(first, digests(server:models({ "org/shared" }, options)))
    assert.equal(before, state())
  end)

  it("where the cache cannot be, read all the same", function()
    server:run "mkdir -p .cache && echo > .cache/modelsig"
    digests(server:models(all))
  end)

  it("with a damaged cache read anew", function()
    local first = digests(server:models(all))
    server:run [[find .cache/modelsig -type f | while read f; do
      printf junk | dd of="$f" bs=1 seek=30 conv=notrunc 2>/dev/null; done]]
    assert.same(first, digests(server:models(all)))
    server:run [[find .cache/modelsig -type f | while read f; do : > "$f"; done]]
    assert.same(first, digests(server:models(all)))
  end)

  it("stopped by Ctrl-C end at once and leave nothing half done", function()
    server:add("org/slow", hub.tiny(), { script = { { path = "config.json", delay = 20 } } })
    local output, exit = server:run(
      "timeout -s INT 1 modelsig org/slow --output table; test $? -ge 124")
    assert.equal(0, exit)
    assert.not_matches("Traceback", output)
    local left = server:run "find . -name '*tmp*'"
    assert.equal("", left)
  end)

  it("say with --stats what they asked", function()
    local output = server:run "modelsig org/many --stats --no-layer-sig --output json"
    local network = output:match '"network": (%b{})'
    assert.is_string(network)
    local requests = tonumber(network:match '"requests": (%d+)')
    assert.equal(#server:requests(), requests)
  end)

  it("keep to a budget", function()
    local records = server:models({ "org/many" }, { flags = "--budget 1000" })
    assert.equal("limit", records["org/many"].error.code)
    assert.matches("1000 bytes.*%-%-budget", records["org/many"].error.message)
  end)

  it("take a whole file where ranges are ignored only if that is allowed", function()
    local files = hub.tiny()
    files["model.safetensors"] = hub.padded(200000)
    server:add("org/whole", files, { cdn = "{faults}/ignore_range/cdn" })
    local records = server:models { "org/whole" }
    assert.equal("unsupported", records["org/whole"].error.code)
    records = server:models({ "org/whole" }, { flags = "--allow-full 1M" })
    assert.is_nil(records["org/whole"].error and records["org/whole"].error.message)
  end)

  it("stop a whole file of 4 GB at its head", function()
    local folder = server:add("org/huge", hub.tiny(), { cdn = "{faults}/ignore_range/cdn" })
    assert(os.execute("truncate -s 4G '" .. folder .. "/model.safetensors'"))
    local output, exit = server:run "modelsig org/huge --output json"
    assert.equal(2, exit)
    assert.matches("whole file", output)
    for _, request in ipairs(server:requests { server = "^cdn$" }) do
      assert.is_true(request.sent < 50000000) -- what lies in the buffers of two connections
    end
  end)

  it("leave no token and no signed address anywhere", function()
    assert.same({}, server:secrets())
  end)
end)
