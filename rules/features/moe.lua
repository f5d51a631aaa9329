-- Experts: how many, how chosen, how wide.

--- Experts counts for which engines have routing kernels. llama.cpp: powers of two up to 512, and
--- 288 and 576; SGLang: powers of two for grouped routing, one kernel for exactly 384;
--- TensorRT-LLM: its default routing ends at 128 experts.
local function power_of_two(n) return n & (n - 1) == 0 end
local count_sets = {
  function(n) return power_of_two(n) and n <= 512 or n == 288 or n == 576 end,
  function(n) return n == 384 end,
  function(n) return n <= 128 end,
}

--- TensorRT-LLM's fused routing ends here.
local fused_top_k = 8

--- Rows per tile of the expert kernels: a width that is no multiple is padded.
local width_tile = 128

local function experts(m)
  local n = m.c.num_experts
  if m.c.enable_moe_block == false then return 0, m:evidence("enable_moe_block") end
  if math.type(n) == "integer" then return n, m:evidence("num_experts") end
  if m:lacks("num_experts") then return 0, m:evidence("num_experts") end
  local found = m:tensor({ "%.experts%." })
  if found == false then return 0, m:tensor_evidence() end
end

--- Wraps a reader: models without experts have none of it.
local function of_experts(read)
  return function(m)
    local n, evidence = experts(m)
    if n == nil then return nil end
    if n == 0 then return "none", evidence end
    return read(m, n)
  end
end

--- Paths of models with experts; those without are a path of their own.
local function or_none(path)
  return function(v) return v == "none" and v or path(v) end
end

--- Grades only where both sides have experts; `moe` says the rest.
local function both(grade)
  return function(a, b)
    if a == "none" or b == "none" then return nil end
    if not grade then return "path" end
    return grade(a, b)
  end
end

local behind = { "moe" }

local integer = numbers.whole

--- The routing function by the name that vLLM and TensorRT-LLM choose their kernels by.
local function routing_type(r)
  if r.scoring == "sigmoid" then
    if r.bias and r.renormalize and r.groups then return "sigmoid, bias, groups, renormalised" end
    if r.bias and r.renormalize and r.scale == 1 then
      return "sigmoid, bias, renormalised, unscaled"
    end
    return (r.renormalize and "sigmoid, renormalised" or "sigmoid") .. (r.bias and ", bias" or "")
  elseif r.scoring == "softmax" then
    return r.renormalize and "softmax, renormalised" or "softmax"
  end
  return r.scoring .. (r.renormalize and ", renormalised" or "") .. (r.bias and ", bias" or "")
end

