-- What splitting over ranks does: one record for each number of ranks, which rules hold there.

local ranks = { 1, 2, 4, 8, 16 }

local function integer(x)
  if type(x) == "table" then x = x[1] end
  return math.type(x) == "integer" and x > 0 and x or nil
end

--- The block of weights that a quantised kernel can't split.
local function block_of(m)
  local q = m.c.quantization_config
  if type(q) ~= "table" then return nil end
  if type(q.weight_block_size) == "table" then return integer(q.weight_block_size[1]) end
  local group = integer(q.group_size)
  return group
end

local function record(m, tp)
  local c, out = m.c, {}
  local function size(key) return integer(m:by_layer(key)) end
  local heads, kv = size "num_attention_heads", size "num_key_value_heads"
  local function says(ok, text) if not ok then out[#out + 1] = text end end
  if heads then says(heads % tp == 0, "heads do not divide") end
  if kv and not c.kv_lora_rank then
    if kv >= tp then says(kv % tp == 0, "key heads do not divide")
    else says(false, tp % kv == 0 and "key heads are copied" or "key heads can't be copied") end
  end
  local experts = integer(c.num_experts)
  local width = experts and size "moe_intermediate_size" or size "intermediate_size"
  local block = block_of(m)
  if width then
    says(width % tp == 0, "width does not divide")
    if block and width % tp == 0 then
      says((width // tp) % block == 0, "width per rank is no multiple of the block")
    end
  end
  if experts then says(experts % tp == 0, "experts do not divide") end
  local groups = integer(c.n_groups)
  if groups and c.mamba_num_heads then says(groups % tp == 0, "state groups are copied") end
  if heads and c.kv_lora_rank and tp > 1 then out[#out + 1] = "latent cache on every rank" end
  return #out > 0 and table.concat(out, "; ") or "splits"
end

return {
  {
    id = "parallel",
    scopes = { "parallel" },
    read = function(m)
      local heads, width = m:by_layer "num_attention_heads", m:by_layer "intermediate_size"
      if not integer(heads) and not integer(width) then return nil end
      local out = {}
      for _, tp in ipairs(ranks) do out["tp" .. tp] = record(m, tp) end
      return out, "derived"
    end,
    why = "heads, widths or experts divide over other numbers of ranks",
  },
}
