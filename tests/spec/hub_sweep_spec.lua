--- Each request of a run fails in turn: asked again, or an error, never a wrong report or a rest.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

describe("each request of a run that fails in turn", function()
  local server, good

  lazy_setup(function()
    server = hub.start { faults = true }
    server:add("org/hub", hub.tiny(3))
    server:add("org/tiny", hub.tiny(3), { api_headers = false })
    good = server:models { "org/tiny" }["org/tiny"]
    assert(good and not good.error)
  end)
  lazy_teardown(function() server:stop() end)

  local function read(endpoint, config)
    server:add("org/tiny", hub.tiny(3), config or { api_headers = false })
    server:new_home()
    server:reset()
    local records = server:models({ "org/tiny" }, { environment = { HF_ENDPOINT = endpoint,
      HF_TOKEN = "hf_standin" }, rules = hub.quick, flags = "--timeout 10" })
    return records["org/tiny"]
  end

  local function left_over()
    local pipe = io.popen("find '" .. server.home .. "' -type f -name '*tmp*'")
    local text = pipe:read "a"
    pipe:close()
    return text
  end

  --- `fault` with `{k}` for the number of requests that pass first.
  local function sweep(fault, place, once)
    local whole = 0
    for k = 0, 40 do
      local text = (fault:gsub("{k}", k))
      local record
      if place == "hub" then
        record = read(server.places.faults .. "/" .. text .. "/hub")
      else
        record = read(nil, { api_headers = false, cdn = "{faults}/" .. text .. "/cdn" })
      end
      if record.error then
        assert.is_false(once, record.error.message)
        assert.is_string(record.error.code)
      else
        assert.same(good.digests, record.digests)
        assert.same(good.parameters, record.parameters)
        whole = whole + 1
      end
      assert.equal("", left_over())
      local reached = #server:requests { server = "^faults$" }
      if not once and not record.error or once and reached <= k then return end
    end
    assert.is_true(whole > 0)
  end

  it("once, at the Hub, is asked again", function()
    sweep("reset;skip={k};times=1", "hub", true)
  end)

  it("once, at the CDN, is asked again", function()
    sweep("cut;bytes=30;skip={k};times=1", "cdn", true)
  end)

  it("from then on, at the Hub, is an error or the same report", function()
    sweep("fin;skip={k}", "hub", false)
  end)

  it("from then on, at the CDN, is an error or the same report", function()
    sweep("status;code=500;skip={k}", "cdn", false)
  end)
end)
