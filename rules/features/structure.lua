-- State-space layers, draft heads, towers, and the direction of attention.

local ranks = { 1, 2, 4, 8, 16 }

local integer = numbers.positive

--- The kinds of recurrent layers, by the keys that only they have.
local function recurrent_kind(c)
  if c.model_type == "mamba2" then return "mamba 2" end -- may leave the number of heads open
  if type(c.linear_attn_config) == "table" then return "delta net by channel" end
  if integer(c.linear_num_value_heads) then return "gated delta net" end
  if integer(c.conv_L_cache) then return "short convolution" end
  if integer(c.lru_width) then return "recurrent unit" end
  if integer(c.mamba_num_heads) and integer(c.ssm_state_size) then return "mamba 2" end
  if integer(c.ssm_state_size) then return "mamba" end
end

--- Sizes that decide about tensor parallelism, and those that only size the state.
local split_sizes = { "mamba_num_heads", "n_groups", "linear_num_key_heads",
  "linear_num_value_heads" }
local state_sizes = { "mamba_head_dim", "ssm_state_size", "conv_kernel", "mamba_expand",
  "linear_key_head_dim", "linear_value_head_dim", "linear_conv_kernel_dim", "conv_L_cache",
  "lru_width" }

--- Where a tower is described; of several places the first counts.
local towers = {
  { "vision_config", "vision" }, { "vit_config", "vision" }, { "visual", "vision" },
  { "mm_vision_config", "vision" }, { "img_processor", "vision" }, { "mm_vision_tower", "vision" },
  { "audio_config", "audio" }, { "sound_config", "audio" }, { "speech_config", "audio" },
  { "audio_encoder", "audio" }, { "codec_config", "audio" }, { "talker_config", "speech output" },
  { "token2wav_config", "speech output" },
}

--- Towers by names of tensors, where there is no config.
local tower_names = { { "vision_tower", "vision" }, { "visual%.", "vision" },
  { "vision_model", "vision" }, { "audio_tower", "audio" } }

local function has_type(types, kinds)
  for _, word in ipairs(types or {}) do
    if kinds[word] then return true end
  end
  return false
end

local recurrent_words = { linear_attention = true, conv = true, mamba = true }

--- Layers with attention and something beside it, which other keys name.
local hybrid_words = { hybrid = true, hybrid_sliding = true }

