--- Where the next pieces between the weights of a file probably lie, from what lay where so far.
--- The lengths of weights are taken for a text in which a letter depends on the few before it; on
--- how many is what would have foretold the lengths so far best. In a model of equal layers the
--- guess is soon sure; where lengths follow no rule, the places with the highest chances are given.

local M = {}

--- Lengths of the weights so far, and of what lay before each.
local function steps_of(jumps)
  local out = {}
  for i, jump in ipairs(jumps) do
    local before = jumps[i - 1]
    out[i] = { bytes = jump[2], gap = before and jump[1] - before[1] - before[2] or 0 }
  end
  return out
end

local function context(past, length)
  local out = {}
  for i = 1, length do out[i] = past[#past - length + i] end
  return table.concat(out, " ")
end

--- Counts what followed which context, and what it costs to say each length in turn, in bits.
local function learn(steps, length)
  local counts, past, bits, kinds, seen = {}, {}, 0, 0, {}
  for i, step in ipairs(steps) do
    if i > length then
      local key = context(past, length)
      local row = counts[key] or { total = 0, of = {} }
      counts[key] = row
      local count = row.of[step.bytes] or 0
      bits = bits - math.log((count + 0.5) / (row.total + 0.5 * (kinds + 1)), 2)
      row.of[step.bytes], row.total = count + 1, row.total + 1
    else
      bits = bits + math.log(kinds + 2, 2)
    end
    if not seen[step.bytes] then seen[step.bytes], kinds = true, kinds + 1 end
    past[#past + 1] = step.bytes
  end
  return { counts = counts, bits = bits, length = length }
end

--- The memory that would have foretold best, and what is known without any: lengths that never
--- followed these few are still likelier than lengths that never were.
local function best_model(steps, memory)
  local plain = learn(steps, 0)
  local best = plain
  for length = 1, math.min(memory, #steps - 1) do
    local model = learn(steps, length)
    if model.bits < best.bits then best = model end
  end
  best.plain = plain.counts[""]
  return best
end

--- The chance of each length after a past.
local function chances(model, past)
  local plain, out = model.plain, {}
  local known = model.counts[context(past, model.length)]
  if known == plain then known = nil end
  local doubt = known and 1 / (known.total + 1) or 1
  for bytes, count in pairs(plain.of) do out[bytes] = doubt * count / plain.total end
  for bytes, count in pairs(known and known.of or {}) do
    out[bytes] = out[bytes] + (1 - doubt) * count / known.total
  end
  return out
end

--- The places that may follow one another, each with its chance of being met.
local function advance(row, model, gaps)
  local after, out = {}, {}
  for _, place in ipairs(row) do
    for bytes, chance in pairs(chances(model, place.past)) do
      local offset = place.offset + gaps[bytes] + bytes
      local next_place = after[offset]
      if not next_place then
        local past = { table.unpack(place.past, math.max(1, #place.past - model.length + 1)) }
        past[#past + 1] = bytes
        next_place = { offset = offset, share = 0, past = past }
        after[offset], out[#out + 1] = next_place, next_place
      end
      next_place.share = next_place.share + place.share * chance
    end
  end
  return out
end

--- The best of a row, sorted.
local function prune(row, most, size, least)
  local out = {}
  for _, place in ipairs(row) do
    if place.offset < size and place.share >= least then out[#out + 1] = place end
  end
  table.sort(out, function(a, b)
    if a.share ~= b.share then return a.share > b.share end
    return a.offset < b.offset
  end)
  return { table.unpack(out, 1, most) }
end

--- The longest piece among the last ones.
---@param jumps integer[][]
---@param recent? integer how many of them (all)
---@return integer
function M.longest_gap(jumps, recent)
  local longest = 0
  for i = math.max(2, #jumps - (recent or #jumps) + 1), #jumps do
    longest = math.max(longest, jumps[i][1] - jumps[i - 1][1] - jumps[i - 1][2])
  end
  return longest
end

--- The ranges in which pieces probably lie, the one behind the last weight left out.
---@param jumps integer[][] offset and bytes of each weight so far
---@param most integer
---@param rule {before: integer, behind: integer, drift: integer, memory: integer, recent: integer,
---  widest: integer, worth: integer} see `rules/onnx/fetch.lua`
---@param size integer of the file
---@param least number chance of a place
---@return integer[][]
function M.places(jumps, most, rule, size, least)
  local steps, gaps, past = steps_of(jumps), {}, {}
  if #steps == 1 then steps[2] = { bytes = steps[1].bytes, gap = 0 } end
  for i, step in ipairs(steps) do
    if i > 1 or #jumps == 1 then gaps[step.bytes] = step.gap end
    past[i] = jumps[i] and jumps[i][2]
  end
  gaps[steps[1].bytes] = gaps[steps[1].bytes] or steps[#steps].gap
  local gap = math.min(M.longest_gap(jumps, rule.recent), rule.widest)
  local model = best_model(steps, rule.memory)
  local last = jumps[#jumps]
  local row, found = { { offset = last[1] + last[2], share = 1, past = past } }, {}
  local depth = 0
  repeat
    depth = depth + 1
    local slack = depth * math.max(rule.drift, gap // rule.varies)
    local bytes = gap + rule.before + rule.behind + slack + slack // 2
    row = prune(advance(row, model, gaps), most, size, math.max(least, bytes / rule.worth))
    for _, place in ipairs(row) do
      found[#found + 1] = { share = place.share, offset = place.offset,
        range = { place.offset - rule.before - slack // 2,
          place.offset + gap + rule.behind + slack } }
    end
  until #row == 0 or depth >= most
  table.sort(found, function(a, b)
    if a.share ~= b.share then return a.share > b.share end
    return a.offset < b.offset
  end)
  local out = {}
  for i = 1, math.min(most, #found) do out[i] = found[i].range end
  return out
end

return M
