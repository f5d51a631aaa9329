--- The weights of a file that are known so far: those that the walk stepped over, those that it
--- finds behind messages whose ends it knows, and those whose headers lie in pieces that came as
--- guesses. The latter are not confirmed: they only say where more is worth having.

local guess = require "modelsig.format.onnx_guess"
local native = require "modelsig.native.onnx"

local M = {}

---@class modelsig.onnx.Known a weight, or (without bytes) a place where a message begins
---@field begin integer where its header begins, where its values begin if that is not known
---@field offset integer where its values begin
---@field stop integer behind them
---@field bytes integer
---@field gap integer|nil from the end of the weight before to its values, if that one is known
---@field sure boolean

--- Where the values of the last weight before an offset probably end: from there on all are fields.
--- Where fields fill the piece before it, it begins among them.
local function end_before(file, offset, bytes)
  local first = math.max(0, offset - bytes)
  local text = file:read(first, offset - first)
  local found = text and native.tail(text)
  return found and found < bytes - bytes // 4 and offset - found or nil
end

--- What a walk stepped over, from the place where it began.
local function walked(legs, file, ends)
  local list = {}
  for i, leg in ipairs(legs) do
    if i > 1 then
      local begin = end_before(file, leg.start, ends) or leg.start
      list[#list + 1] = { begin = begin, offset = leg.start, stop = leg.start, bytes = 0,
        sure = true }
    end
    for _, jump in ipairs(leg.jumps) do
      list[#list + 1] = { begin = jump[1], offset = jump[1], stop = jump[1] + jump[2],
        bytes = jump[2], sure = true }
    end
  end
  return list
end

--- Adds what looks like a weight in the pieces behind an offset; of those that were walked it says
--- where their headers begin.
local function add_found(list, file, missing)
  local has = {}
  for _, one in ipairs(list) do has[one.offset] = one end
  for at, text in file:pieces(0) do
    for _, header in ipairs(native.headers(text, at)) do
      local begin, offset, bytes = table.unpack(header)
      if has[offset] then
        has[offset].begin = begin
      elseif at > missing and offset + bytes <= file.size then
        list[#list + 1] = { begin = begin, offset = offset, stop = offset + bytes, bytes = bytes,
          sure = false }
      end
    end
  end
end

--- Adds the end of the file.
local function add_tail(list, file, missing, bytes)
  local state = file.state
  state.tail = state.tail or end_before(file, file.size, bytes) or file.size
  if state.tail > missing and state.tail < file.size then
    list[#list + 1] = { begin = state.tail, offset = state.tail, stop = file.size, bytes = 0,
      sure = false }
  end
end

--- All of them in the order of the file; where two overlap, what was walked counts.
local function in_order(list)
  local out = {}
  table.sort(list, function(a, b)
    if a.offset ~= b.offset then return a.offset < b.offset end
    return a.stop < b.stop
  end)
  for _, one in ipairs(list) do
    local last = out[#out]
    while last and one.sure and not last.sure and one.begin < last.stop do
      out[#out] = nil
      last = out[#out]
    end
    if not last or one.begin >= last.stop then out[#out + 1] = one end
  end
  return out
end

--- Are headers seen where weights were walked? Not where names come behind the values: then a
--- weight that is hit by a guess is not seen either.
---@param run modelsig.onnx.Known[]
---@return boolean
function M.has_headers(run)
  local seen, all = 0, 0
  for _, one in ipairs(run) do
    if one.bytes > 0 then
      all = all + 1
      if one.begin < one.offset then seen = seen + 1 end
    end
  end
  return 2 * seen >= all
end

--- Runs of weights between which no other lies.
---@param legs {start: integer, jumps: integer[][], missing: integer}[] of the walk: the first one
---  from the beginning
---@param file modelsig.Partial
---@param rule {runs: integer, ends: integer}
---@param tail integer bytes of the end that came first
---@return modelsig.onnx.Known[][] runs the last one may be what lies behind all weights
function M.runs(legs, file, rule, tail)
  local list = walked(legs, file, rule.ends)
  add_found(list, file, legs[1].missing)
  add_tail(list, file, legs[1].missing, tail)
  local near = 2 * guess.longest_gap(legs[1].jumps)
  local runs, run = {}, {}
  for i, one in ipairs(in_order(list)) do
    local last = run[#run]
    local gap = last and one.offset - last.stop
    if i > 1 and not (gap and (gap <= near or not file:lacks(last.stop, one.offset - 1))) then
      run = {}
    end
    if #run == 0 then
      if #runs == rule.runs then break end
      runs[#runs + 1] = run
    elseif last.bytes > 0 and one.bytes > 0 then
      one.gap = gap
    end
    run[#run + 1] = one
  end
  return runs
end

return M