return {
  {
    id = "state_space",
    scopes = { "cache", "numerics", "attention", "parallel" },
    read = function(m)
      local kind = recurrent_kind(m.c)
      local types = m.c.layer_types
      local mixed = type(types) == "table" and has_type(types, hybrid_words)
      if type(types) == "table" and not mixed and not has_type(types, recurrent_words) then
        kind = nil
      end
      if kind then
        local out = { kind = kind }
        for _, list in ipairs { split_sizes, state_sizes } do
          for _, key in ipairs(list) do
            if integer(m.c[key]) then out[key] = m.c[key] end
          end
        end
        return out, m:evidence(kind == "mamba" and "ssm_state_size" or "mamba_num_heads")
      end
      if mixed then return nil end
      if m.facts.mixer == "fading mix" then return { kind = m.facts.mixer }, "family" end
      if type(types) == "table" then
        return has_type(types, recurrent_words) and "linear attention" or "none",
          m:evidence("layer_types")
      end
      local found = m:tensor({ "%.A_log$", "%.dt_bias$", "%.conv1d%.weight$" })
      if found ~= nil then return found and "state space" or "none", m:tensor_evidence() end
      if m:lacks("ssm_state_size") then return "none", "default" end
    end,
    path = function(v)
      if type(v) ~= "table" then return v end
      local out = { v.kind }
      for _, key in ipairs(split_sizes) do
        for _, tp in ipairs(ranks) do
          if (v[key] or 0) % tp ~= 0 then out[#out + 1] = ("%s not by %d"):format(key, tp) end
        end
      end
      return table.concat(out, ", ")
    end,
    same = "shape",
    grade = function(a, b)
      if type(a) ~= "table" or type(b) ~= "table" or a.kind ~= b.kind then return "model" end
      return "path", "split"
    end,
    why = {
      model = "layers keep a state instead of a cache on one side only, or another kind of state",
      split = "heads or groups of the state divide over other numbers of ranks",
      shape = "the state has another size",
    },
  },
  {
    id = "mtp",
    scopes = { "speculative" },
    read = function(m)
      local n = m.c.num_nextn_predict_layers
      if m.c.use_mtp == false then return 0, m:evidence("use_mtp") end
      if math.type(n) == "integer" then return n, m:evidence("num_nextn_predict_layers") end
      local found = m:tensor({ "^mtp%.", "%.mtp%.", "%.eh_proj%.", "%.enorm%.", "%.hnorm%." })
      if found then return 1, m:tensor_evidence() end
      if m:lacks("num_nextn_predict_layers") or found == false then
        return 0, found == false and m:tensor_evidence() or "default"
      end
    end,
    path = function(n) return n == 0 and "none" or "drafts" end,
    why = {
      path = "layers that draft the next tokens are there on one side only",
      free = "another number of drafting layers",
    },
  },
  {
    id = "towers",
    scopes = { "multimodal" },
    read = function(m)
      local raw, out, any = m.model.raw_config, {}, false
      if type(raw) ~= "table" then
        if m.model.keys == nil then return nil end
        for _, entry in ipairs(m.model.keys) do
          for _, row in ipairs(tower_names) do
            if entry.key:find(row[1]) then out[row[2]] = "?" end
          end
        end
        return next(out) and out or "none", m:tensor_evidence()
      end
      local function look(object)
        for _, row in ipairs(towers) do
          local part, kind = object[row[1]], row[2]
          local name = type(part) == "string" and part
            or type(part) == "table" and next(part) ~= nil and (part.model_type or part.name or "?")
          if name and not out[kind] then
            any = true
            out[kind] = type(name) == "string" and name ~= "" and name or "?"
          end
        end
      end
      look(raw)
      if type(raw.text_config) == "table" then -- else it is no tower, but the model
        look { audio_config = raw.encoder_config }
      end
      if type(raw.thinker_config) == "table" then look(raw.thinker_config) end
      return any and out or "none", "config"
    end,
    grade = function(a, b)
      if a == "none" or b == "none" then return "model" end
      local kinds = {}
      for kind in pairs(a) do kinds[kind] = true end
      for kind in pairs(b) do kinds[kind] = true end
      for _, kind in ipairs(lists.sorted(kinds)) do
        if a[kind] == nil or b[kind] == nil then return "model" end
      end
      return "path"
    end,
    why = {
      model = "images or sounds are read on one side only; text alone takes the same path",
      path = "images or sounds are read by another kind of tower",
    },
  },
  {
    id = "encoder_decoder",
    scopes = { "attention", "cache", "load" },
    read = function(m)
      local c = m.c
      local class = type(c.architectures) == "table" and c.architectures[1]
      if type(class) == "string" and class:find "EncoderModel$" then return "encoder", "config" end
      if c.is_encoder_decoder == true then
        return "encoder and decoder", m:evidence("is_encoder_decoder")
      end
      if c.use_bidirectional_attention == true or c.is_causal == false then
        return "encoder", m:evidence(c.is_causal == false and "is_causal"
          or "use_bidirectional_attention")
      end
      if m.facts.stacks ~= nil then return m.facts.stacks, "family" end
      if type(class) == "string" then
        if class:find("ForCausalLM") or class:find("LMHeadModel") or class:find("CausalLM")
          or class:find("ForConditionalGeneration") then
          return "decoder", "config"
        elseif class:find("ForMaskedLM") then
          return "encoder", "config"
        end
      end
      local cache = m.model.cache
      if m.model.family and type(cache) == "table" then
        return #cache > 0 and "decoder" or "encoder", "family"
      end
    end,
    path = function(v) return v end,
    grade = "model",
    why = "attention looks one way, both ways, or across two stacks",
  },
}
