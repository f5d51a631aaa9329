--- Which bytes of an ONNX file on a Hub are wanted next. The walk over the file says where it lacks
--- bytes; behind each weight that it steps over lies a small piece, and where the next one lies is
--- known only then. So that this takes few round trips, the places of the following pieces are
--- guessed from the lengths of weights so far and asked for together; the walk confirms them or
--- not. Where such guesses fail, places far ahead are guessed too, and from what is found there on.

local between = require "modelsig.format.onnx_between"
local guess = require "modelsig.format.onnx_guess"
local known = require "modelsig.format.onnx_known"
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

--- Walks over what is there, and again behind each message in which bytes lack: where that one ends
--- is known. Gives where each walk began, what it stepped over and the first byte that it lacked.
local function walk(file, most)
  local source <close> = assert(file:open())
  local model <close> = native.open(source)
  if not model then return nil end
  local legs, start, count = {}, 0, 0
  while start and #legs < most do
    local _, _, _, _, missing = model:read()
    if not missing then break end
    local jumps = model:jumps(count + 1)
    count = count + #jumps
    legs[#legs + 1] = { start = start, jumps = jumps, missing = missing }
    start = model:skip()
  end
  return legs[1] and legs or nil
end

--- How much is read of the beginning and of the end.
local function lengths_of_ends(file, rule)
  local most = math.min((file.size or 0) // rule.share, rule.ends)
  return math.max(file.window, most), math.max(rule.tail, most)
end

--- The first bytes, and the last ones: inputs, outputs and operator sets lie behind the weights.
local function ends_of(file, rule)
  local head, tail = lengths_of_ends(file, rule)
  local ranges = { { 0, head - 1 } }
  if file.size and file.size > head + tail then
    ranges[2] = { file.size - tail, file.size - 1 }
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

--- Adds the header that follows a known weight. Where what came was too little, more.
local function add_behind(ranges, stop, file, rule, gap)
  local lacks = file:lacks(stop, file.size - 1)
  if lacks then
    local wanted = math.max(gap + rule.guess.behind, rule.growth * (lacks - stop))
    ranges[#ranges + 1] = { lacks, lacks + math.min(wanted, rule.guess.widest) - 1 }
  end
end

--- Adds what lies beside each run but the first: what belongs to its first weight, the ends of
--- messages, and the next header.
local function add_beside(ranges, runs, file, rule, gap)
  for i = 2, #runs do
    local run = runs[i]
    local first = run[1].begin
    if run[1].bytes > 0 then ranges[#ranges + 1] = { first - gap, first - 1 } end
    for _, one in ipairs(run) do
      if one.bytes == 0 then
        ranges[#ranges + 1] = { one.offset - rule.between.ends, one.offset - 1 }
      end
    end
    add_behind(ranges, run[#run].stop, file, rule, gap)
  end
end

--- Adds what lacks between weights that follow one another.
local function add_inside(ranges, runs)
  for _, run in ipairs(runs) do
    for i = 2, #run do ranges[#ranges + 1] = { run[i - 1].stop, run[i].offset - 1 } end
  end
end

--- Adds where the next weights lie if their lengths go on as they did; of those places that are
--- less sure, only as long as such guesses hold.
local function add_next(ranges, jumps, failed, file, rule)
  local state = file.state
  local most = state.most and state.most * rule.growth or rule.guess.first
  state.most = math.min(most, rule.guess.most)
  local places = guess.places(jumps, state.most, rule.guess, file.size,
    failed and rule.between.guess or 0)
  state.asked = #places
  table.move(places, 1, #places, #ranges + 1, ranges)
end

--- Adds where weights are guessed to lie between those that are known, within what a file may cost.
local function add_between(ranges, runs, file, rule)
  local left = file.state.left
    or { bytes = math.max(file.size // rule.part, rule.bytes), places = rule.places }
  file.state.left = left
  if left.places <= 0 then return end
  for _, place in ipairs(between.places(runs, left.bytes // rule.ration, rule, file)) do
    ranges[#ranges + 1] = place
    left.bytes, left.places = left.bytes - (place[2] - place[1]), left.places - 1
  end
end

--- Leaves out what is there.
local function lacking(file, ranges)
  local out = {}
  for _, range in ipairs(ranges) do
    range[1] = math.max(0, range[1])
    local first = file:lacks(range[1], range[2])
    if first then out[#out + 1] = { first, range[2] } end
  end
  return out
end

--- Did the walk come no farther than a part of what was guessed?
local function has_failed(state, jumps)
  local came = #jumps - (state.before or 0)
  state.before = #jumps
  state.failed = state.failed or (state.asked or 0) > 0 and came <= state.asked // 2
  return state.failed
end

--- The beginning and the end, then where the walk lacks bytes, and where it will probably lack
--- them.
---@param file modelsig.Partial
---@return integer[][]|nil ranges
function M.next_ranges(file)
  local rule = named.get("onnx").fetch
  if not file:read(0, 1) then return ends_of(file, rule) end
  local legs = walk(file, rule.between.runs)
  if not legs then return nil end -- all is there, or wrong: `read` tells
  local state, jumps, missing = file.state, legs[1].jumps, legs[1].missing
  local failed = has_failed(state, jumps)
  local ranges = { { missing, missing + window_of(state, jumps, rule) - 1 } }
  if #jumps == 0 then return ranges end
  local _, tail = lengths_of_ends(file, rule)
  local runs = known.runs(legs, file, rule.between, tail)
  failed = failed and known.has_headers(runs[1])
  add_next(ranges, jumps, failed, file, rule)
  add_beside(ranges, runs, file, rule, guess.longest_gap(jumps, rule.guess.recent))
  if failed then add_between(ranges, runs, file, rule.between) end
  add_inside(ranges, runs)
  return lacking(file, join(ranges))
end

return M
