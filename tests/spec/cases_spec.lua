--- The transcripts of `tests/cases`, each in a folder of its own.

local read = require("tests.spec.files").slurp
local transcript = require "tests.spec.transcript"

local here = debug.getinfo(1, "S").source:match "^@(.*)/spec/[^/]*$"

describe("the transcript", function()
  local names = {}
  for name in io.popen("ls " .. transcript.quote(here .. "/cases")):lines() do
    if name:find "%.txt$" then names[#names + 1] = name end
  end

  it("folder is not empty", function() assert.is_true(#names > 0) end)

  for _, name in ipairs(names) do
    it(name .. " happens as written", function()
      local folder <close> = transcript.folder()
      local difference, steps = transcript.check(read(here .. "/cases/" .. name), folder.path,
        transcript.environment(folder.path))
      assert(not difference, difference)
      assert.is_true(steps > 0)
    end)
  end
end)
