--- Which bytes of an ONNX file on a Hub are wanted next. The walk over the file says where it lacks
--- bytes; behind each weight that it steps over lies a small piece, and where the next one lies is
--- known only then. So that this takes few round trips, the places of the following pieces are
--- guessed from the lengths of weights so far and asked for together; the walk confirms them or
--- not.

local guess = require "modelsig.format.onnx_guess"
local native = require "modelsig.native.onnx"
local named = require "modelsig.rules.named"

local M = {}

--- Ranges that touch or overlap become one.
local function join(ranges)
  table.sort(ranges, function(a, b) return a[1] < b[1] end)
  local out = {}
  for _, range in ipairs(ranges) do
    local last = out[#out]
    if last and range[1] <= last[2] + 1 then
      last[2] = math.max(last[2], range[2])
    else
      out[#out + 1] = { range[1], range[2] }
    end
  end
  return out
end

--- Walks over what is there; gives what was stepped over and the first byte that lacks.
local function walk(file)
  local source <close> = assert(file:open())
  local model <close> = native.open(source)
  if not model then return nil end
  local _, _, _, _, missing = model:read()
  return missing and model:jumps() or nil, missing
end

--- The first bytes, and the last ones: inputs, outputs and operator sets lie behind the weights.
local function ends_of(file, rule)
  local ranges = { { 0, file.window - 1 } }
  if file.size and file.size > file.window + rule.tail then
    ranges[2] = { file.size - rule.tail, file.size - 1 }
  end
  return ranges
end

--- How much is read where the walk stands: as much as lay between weights before; more each time
--- that it was not enough.
local function window_of(state, jumps, rule)
  if #jumps > (state.jumps or 0) then
    state.window = nil
  end
  state.jumps = #jumps
  state.window = state.window and math.min(state.window * rule.growth, rule.most)
    or math.max(rule.first, 2 * guess.longest_gap(jumps, rule.guess.recent))
  return state.window
end

--- The beginning and the end, then where the walk lacks bytes, and where it will probably lack
--- them.
---@param file modelsig.Partial
---@return integer[][]|nil ranges
function M.next_ranges(file)
  local rule = named.get("onnx").fetch
  if not file:read(0, 1) then return ends_of(file, rule) end
  local jumps, missing = walk(file)
  if not jumps then return nil end -- all is there, or wrong: `read` tells
  local state = file.state
  local ranges = { { missing, missing + window_of(state, jumps, rule) - 1 } }
  local last = jumps[#jumps]
  if not last then return ranges end
  local most = state.most and state.most * rule.growth or rule.guess.first
  state.most = math.min(most, rule.guess.most)
  for _, place in ipairs(guess.places(jumps, state.most, rule.guess, file.size)) do
    ranges[#ranges + 1] = place
  end
  return join(ranges)
end

return M
