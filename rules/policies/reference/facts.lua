-- The tool's facts about a pair: common keys, phases, ratios, shapes.

local array = json.array
local manners = part "manners"
local equal, round, set_of = manners.equal, manners.round, manners.set_of
local sorted, truthy = manners.sorted, manners.truthy

local kinds = { q_proj = "attention", k_proj = "attention", v_proj = "attention",
  o_proj = "attention", gate_proj = "ffn", up_proj = "ffn", down_proj = "ffn",
  input_layernorm = "norm", post_attention_layernorm = "norm" }

--- Which parts the layers have; nothing is known of them without headers.
local function substructure(document)
  local found = {}
  if document.source ~= "safetensors" then return found end
  for key in pairs(document.static_weight_signature) do
    local rest = key:match "%.N%.(.*)"
    local module = rest and rest:match "^(.*)%."
    local word = module and (module:match "^.*%.(.*)$" or module)
    if word and kinds[word] then found[kinds[word]] = true end
  end
  return found
end

local function key_counts(a, b)
  local common, only_a, only_b = {}, array {}, array {}
  for key in pairs(a) do table.insert(b[key] and common or only_a, key) end
  for key in pairs(b) do
    if not a[key] then only_b[#only_b + 1] = key end
  end
  for _, list in ipairs { common, only_a, only_b } do table.sort(list) end
  return { common = common, only_a = only_a, only_b = only_b,
    larger = #common + math.max(#only_a, #only_b), all = #common + #only_a + #only_b }
end

local function phases(a, b, counts)
  local first = #counts.common + #counts.only_a > 0 and #counts.common + #counts.only_b > 0
    and #counts.common / counts.larger >= 0.8
  return first, equal(substructure(a), substructure(b))
end

local function is_other(a, b, first, second)
  local x, y = a.arch_fingerprint, b.arch_fingerprint
  return x.is_moe ~= y.is_moe or truthy(x.model_type) and truthy(y.model_type)
    and x.model_type ~= y.model_type or not first or not second
end

local function scaling(x, y)
  local out, ratios, sum = {}, {}, 0.0
  for _, name in ipairs { "hidden_size", "intermediate_size", "head_dim" } do
    local p, q = x[name], y[name]
    if truthy(p) and truthy(q) and math.type(p) and math.type(q) then
      local ratio = round(q / p, 6)
      out[name] = { a = p, b = q, ratio = ratio }
      ratios[#ratios + 1] = ratio
      sum = sum + ratio
    end
  end
  local mean = sum / math.max(#ratios, 1)
  for _, ratio in ipairs(ratios) do
    if #ratios > 1 and math.abs(ratio - mean) > 0.2 * mean then return out, false end
  end
  return out, true
end

local function differ(a, b, name, by)
  local x, y = a.dimension_ratios[name], b.dimension_ratios[name]
  return x ~= nil and y ~= nil and math.abs(x - y) > by
end

local function jaccard(a, b)
  local have, common, all = set_of(a), 0, #a
  for _, name in ipairs(b) do
    if have[name] then common = common + 1 else all = all + 1 end
  end
  return all == 0 and 1.0 or common / all, common
end

local function is_uniform(x, y)
  local small, large = x, y
  if lists.product(x) > lists.product(y) then small, large = y, x end
  local least, most = math.huge, 0
  for i = 1, #small do
    local ratio = large[i] / small[i]
    least, most = math.min(least, ratio), math.max(most, ratio)
  end
  return most - least <= 0.05 * most
end

local function shapes(a, b, counts)
  local same_rank, other = 0, array {}
  for _, key in ipairs(counts.common) do
    local x = a.static_weight_signature[key].representative_shape
    local y = b.static_weight_signature[key].representative_shape
    if #x == #y then
      same_rank = same_rank + 1
      if #x > 0 and lists.product(x) ~= 0 and lists.product(y) ~= 0 and not is_uniform(x, y) then
        other[#other + 1] = key
      end
    end
  end
  return counts.all == 0 and 1.0 or same_rank / counts.all, other
end

local function first(list, count)
  return array { table.unpack(list, 1, math.min(count, #list)) }
end

local function missing(from, list)
  local have, out = set_of(list), {}
  for _, name in ipairs(from) do
    if not have[name] then out[name] = true end
  end
  return sorted(out)
end


return { key_counts = key_counts, phases = phases, is_other = is_other, scaling = scaling,
  differ = differ, jaccard = jaccard, shapes = shapes, first = first, missing = missing }