return {
  {
    id = "moe",
    scopes = { "moe", "load", "numerics" },
    read = function(m)
      local n, evidence = experts(m)
      if n == nil then return nil end
      return n > 0 and "experts" or "dense", evidence
    end,
    path = function(v) return v end,
    grade = "model",
    why = "tokens are routed to experts on one side only",
  },
  {
    id = "experts",
    scopes = { "moe" }, -- how they divide over ranks is in `parallel`
    read = of_experts(function(m, n) return n, m:evidence("num_experts") end),
    path = or_none(function(n)
      local out = {}
      for i, fits in ipairs(count_sets) do out[i] = fits(n) and "y" or "n" end
      return table.concat(out)
    end),
    same = "shape", grade = both(), behind = behind,
    why = {
      shape = "another number of experts, for which the same routing kernels are there",
      path = "routing kernels exist for other numbers of experts",
    },
  },
  {
    id = "top_k",
    scopes = { "moe" },
    read = of_experts(function(m)
      if type(m.c.num_experts_per_tok) == "table" then return nil end -- not the same in all layers
      local k = integer(m.c.num_experts_per_tok) or integer(m.facts.top_k)
      if k then return k, m:evidence("num_experts_per_tok") end
    end),
    path = or_none(function(k)
      return k == 1 and "one" or k <= fused_top_k and "fused" or "many"
    end),
    same = "shape", behind = behind,
    grade = both(function(a, b)
      return "path", (a > fused_top_k) == (b > fused_top_k) and "one" or nil
    end),
    why = {
      shape = "another number of experts per token, by the same kernel",
      path = "fused routing kernels end at 8 experts per token",
      one = "one expert per token is a kernel of its own",
    },
  },
  {
    id = "routing",
    scopes = { "moe", "numerics" },
    read = of_experts(function(m)
      local c = m.c
      local scoring = c.scoring_func or m.facts.scoring
      local bias = m.facts.routing_bias
      if bias == nil then
        local found = m:tensor({ "e_score_correction_bias$", "expert_bias$", "gate%.bias$",
          "router%.bias$" })
        if found ~= nil then bias = found ~= false end
      end
      if bias == nil and c.topk_method == "noaux_tc" then bias = true end
      if bias == nil then bias = c.use_routing_bias end
      local renormalize = c.norm_topk_prob
      if renormalize == nil then renormalize = m.facts.renormalize end
      if scoring == nil or bias == nil or renormalize == nil then return nil end
      local record = {
        scoring = scoring, bias = bias, renormalize = renormalize,
        groups = (integer(c.n_group) or 1) > 1, scale = c.routed_scaling_factor or 1,
      }
      return routing_type(record), c.scoring_func and m:evidence("scoring_func") or "family"
    end),
    path = function(v) return v end,
    grade = both(), behind = behind,
    why = "experts are scored or chosen by another function: another routing kernel",
  },
  {
    id = "expert_groups",
    scopes = { "moe" },
    read = of_experts(function(m)
      local groups = integer(m.c.n_group)
      if groups and groups > 1 then
        return ("%d of %d"):format(integer(m.c.topk_group) or groups, groups), m:evidence("n_group")
      end
      if groups or m:lacks("n_group") then return "one group", m:evidence("n_group") end
    end),
    path = function(v) return (v == "none" or v == "one group") and v or "groups" end,
    same = "shape", grade = both(), behind = behind,
    why = {
      path = "experts are chosen in groups on one side only",
      shape = "another number of groups",
    },
  },
  {
    id = "shared_experts",
    scopes = { "moe", "load" },
    read = of_experts(function(m)
      local n = integer(m.c.num_shared_experts)
      local evidence = n and m:evidence("num_shared_experts")
      local width = integer(m.c.shared_expert_intermediate_size)
      if n == nil and width and width > 0 then
        n, evidence = 1, m:evidence("shared_expert_intermediate_size")
      end
      local found = m:tensor({ "shared_experts?%." })
      if n == nil then
        if found then n, evidence = 1, m:tensor_evidence()
        elseif found == false then n, evidence = 0, m:tensor_evidence()
        else return nil end -- a class may have one that no key names
      end
      if n == 0 then return { count = 0, gated = false }, evidence end
      local gate = m.facts.shared_gate
      if gate == nil then
        local tensor = m:tensor({ "shared_expert_gate" })
        if tensor ~= nil then gate = tensor ~= false end
      end
      return { count = n, gated = gate == nil and "unknown" or gate }, evidence
    end),
    path = or_none(function(v)
      if v.count == 0 then return "no shared expert" end
      return "shared, gate " .. tostring(v.gated), v.gated == "unknown"
    end),
    same = "shape", behind = behind,
    grade = both(function(a, b)
      if (a.count == 0) ~= (b.count == 0) then return "path" end
      if a.gated == "unknown" or b.gated == "unknown" then return nil end
      return "path", "gate"
    end),
    why = {
      path = "an expert that every token passes is there on one side only",
      gate = "the shared expert is gated on one side only, and can't be fused with the others",
      shape = "another number of shared experts",
    },
  },
  {
    id = "expert_width",
    scopes = { "moe", "quantization" },
    read = of_experts(function(m)
      local width = integer(m.c.moe_intermediate_size) or integer(m.c.intermediate_size)
      if not width then return nil end
      return { width = width, aligned = width % width_tile == 0, latent = m.c.moe_latent_size },
        m:evidence("moe_intermediate_size")
    end),
    path = or_none(function(v)
      return (v.latent and "latent, " or "") .. (v.aligned and "aligned" or "padded")
    end),
    same = "shape", behind = behind,
    grade = both(function(a, b)
      return "path", (a.latent == nil) ~= (b.latent == nil) and "latent" or nil
    end),
    why = {
      none = "quantised experts have kernels of their own, and one side has no experts",
      shape = "another width of the experts, aligned alike",
      path = "the experts' width is padded on one side only",
      latent = "experts work in a smaller space of their own on one side only",
    },
  },
}
