--- The README's remote examples, run as written with HF_ENDPOINT at the stand-in Hub.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

local here = debug.getinfo(1, "S").source:match "^@(.*)/tests/spec/[^/]*$" or "."

--- The lines of the block under the heading "Remote models", without their remarks.
local function examples()
  local file = assert(io.open(here .. "/README.md"))
  local text = file:read "a"
  file:close()
  local block = text:match "\n## Remote models\n.-```sh\n(.-)```"
  local list = {}
  for line in (block or ""):gmatch "[^\n]+" do list[#list + 1] = line:gsub("%s+#.*", "") end
  return list
end

describe("the README's remote example", function()
  local server

  lazy_setup(function()
    server = hub.start()
    server:add("Qwen/Qwen3-8B", hub.tiny(2))
    server:add("Qwen/Qwen3-32B", hub.tiny(5))
    local files = hub.tiny()
    for name, text in pairs(hub.tiny()) do files["transformer/" .. name] = text end
    server:add("org/name", files, { revisions = { ["refs/pr/1"] = { folder = "." } } })
  end)
  lazy_teardown(function() server:stop() end)

  it("is there", function() assert.is_true(#examples() >= 6) end)

  for _, line in ipairs(examples()) do
    it(("'%s' runs"):format(line), function()
      server:reset()
      local output, exit = server:run(line)
      assert.equal(0, exit, output)
      assert.matches('"source": "safetensors"', output)
      assert.equal(line:find "%-%-offline" == nil, #server:requests() > 0)
      if line:find "%-%-stats" then assert.matches("org/name: %d+ requests, %d+ bytes", output) end
    end)
  end
end)
