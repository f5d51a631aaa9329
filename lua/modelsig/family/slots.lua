--- A family as its file gives it, laid over its relative and made whole, so that blocks find
--- functions and names where a file may have a table of options or a word.

local blocks = require "modelsig.family.blocks"
local check = require "modelsig.base.check"
local declared = require "modelsig.family.declared"
local mixers = require "modelsig.family.mixers"
local named = require "modelsig.rules.named"

local M = {}
local block = blocks.env.block

--- Names that a flag or a size may have: keys of the vocabulary, and those the family adds. The
--- vocabulary is copied for those alone who walk it, as hints do.
---@param family table
---@return table<string, any>
function M.config_keys(family)
  local own, known = {}, named.get("vocabulary", "config").keys
  for key in pairs(family.keys or {}) do own[key] = true end
  return setmetatable(own, { __index = known, __pairs = function()
    local all = {}
    for key in next, known do all[key] = true end
    for key in next, own do all[key] = true end
    return next, all, nil
  end })
end

--- Makes of the slots those of a part of other models: its one head is the bare model.
local function as_part(out, family)
  if not (family.classes and family.classes.model) then out.classes.model = family.part end
  out.heads = { Model = block.heads.part }
  for head, build in pairs(family.heads or {}) do out.heads[head] = build end
  out.default_head, out.saved, out.part = "Model", family.saved, nil
  local call = family.calls and family.calls.model
  if call and call ~= "input_ids=x" then out.facts.stacks = "encoder" end
end

--- The one head of a table, or nil.
local function only(heads)
  local one
  for head, build in pairs(heads or {}) do
    if build then
      if one then return nil end
      one = head
    end
  end
  return one
end

--- The head that is taken where no class is named: the one that is said, of itself or of the
--- relative; where that is taken away, the only one of its own, or that is left; the bare model.
local function default_head(out, family)
  local said = out.default_head
  if said and out.heads[said] then return said end
  return only(family.heads) or only(out.heads) or said or "Model"
end

--- A table laid over another.
local function over(own, under)
  local out = {}
  for key, value in pairs(under) do out[key] = value end
  for key, value in pairs(own) do out[key] = value end
  return out
end

--- A family with its parent's slots under its own; without a parent, a copy.
---@param family table
---@param parent table|nil
---@return table
function M.merge(family, parent)
  local out = over(family, parent or {})
  out.model_types, out.extends = family.model_types, family.extends -- are no relative's
  local function lay(slot)
    out[slot] = over(family[slot] or {}, parent and parent[slot] or {})
  end
  for _, slot in ipairs(declared.merged) do lay(slot) end
  for kind, mixer in pairs(out.mixers) do
    local theirs = parent and parent.mixers and parent.mixers[kind]
    if mixer and theirs and not mixer.block and not mixer.build then
      out.mixers[kind] = over(mixer, theirs)
    end
  end
  for _, slot in ipairs(declared.options) do
    local mine, theirs = family[slot], parent and parent[slot]
    local both = type(mine) == "table" and type(theirs) == "table"
    if both and (not mine.block or mine.block == theirs.block) then lay(slot) end
  end
  if family.part then as_part(out, family) end
  out.default_head = default_head(out, family)
  return out
end

--- The block of a slot: what its function says, or the options of its table built.
local function built(slot, name)
  if type(slot) ~= "table" then return slot end
  return function(c, kind) return block[name].build(c, slot, kind) end
end

--- The attention: options of the block that it names, or of the plain one.
local function attending(slot)
  if type(slot) ~= "table" or not slot.block then return built(slot, "attention") end
  local options = over(slot, {})
  options.block = nil
  return built(options, slot.block)
end

local function feed_forward(slot)
  if type(slot) ~= "table" then return slot end
  local options, plain = {}, slot.gated == false
  for key, value in pairs(slot) do
    local name = plain and "mlp" or "gated_mlp"
    if block[name].options[key] then options[key] = value end
  end
  return built(options, plain and "mlp" or "gated_mlp")
end

--- The experts: what the slot's own function says, or its options built.
local function experts(slot)
  if not slot or slot.build then return slot and slot.build end
  local options = {}
  for key, value in pairs(slot) do
    if key ~= "layers" then options[key] = value end
  end
  return built(options, "sparse_moe")
end

--- The kinds of layer: how attention goes, and whether experts follow.
local function layer_kinds(family)
  local kind = type(family.kind) == "function" and family.kind or block.kinds[family.kind]
  local sparse = family.moe and family.moe.layers
  if type(sparse) == "string" then sparse = block.moe_layers[sparse] end
  return function(c)
    return function(i)
      local own = kind(c, i)
      if not sparse or sparse ~= true and not sparse(c, i) then return own end
      return own == "dense" and "moe" or own .. " moe"
    end
  end
end

local function is_moe(kind) return kind == "moe" or kind:sub(-4) == " moe" end

--- A map whose undeclared names are slips of who reads them.
local function strict(map, names)
  return setmetatable(map, { __index = function(_, name)
    if not names[name] then
      error(("no name of a part '%s'%s"):format(tostring(name), check.hint(tostring(name), names)),
        2)
    end
  end })
end

--- A body whose classes begin with another name.
local function inside(body, base)
  if not base then return body end
  return function(c, f, ...)
    local inner = body(c, f, ...)
    return function(m, x)
      m.base = base
      return inner(m, x)
    end
  end
end

--- What blocks ask of a family, from what its file says.
---@param family table merged
---@return table family
function M.complete(family)
  if family.names.model == "*" then family.names.model = family.name:gsub("%-", "_") end
  local attention = attending(family.attention)
  local ffn, moe = feed_forward(family.ffn), experts(family.moe)
  local mixer_of = mixers.made(family.mixers)
  family.layer = family.layer or block.decoder.layer
  family.body = inside(family.body or block.decoder.stack, rawget(family.classes, "base"))
  family.rope = family.rope or block.decoder.rope
  family.layer_kind = layer_kinds(family)
  family.attention = attention and function(c, kind)
    return attention(c, (kind:gsub(" ?moe$", "")))
  end
  function family.mixer(kind) return mixer_of[kind:gsub(" ?moe$", "")] or {} end
  function family.ffn(c, kind)
    if moe and is_moe(kind) then return moe(c, kind) end
    return ffn(c, kind)
  end
  function family.ffn_name(_, kind)
    return is_moe(kind) and family.names.moe or family.names.ffn
  end
  family.mlp_class = family.mlp_class or function(_, kind)
    return is_moe(kind) and family.classes.moe or family.classes.ffn
  end
  for head, build in pairs(family.heads) do
    if not build then family.heads[head] = nil end
  end
  for call, spec in pairs(family.calls) do
    local orders = block.orders[call]
    family.calls[call] = orders and orders[spec] or spec
  end
  for slot, names in pairs(declared.parts) do strict(family[slot], names) end
  family.known_keys = M.config_keys(family)
  family.known_keys.label_count = true
  family.norm.kind = family.facts.norm or family.norm.kind -- the fact is what older files have
  family.facts.norm = family.norm.kind
  return family
end

return M
