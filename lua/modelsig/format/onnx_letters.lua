--- What the weights of a file that are known tell of those that are not: their lengths, and what
--- lies between two. The latter is the header, as long as its length and name want, and before it
--- the style: the tag of a field, or the nodes that take turns with the weights.

local M = {}

---@class modelsig.onnx.Letter a length of weights
---@field bytes integer
---@field weight number how often it was seen, less a little: what was seen once is rarer than that
---  says
---@field head integer bytes of a header

--- The lengths of weights seen so far, the longest first.
---@param runs modelsig.onnx.Known[][]
---@param rule table `between` of `rules/onnx/fetch.lua`
---@return modelsig.onnx.Letter[] letters
---@return integer head the longest one
function M.of(runs, rule)
  local letters, by_bytes, longest = {}, {}, 0
  for _, run in ipairs(runs) do
    for _, one in ipairs(run) do
      if one.bytes > 0 then
        local letter = by_bytes[one.bytes]
        if not letter then
          letter = { bytes = one.bytes, weight = -rule.once }
          by_bytes[one.bytes], letters[#letters + 1] = letter, letter
        end
        letter.weight = letter.weight + 1
        letter.head = one.offset - one.begin
        longest = math.max(longest, letter.head)
      end
    end
  end
  table.sort(letters, function(a, b)
    if a.weight ~= b.weight then return a.weight > b.weight end
    return a.bytes > b.bytes
  end)
  letters = table.move(letters, 1, math.min(#letters, rule.kinds), 1, {})
  table.sort(letters, function(a, b) return a.bytes > b.bytes end)
  return letters, longest
end

--- How far the end of a weight of each length lies from that of the one before.
---@param letters modelsig.onnx.Letter[]
---@param style integer
---@return integer[]
function M.strides(letters, style)
  local out = {}
  for i, letter in ipairs(letters) do out[i] = letter.bytes + letter.head + style end
  return out
end

local function style_of(one) return one.gap - (one.offset - one.begin) end

--- The weights before which it is known what lies there, in order, and the range of their styles.
---@param runs modelsig.onnx.Known[][]
---@return modelsig.onnx.Known[]|{least: integer, most: integer}
function M.samples(runs)
  local out = { least = math.maxinteger, most = 0 }
  for _, run in ipairs(runs) do
    for _, one in ipairs(run) do
      if one.gap then
        out[#out + 1] = one
        out.least, out.most = math.min(out.least, style_of(one)), math.max(out.most, style_of(one))
      end
    end
  end
  return out
end

--- Are two styles of one kind?
---@param a integer
---@param b integer
---@param rule table
---@return boolean
function M.are_alike(a, b, rule)
  return math.abs(a - b) * rule.alike <= math.min(a, b) + rule.slack
end

--- The place among the samples where those behind an offset begin.
local function behind(samples, offset)
  local low, high = 1, #samples + 1
  while low < high do
    local middle = (low + high) // 2
    if samples[middle].offset < offset then low = middle + 1 else high = middle end
  end
  return low
end

--- The style at an offset: the average of the nearest samples before it (`way` 1) or behind it
--- (-1), or on the other side where none is, but not of those that are of another kind than the
--- very nearest.
---@param samples modelsig.onnx.Known[] at least one
---@param offset integer
---@param way integer
---@param rule table
---@return integer
function M.style_at(samples, offset, way, rule)
  local at = behind(samples, offset)
  local from = way > 0 and at - 1 or at
  if not samples[from] then from, way = from + way, -way end
  local near, sum, count = style_of(samples[from]), 0, 0
  for i = from, from - way * (rule.recent - 1), -way do
    local style = samples[i] and style_of(samples[i])
    if not style or not M.are_alike(style, near, rule) then break end
    sum, count = sum + style, count + 1
  end
  return sum // count
end

return M
