--- Models over connections by HTTP/2 that break in the middle, against a server that writes its
--- frames by hand: a try is lost, and no model.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

describe("a connection over HTTP/2 that breaks", function()
  local server, good

  lazy_setup(function()
    server = hub.start { faults = true }
    server:add("org/tiny", hub.tiny(6), { api_headers = false })
    server:new_home()
    good = server:models({ "org/tiny" })["org/tiny"]
  end)
  lazy_teardown(function() server:stop() end)

  local function read(place, fault)
    server:add("org/tiny", hub.tiny(6), { api_headers = false,
      cdn = place == "cdn" and ("{faults_h2}/%s/cdn"):format(fault) or nil })
    server:new_home()
    server:reset()
    local environment = place == "hub"
      and { HF_ENDPOINT = server.places.faults_h2 .. "/" .. fault .. "/hub" } or {}
    return server:models({ "org/tiny" }, { rules = hub.quick, environment = environment,
      flags = "--timeout 20" })["org/tiny"]
  end

  for _, fault in ipairs { "goaway;after=2", "goaway_none", "goaway_none;code=11", "goaway_body",
    "rst", "rst;code=7", "rst_body;nolength", "fin_body", "closed_window", "narrow",
    "zero_window" } do
    it(("by '%s' at any request costs a try, and no model"):format(fault), function()
      for _, place in ipairs { "hub", "cdn" } do
        for skip = 0, 3, 3 do
          local record = read(place, ("%s;skip=%d;times=1"):format(fault, skip))
          assert.is_nil(record.error and record.error.message, place .. skip)
          assert.same(good.digests, record.digests)
        end
      end
    end)
  end

  it("each time is given up after the tries, with its reason", function()
    for _, fault in ipairs { "goaway_none;code=11", "rst", "rst;code=11", "fin_body" } do
      for _, place in ipairs { "hub", "cdn" } do
        local record = read(place, fault)
        assert.is_table(record.error)
        assert.matches("6 tries", record.error.message)
        assert.not_equal("timeout", record.error.code)
      end
    end
  end)

  it("and grants no window at all: answers come all the same", function()
    local record = read("cdn", "closed_window")
    assert.is_nil(record.error and record.error.message)
    assert.same(good.digests, record.digests)
  end)
end)
