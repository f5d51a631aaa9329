--- How many weights of each length lie in a distance between two that are known.

local M = {}

---@class modelsig.onnx.Filling
---@field counts integer[] of each letter
---@field total integer
---@field rest integer bytes that are left over, or lack
---@field share number how likely it is beside the others

--- All ways to fill the distance. None where chance would find some, too: a large distance can be
--- filled in many ways. How many it would find is the sum of the chances of each try.
local function all_fillings(gap, strides, chance, rule)
  local out, counts, by_chance, last = {}, {}, 0, #strides
  local function add(left, total)
    local n = math.max(0, (left + strides[last] // 2) // strides[last])
    counts[last], total = n, total + n
    local rest, miss = left - n * strides[last], rule.slack + total * gap.drift
    by_chance = by_chance + math.max(2 * miss / strides[last], chance / rule.tries)
    if total > 0 and total <= rule.longest and math.abs(rest) <= miss then
      out[#out + 1] = { counts = table.move(counts, 1, last, 1, {}), total = total, rest = rest }
    end
  end
  local function try(k, left, total)
    if by_chance > chance or total > rule.longest then return end
    if k == last then return add(left, total) end
    for n = 0, (left + rule.slack + gap.drift * rule.longest) // strides[k] do
      counts[k] = n
      try(k + 1, left - n * strides[k], total + n)
    end
  end
  if gap.high - gap.low <= rule.longest * strides[1] then try(1, gap.high - gap.low, 0) end
  return by_chance <= chance and out or {}
end

--- The logarithm of how likely a filling is, when each weight is drawn by itself.
local function likelihood(filling, letters, all)
  local sum = -filling.total * math.log(all)
  for i = 2, filling.total do sum = sum + math.log(i) end
  for k, n in ipairs(filling.counts) do
    for i = 2, n do sum = sum - math.log(i) end
    sum = sum + n * math.log(letters[k].weight)
  end
  return sum
end

--- The likeliest ways to fill a distance.
---@param gap {low: integer, high: integer, drift: integer}
---@param letters modelsig.onnx.Letter[]
---@param strides integer[]
---@param chance number fillings that chance may find
---@param rule table `between` of `rules/onnx/fetch.lua`
---@return modelsig.onnx.Filling[]
function M.of(gap, letters, strides, chance, rule)
  local list, all = all_fillings(gap, strides, chance, rule), 0
  for _, letter in ipairs(letters) do all = all + letter.weight end
  for _, filling in ipairs(list) do filling.likely = likelihood(filling, letters, all) end
  table.sort(list, function(a, b) return a.likely > b.likely end)
  local out, sum = table.move(list, 1, math.min(rule.fillings, #list), 1, {}), 0
  for _, filling in ipairs(out) do
    filling.share = math.exp(filling.likely - out[1].likely)
    sum = sum + filling.share
  end
  for _, filling in ipairs(out) do filling.share = filling.share / sum end
  return out
end

return M
