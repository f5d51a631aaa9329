--- modelsig run tests/bench/onnx_rounds.lua FILE...: how often somebody would wait for pieces of an
--- ONNX file on a Hub, how many pieces are asked for, and how many bytes these are. A line each.

local hops = require "modelsig.format.onnx_hops"
local hub = require("modelsig.rules.named").get "hub"
local partial = require "modelsig.origin.hub.partial"

--- Puts what lacks of a range; how many bytes that was.
local function put(file, from, range)
  local last = math.min(range[2], file.size - 1)
  local first = file:lacks(range[1], last)
  if not first then return 0 end
  from:seek("set", first)
  file:put(first, from:read(last - first + 1))
  return last - first + 1
end

local function rounds_of(path)
  local from <close> = assert(io.open(path, "rb"))
  local file = partial.new { name = path, size = from:seek "end", window = hub.first_read,
    most = hub.limits.header }
  local rounds, pieces, bytes = 0, 0, 0
  local start = os.clock()
  local ranges = hops.next_ranges(file)
  while ranges do
    rounds, pieces = rounds + 1, pieces + #ranges
    for _, range in ipairs(ranges) do bytes = bytes + put(file, from, range) end
    ranges = hops.next_ranges(file)
  end
  return rounds, pieces, bytes, os.clock() - start
end

for _, path in ipairs(arg) do
  print(("%d %d %d %.3f"):format(rounds_of(path)))
end
