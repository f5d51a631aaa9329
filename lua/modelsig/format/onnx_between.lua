--- Where weights probably begin between those that are known, when their lengths follow no rule.
--- A place is the sum of the lengths before it, in whatever order, so that many orders lead to few
--- places. How many weights of each length lie between two that are known is told by the distance;
--- of some steps between them the likeliest places are asked for. What is hit shortens two ways.

local fillings = require "modelsig.format.onnx_fillings"
local letters_of = require "modelsig.format.onnx_letters"
local numeric = require "modelsig.native.numeric"

local M = {}

--- Adds the likeliest places of a step, until so much of all chances is among them.
local function add_row(found, row, place_of, options, rule, file)
  local list, vain, sum = {}, 0, 0
  for i = 1, #row, 2 do
    local first, last = place_of(row[i])
    if first and file:lacks(first, last) then
      list[#list + 1] = { share = row[i + 1], range = { first, last } }
    elseif first then
      vain = vain + row[i + 1] -- it was looked at: nothing is there, or it would be known
    end
  end
  for _, one in ipairs(list) do
    if sum >= options.cover then break end
    local share = one.share / (1 - rule.sure * vain)
    sum = sum + share
    one.share = share * options.share
    if one.share >= rule.least then found[#found + 1] = one end
  end
end

--- Steps that are asked for: all, or the nearer to an end the more.
local function steps(last, total, all)
  local out = {}
  for depth = 1, last do
    local near = total and math.min(depth, total - depth) or depth
    if all or near & (near - 1) == 0 then out[#out + 1] = depth end
  end
  return out
end

local function kinds_of(strides, way, weight_of)
  local kinds = {}
  for i, stride in ipairs(strides) do
    kinds[2 * i - 1], kinds[2 * i] = way * stride, weight_of(i)
  end
  return kinds
end

--- How much a place so many steps from a known one may lie elsewhere; more is looked at where there
--- are bytes for it.
local function slack_of(gap, depth, rule)
  local slack = depth * gap.drift
  return math.max(slack, math.min(rule.wider * slack, gap.room))
end

--- Adds places between two known ones whose distance tells how many weights lie there.
local function add_closed(found, gap, filling, strides, rule, file)
  local total = filling.total
  local all = total <= rule.all
  local asked = steps(total - 1, total, all)
  local kinds = kinds_of(strides, 1, function(i) return filling.counts[i] end)
  local rows = assert(numeric.urn(kinds, true, asked, rule.row))
  local options = { share = filling.share, cover = all and rule.cover.all or rule.cover.some }
  local skip = all and 0 or gap.skip
  for i, depth in ipairs(asked) do
    local slack = slack_of(gap, math.min(depth, total - depth), rule)
    add_row(found, rows[i], function(sum)
      local offset = gap.low + sum + filling.rest * depth // total
      return offset + skip - rule.before - slack // 2, offset + gap.bytes + rule.behind + slack
    end, options, rule, file)
  end
end

--- What may lie more before and behind a place. Of the nearest ones any style is looked for: one
--- hit tells which it is.
local function room_of(gap, way, depth, style, least, rule)
  local slack = slack_of(gap, depth, rule)
  local before, behind = way > 0 and slack // 2 or slack, slack
  if depth <= rule.near then
    local less, more = depth * (style - least), depth * (gap.most - style)
    if way < 0 then less, more = more, less end
    return before + less, behind + more
  end
  return before - gap.skip, behind
end

--- Adds places on one side of a known one; it is loose where nothing is known of the style there.
local function add_open(found, gap, way, letters, is_loose, rule, file)
  local asked = steps(rule.deepest)
  local from, style = gap.low, gap.low_style
  if way < 0 then from, style = gap.high, gap.high_style end
  local strides = letters_of.strides(letters, style)
  local kinds = kinds_of(strides, way, function(i) return letters[i].weight end)
  local rows = assert(numeric.urn(kinds, false, asked, rule.row))
  local least = is_loose and math.min(gap.least, rule.tag) or gap.least
  for i, depth in ipairs(asked) do
    local before, behind = room_of(gap, way, depth, style, least, rule)
    local options = { share = 1,
      cover = depth <= rule.near and rule.cover.all or rule.cover.open }
    add_row(found, rows[i], function(sum)
      -- The style is taken to change evenly over the distance.
      local offset = from + sum + gap.change * depth * math.abs(sum) // (2 * (gap.high - gap.low))
      if offset <= gap.low or offset >= gap.high then return nil end
      return offset - rule.before - before, offset + gap.bytes + rule.behind + behind
    end, options, rule, file)
  end
end

--- What is known of the distance between the end of a run and the next one; nil if none is there.
--- `left`: bytes that may be asked for.
local function gap_between(run, after, samples, head, left, rule, file)
  local low, high = run[#run].stop, after and after[1].begin or file.size
  local low_style = letters_of.style_at(samples, low, 1, rule)
  local high_style = letters_of.style_at(samples, high, -1, rule)
  if after and after[1].bytes > 0 then high = high - high_style end
  if high <= low then return nil end
  local style = (low_style + high_style) // 2
  local bytes = math.max(low_style, high_style) + head
  local is_even = letters_of.are_alike(low_style, high_style, rule)
  return { low = low, high = high, low_style = low_style, high_style = high_style, style = style,
    least = samples.least, most = samples.most, bytes = bytes,
    change = is_even and high_style - low_style or 0,
    -- Of a long piece only the header is looked for at first.
    skip = style > rule.whole and style or 0,
    drift = math.max(rule.drift, bytes // rule.varies),
    room = left // (rule.most * rule.roomy) }
end

local function add_gap(found, gap, run, after, letters, rule, file)
  local low_loose, high_loose = run[#run].bytes == 0, after ~= nil and after[1].bytes == 0
  local chance = (low_loose or high_loose) and rule.chance.loose or rule.chance.known
  local strides = letters_of.strides(letters, gap.style)
  local list = after and fillings.of(gap, letters, strides, chance, rule) or {}
  for _, filling in ipairs(list) do add_closed(found, gap, filling, strides, rule, file) end
  if #list > 0 then return end
  add_open(found, gap, 1, letters, low_loose, rule, file)
  if after then add_open(found, gap, -1, letters, high_loose, rule, file) end
end

--- The ranges in which weights probably begin, the likeliest first.
---@param runs modelsig.onnx.Known[][]
---@param bytes integer of all of them
---@param rule table `between` of `rules/onnx/fetch.lua`
---@param file modelsig.Partial
---@return integer[][]
function M.places(runs, bytes, rule, file)
  local letters, head = letters_of.of(runs, rule)
  local samples = letters_of.samples(runs)
  local found, out = {}, {}
  if #samples == 0 then return out end
  for i = 1, math.min(#runs, rule.gaps) do
    local run, after = runs[i], runs[i + 1]
    local gap = run[#run].stop < file.size
      and gap_between(run, after, samples, head, bytes, rule, file)
    if gap then add_gap(found, gap, run, after, letters, rule, file) end
  end
  table.sort(found, function(a, b)
    if a.share ~= b.share then return a.share > b.share end
    return a.range[1] < b.range[1]
  end)
  for i = 1, math.min(rule.most, #found) do
    local range = found[i].range
    bytes = bytes - (range[2] - range[1])
    if bytes < 0 then break end
    out[i] = range
  end
  return out
end

return M
