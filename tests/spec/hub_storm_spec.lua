--- A hundred models at once from a Hub that limits requests: each comes out right or says when it
--- may, and the Hub is not asked in vain.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local MODELS = 100

--- Requests to the server of faults.
local function count(server)
  return #server:requests { server = "^faults" }
end

describe("a hundred models from a Hub that limits requests", function()
  local server, ids, good

  lazy_setup(function()
    server = hub.start { faults = true }
    ids = {}
    for i = 1, MODELS do
      ids[i] = "many/m" .. i
      server:add(ids[i], hub.tiny(i % 3 + 1, function(tensors) tensors[1][3][1] = 64 * i end),
        { api_headers = i % 2 == 0 })
    end
    server:new_home()
    good = server:models(ids)
  end)
  lazy_teardown(function() server:stop() end)

  local function read(fault, flags)
    server:new_home()
    server:reset()
    return server:models(ids, { flags = flags, rules = { status = "0.05" },
      environment = { HF_ENDPOINT = server.places.faults_h2 .. "/" .. fault .. "/hub",
        HF_TOKEN = "hf_standin" } })
  end

  it("come out as from one that does not, window after window", function()
    local records = read("quota;per=100;window=1", "--timeout 60")
    for _, id in ipairs(ids) do
      assert.is_nil(records[id].error and records[id].error.message, id)
      assert.same(good[id].digests, records[id].digests)
    end
    local asked = count(server)
    read("ok", "--timeout 60")
    local needed = count(server)
    assert.is_true(asked > needed, "the limit was reached")
    assert.is_true(asked < 1.5 * needed, ("%d requests for %d"):format(asked, needed))
  end)

  it("say so where it wants them back much later, and are not tried again", function()
    local records, _, exit = read("status;code=429;r=0;t=299", "--timeout 30")
    assert.equal(2, exit)
    for _, id in ipairs(ids) do
      assert.equal("ratelimited", records[id].error.code, records[id].error.message)
      assert.matches("next one is allowed in 300 s", records[id].error.message)
    end
    assert.is_true(count(server) <= MODELS * 6, count(server)) -- what goes beside the first one
  end)

  it("leave no token anywhere", function() assert.same({}, server:secrets()) end)
end)
