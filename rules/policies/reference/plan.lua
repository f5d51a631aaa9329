-- The tool's plan: groups of related models, grown from the smallest.

local array = json.array
local facts, whole = part "facts", part("manners").whole

local function size_of(document)
  local x = document.arch_fingerprint
  local size = (whole(x.num_hidden_layers) or 0) * (whole(x.hidden_size) or 0)
  return x.is_moe and 4 * size or size
end

local function is_related(a, b)
  local counts = facts.key_counts(a.static_weight_signature, b.static_weight_signature)
  return not facts.is_other(a, b, facts.phases(a, b, counts))
end

local levels = {
  { "level1_structure", "smallest of its group", { "loading", "tensor shapes", "dtypes" } },
  { "level2_numerical", "middle of its group",
    { "layer-wise cosine", "perplexity on a calibration set" } },
  { "level3_runtime", "middle of its group",
    { "prefill latency", "decode throughput", "KV cache eviction" } },
  { "level4_canary", "largest of its group", { "peak memory", "TP/PP" } },
}

local function plan(models)
  local list, groups, taken = {}, {}, {}
  for i, model in ipairs(models) do
    list[i] = { label = model.label, document = model.document, size = size_of(model.document),
      place = i }
  end
  table.sort(list, function(x, y)
    if x.size ~= y.size then return x.size < y.size end
    return x.place < y.place
  end)
  for i, head in ipairs(list) do
    if not taken[i] then
      local group = { head }
      for j = i + 1, #list do
        if not taken[j] and is_related(head.document, list[j].document) then
          taken[j] = true
          group[#group + 1] = list[j]
        end
      end
      groups[#groups + 1] = group
    end
  end
  local out = {}
  for n, level in ipairs(levels) do
    out[level[1]] = array {}
    for _, group in ipairs(groups) do
      local middle = #group // 2 + 1
      local pick = ({ 1, middle, #group > 1 and middle or 1, #group })[n]
      if n ~= 2 or #group > 1 then
        table.insert(out[level[1]], { model = group[pick].label, reason = level[2],
          test_focus = array { table.unpack(level[3]) } })
      end
    end
  end
  return out
end


return { make = plan }
