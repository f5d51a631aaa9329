--- Quantisation schemes: what a configuration declares, what stored tensors show, and how packed
--- shapes unfold.

local count = require "modelsig.base.count"

local M = {}

---@class modelsig.Packing
---@field method string
---@field bits integer
---@field kind "int"|"float"
---@field group integer|nil
---@field block integer[]|nil
---@field unfold string|nil how the logical shape follows from the stored one, see `M.unfold`
---@field per integer|nil elements per stored one
---@field dtype string of the logical weight

local widths = { U8 = 8, I8 = 8, I32 = 32, U32 = 32, I16 = 16, U16 = 16, I64 = 64 }

local function number(value)
  return type(value) == "number" and math.tointeger(value) or nil
end

local function word(value)
  return type(value) == "string" and value or nil
end

local function flag(value) if type(value) == "boolean" then return value end end

--- The list with each element as `read` gives it; nil where that leaves nothing, or has a gap.
local function copy_list(value, read)
  if type(value) ~= "table" then return nil end
  local out = {}
  for i, item in ipairs(value) do out[i] = read(item) end
  return #value > 0 and #out == #value and out or nil
end

--- The weights of the first group of compressed-tensors and of ModelOpt's form of it.
local function first_group(raw)
  local names = {}
  for name, group in pairs(type(raw.config_groups) == "table" and raw.config_groups or {}) do
    if type(group) == "table" and type(group.weights) == "table" then names[#names + 1] = name end
  end
  table.sort(names)
  return names[1] and raw.config_groups[names[1]], #names
end

local function from_group(out, group, groups)
  local w = group.weights
  out.bits, out.kind = number(w.num_bits), word(w.type)
  out.group, out.block = number(w.group_size), copy_list(w.block_structure, number)
  if type(w.symmetric) == "boolean" then out.symmetric = w.symmetric end
  local input = group.input_activations
  if type(input) == "table" then
    out.activations = ("%s-bit %s"):format(number(input.num_bits) or "?", word(input.type) or "?")
  end
  out.groups = groups > 1 and groups or nil
end

local function from_algorithm(out, name, r)
  out.scheme = name
  local row = r.algorithms[name]
  if row then
    out.kind, out.bits = row[1], row[2]
    out.group = out.group or row[3]
  end
end

--- Reads a `quantization_config`, the `quantization` of MLX, or `hf_quant_config.json`.
---@param raw any
---@param r table
---@return table|nil
function M.declared(raw, r)
  if type(raw) ~= "table" then return nil end
  if type(raw.quantization) == "table" then raw = raw.quantization end
  local out = { method = word(raw.quant_method) or word(raw.method),
    bits = number(raw.bits) or number(raw.w_bit),
    group = number(raw.group_size) or number(raw.q_group_size),
    block = copy_list(raw.weight_block_size, number), symmetric = flag(raw.sym) }
  local group, groups = first_group(raw)
  if group then from_group(out, group, groups) end
  local algorithm = word(raw.quant_algo)
  if algorithm then
    out.method = out.method or "modelopt"
    from_algorithm(out, algorithm, r)
  end
  if raw.load_in_4bit == true then out.bits = 4 end
  if raw.load_in_8bit == true then out.bits = 8 end
  if flag(raw.load_in_4bit) ~= nil or flag(raw.load_in_8bit) ~= nil then
    out.method = out.method or "bitsandbytes"
  end
  if not out.method and out.bits then out.method = word(raw.mode) or "affine" end
  if not out.method then return nil end
  out.activations = out.activations or word(raw.activation_scheme)
  out.format = word(raw.format) or word(raw.fmt)
  out.kv_cache = word(raw.kv_cache_quant_algo)
    or type(raw.kv_cache_scheme) == "table" and "scheme" or nil
  for _, name in ipairs(r.ignored) do out.ignored = out.ignored or copy_list(raw[name], word) end
  return out
end

local function last(entry) return entry and entry.shape[#entry.shape] end

local function packed(method, bits, kind, along, per, more)
  local out = { method = method, bits = bits, kind = kind, unfold = along, per = per,
    dtype = (kind == "int" and "I" or "F") .. bits }
  for key, value in pairs(more or {}) do out[key] = value end
  return out
end

--- GPTQ and AWQ: integers of 32 bits, packed along inputs or along outputs.
local function packed_matrix(entry, beside, declared)
  local scales, method = beside[".scales"], declared and declared.method
  local rows, columns = entry.shape[1] or 0, entry.shape[2] or 0
  local outputs = last(scales) or columns
  local awq = method == "awq" or method ~= "gptq" and not beside[".g_idx"] and outputs ~= columns
  local bits = declared and declared.bits
  local inputs = beside[".g_idx"] and last(beside[".g_idx"])
  if awq and outputs > 0 then bits = 32 * columns // outputs
  elseif inputs and inputs > 0 then bits = 32 * rows // inputs end
  bits = bits and bits > 0 and bits or 4
  local group = declared and declared.group
  if scales and scales.shape[1] and scales.shape[1] > 0 then
    group = group or (inputs or awq and rows or rows * 32 // bits) // scales.shape[1]
  end
  return packed(awq and "awq" or method or "gptq", bits, "int", awq and "matrix-last" or
    "matrix-first", nil, { group = group, width = 32 })
end

local function block_of(shape, scale) -- sides of a block of elements that share one scale
  local out = {}
  for i = 1, #shape do
    local rows = scale[i] or 1
    local size = rows > 0 and -(-shape[i] // rows) or 0
    local power = 1
    while power < size do power = power * 2 end
    out[i] = power
  end
  return out
end

--- Eight-bit weights with scales: per tensor, per channel or per block.
local function eight_bits(entry, beside, declared)
  local scale = beside[".weight_scale_inv"] or beside[".weight_scale"] or beside[".scale"]
    or beside[".SCB"] or beside["_scale_inv"] or beside["_weight_scale"] or beside["_scale"]
  local float = entry.dtype:find "^F8" ~= nil
  local block
  if scale and #scale.shape == #entry.shape and #scale.shape >= 2 and last(scale) > 1 then
    block = declared and declared.block or block_of(entry.shape, scale.shape)
  end
  local method = declared and declared.method or beside[".SCB"] and "bitsandbytes"
    or float and "fp8" or "int8"
  local out = packed(method, 8, float and "float" or "int", nil, nil, { block = block })
  out.dtype = entry.dtype
  return out
end

--- Two values in a byte, with scales of eight bits for each group. A config that speaks of another
--- width (as one copied from the model that was quantised) does not name the method.
local function half_bytes(entry, beside, declared, r)
  local scale = beside[".weight_scale"] or beside[".scale"] or beside["_weight_scale"]
  if not scale or not last(scale) or last(scale) == 0 then return nil end
  local group = last(entry) * 2 // last(scale)
  local method = declared and r.half_byte_methods[declared.method] and declared.method
    or (beside[".weight_scale_2"] or beside[".weight_global_scale"]) and "nvfp4"
    or group == 32 and "mxfp4" or "nvfp4"
  return packed(method, 4, "float", "last", 2, { group = group })
end

--- Integers of a graph, stored as they are, with scales for the whole, each row or each block.
local function plain_integers(entry, scale)
  local blocks = #scale.shape == 2 and block_of(entry.shape, scale.shape) or {}
  return packed("onnx", number(tonumber(entry.dtype:match "%d+$")), "int", nil, nil,
    { group = blocks[2], dtype = entry.dtype })
end

--- Integers packed in words of 8 to 32 bits along the last dimension: compressed-tensors, MLX.
local function by_words(entry, beside, declared)
  local bits = declared and declared.bits
  local group = declared and declared.group
  local scale = beside[".scales"] or beside[".weight_scale"]
  if not bits and last(scale) and last(scale) > 0 then
    group = group or 64
    bits = widths[entry.dtype] * last(entry) // (last(scale) * group)
  end
  bits = bits and bits > 0 and bits or 4
  return packed(declared and declared.method or beside[".weight_packed"] and "compressed-tensors"
    or "affine", bits, declared and declared.kind or "int", "last", nil,
    { group = group, width = widths[entry.dtype] })
end

--- How a weight is stored, or nil where it is as it is.
---@param entry modelsig.Key
---@param beside table scales by suffix
---@param declared table|nil
---@param r table `rules/quantization.lua`
---@return modelsig.Packing|nil
function M.packing(entry, beside, declared, r)
  local dtype, rank = entry.dtype, #entry.shape
  if entry.key:find "%.qweight$" and rank == 2 then
    return packed_matrix(entry, beside, declared)
  elseif entry.key:find "_blocks$" and rank >= 2 then
    return packed(declared and declared.method or "mxfp4", 4, "float", "blocks", 2,
      { group = last(entry) * 2 })
  elseif beside[".weight.scale"] then
    return plain_integers(entry, beside[".weight.scale"])
  elseif #beside == 0 then
    if dtype:find "^F8_E[45]M" and rank >= 2 then return eight_bits(entry, beside, declared) end
    return nil
  elseif beside[".weight.absmax"] or beside[".absmax"] then
    return packed("bitsandbytes", 4, "float", "flat", 2)
  elseif entry.key:find "_packed$" and dtype ~= "U8" or dtype == "U32" then
    return widths[dtype] and by_words(entry, beside, declared) or nil
  end
  local scale = beside[".weight_scale"] or beside[".scale"] or beside["_weight_scale"]
  local small = scale and #scale.shape == rank and rank >= 2
    and (scale.dtype:find "^F8" or scale.dtype == "U8")
  if (dtype == "U8" or dtype == "I8") and small then
    return half_bytes(entry, beside, declared, r)
  elseif dtype == "U8" and rank == 2 and scale and count.elements(scale.shape) == 1 then
    -- four values of -1, 0, 1 in a byte, taken from four rows
    return packed(declared and declared.method or "bitnet", 2, "int", "first", 4)
  elseif dtype:find "^F8" or dtype == "I8" then
    return eight_bits(entry, beside, declared)
  end
end

--- The logical shape and dtype of a stored one. What is not packed stays as it is.
---@param p modelsig.Packing
---@param shape integer[]
---@param dtype string
---@return integer[] shape
---@return string dtype
function M.unfold(p, shape, dtype)
  if not p.unfold then return shape, dtype end
  if not widths[dtype] then return shape, dtype end
  local n, out = #shape, { table.unpack(shape) }
  local function wider(dim)
    return p.per and dim * p.per or dim * p.width // p.bits
  end
  if p.unfold == "last" and n >= 1 then
    out[n] = wider(shape[n])
  elseif p.unfold == "first" and n >= 1 then
    out[1] = wider(shape[1])
  elseif p.unfold == "matrix-first" and n == 2 then
    out = { shape[2], wider(shape[1]) }
  elseif p.unfold == "matrix-last" and n == 2 then
    out = { wider(shape[2]), shape[1] }
  elseif p.unfold == "blocks" and n >= 3 then
    -- the matrix stands transposed in the checkpoint that is not quantised
    out[n] = nil
    out[n - 1], out[n - 2] = shape[n - 2], shape[n - 1] * shape[n] * p.per
  elseif p.unfold == "flat" then
    out = { count.product(count.elements(shape), p.per) or 0 }
  end
  return out, p.dtype
end

--- The packing that most weights have, and how many kinds there are.
---@param packings modelsig.Packing[]
---@return modelsig.Packing|nil
function M.common(packings)
  local counts, best, kinds = {}, nil, 0
  for _, p in ipairs(packings) do
    local text = ("%s %d %s %s"):format(p.method, p.bits, p.kind, p.group or "")
    if not counts[text] then kinds = kinds + 1 end
    counts[text] = (counts[text] or 0) + 1
    if not best or counts[text] > best.n then best = { n = counts[text], p = p } end
  end
  return best and best.p, kinds
end

--- The record in the document: what is declared, and what the tensors show.
---@param declared table|nil
---@param seen modelsig.Packing|nil
---@return table
function M.document(declared, seen)
  local contradicted = declared and seen and declared.method ~= seen.method
  local d, s = contradicted and {} or declared or {}, seen or {}
  local out = { method = d.method or s.method, bits = s.bits or d.bits, kind = s.kind or d.kind,
    group_size = s.group or d.group, weight_block_size = s.block or d.block, algorithm = d.scheme,
    symmetric = d.symmetric, activations = d.activations, kv_cache = d.kv_cache,
    ignored = d.ignored, format = d.format, contradicts_config = contradicted or nil,
    evidence = seen and (declared and not contradicted and "config and header" or "header")
      or "config" }
  local block = out.weight_block_size
  out.scheme = out.method
    .. (out.bits and (" %d-bit %s"):format(out.bits, out.kind or "") or ""):gsub("%s+$", "")
    .. (block and (" block " .. table.concat(block, "x"))
      or out.group_size and out.group_size > 0 and (" group %d"):format(out.group_size) or "")
  return out
end

return M
