-- What splitting over ranks does: one record for each number of ranks, which rules hold there.

local ranks = { 1, 2, 4, 8, 16 }

local integer = numbers.positive

--- The sizes under a key: one, or the distinct ones of all layers. A layer without has 0.
local function sizes(m, key)
  local value = m:by_layer(key)
  local out, seen = {}, {}
  for _, v in ipairs(type(value) == "table" and value or { value }) do
    if integer(v) and not seen[v] then
      seen[v] = true
      out[#out + 1] = v
    end
  end
  return out
end

--- The rows and columns of weights that a quantised kernel can't split. Groups of small floats
--- are padded instead.
local function blocks_of(m)
  local q = m.model.quantization or m.c.quantization_config
  if type(q) ~= "table" then return {} end
  if type(q.weight_block_size) == "table" then return q.weight_block_size end
  return { q.kind ~= "float" and integer(q.group_size) or nil }
end

local function heads_split(heads, kv, tp, says)
  for _, n in ipairs(heads) do says(n % tp == 0, "heads do not divide") end
  for _, n in ipairs(kv) do
    if n >= tp then says(n % tp == 0, "key heads do not divide")
    else says(false, tp % n == 0 and "key heads are copied" or "key heads can't be copied") end
  end
end

local function width_splits(widths, blocks, tp, says)
  for _, width in ipairs(widths) do
    says(width % tp == 0, "width does not divide")
    for _, block in ipairs(blocks) do
      says(width % tp ~= 0 or not integer(block) or (width // tp) % block == 0,
        "width per rank is no multiple of the block")
    end
  end
end

local function record(m, tp)
  local c, out, said = m.c, {}, {}
  local function says(ok, text)
    if ok or said[text] then return end
    said[text] = true
    out[#out + 1] = text
  end
  local heads, experts = sizes(m, "num_attention_heads"), integer(c.num_experts)
  heads_split(heads, c.kv_lora_rank and {} or sizes(m, "num_key_value_heads"), tp, says)
  width_splits(sizes(m, experts and "moe_intermediate_size" or "intermediate_size"), blocks_of(m),
    tp, says)
  if experts then says(experts % tp == 0, "experts do not divide") end
  local groups = integer(c.n_groups)
  if groups and c.mamba_num_heads then says(groups % tp == 0, "state groups are copied") end
  says(not (heads[1] and c.kv_lora_rank and tp > 1), "latent cache on every rank")
  return #out > 0 and table.concat(out, "; ") or "splits"
end

return {
  {
    id = "parallel",
    scopes = { "parallel" },
    read = function(m)
      local heads, width = sizes(m, "num_attention_heads"), sizes(m, "intermediate_size")
      if not heads[1] and not width[1] then return nil end
      local out = {}
      for _, tp in ipairs(ranks) do out["tp" .. tp] = record(m, tp) end
      return out, "derived"
    end,
    why = "heads, widths or experts divide over other numbers of ranks",
  },
}
