--- One run through good and faulty servers under valgrind: no error, no leak, no open descriptor.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"
local transcript = require "tests.spec.transcript"

if not net.built then return end

local faults = { faults = { "cut;bytes=20", "no_content_range", "reset_body", "ignore_range",
  "gzip_partial", "many_headers", "bad_chunk", "status;code=403", "redirect_loop" },
  faults_h2 = { "rst_body", "goaway_body", "cut;nolength", "push", "fin_body" } }

local function is_usable()
  local binary = transcript.quote(transcript.binary())
  return os.execute "command -v valgrind >/dev/null"
    and not os.execute("grep -q __asan_init " .. binary)
end

describe("under valgrind", function()
  it("a run through faults has no error, no leak and no open descriptor", function()
    if not is_usable() then
      pending "valgrind is not there, or the build has sanitizers"
      return
    end
    local server <close> = hub.start { faults = true }
    local ids = { "org/good", "org/many", "org/missing" }
    server:add("org/good", hub.tiny(2))
    server:add("org/many", hub.tiny(2), { api_headers = false })
    for place, names in pairs(faults) do
      for _, fault in ipairs(names) do
        ids[#ids + 1] = "org/f" .. #ids
        server:add(ids[#ids], hub.tiny(), { cdn = ("{%s}/%s/cdn"):format(place, fault) })
      end
    end
    local rules = { first_read = "2600", times = "1" }
    for name, value in pairs(hub.quick) do rules[name] = value end
    local output = server:run(("MODELSIG_LUA_DIR=%s valgrind --leak-check=full --track-fds=yes "
      .. "--show-leak-kinds=definite --errors-for-leak-kinds=definite %s %s --timeout 30 "
      .. "--output json >report"):format(transcript.quote(server:changed_rules(rules)),
      transcript.quote(transcript.binary()), table.concat(ids, " ")))
    assert.matches("ERROR SUMMARY: 0 errors", output)
    assert.matches("definitely lost: 0 bytes", output)
    assert.not_matches("Open AF_", output)
    for kind in output:gmatch "Open file descriptor [^\n]*\n[^\n]*" do
      assert.matches("inherited from parent", kind)
    end
    assert.same({}, server:secrets())
  end)
end)
