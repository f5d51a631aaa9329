-- Policy `reference` against the goldens of the Python tool: every model, pair and plan.

local json = require "modelsig.native.json"
local lists = require "modelsig.base.lists"
local policies = require "modelsig.policy.policies"
local shared = require "tests.spec.shared"

local function read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return text
end

local function decode(path, raw)
  local text = read((path:find "%.gz$" and "gzip -dc '%s'" or "cat '%s'"):format(path))
  local value, message = json.decode(text, { max_bytes = 1 << 28 })
  if not raw then assert(value, message) end
  return value
end

local function policy()
  local functions = {}
  local reference = assert(policies.load "reference")
  for name, own in pairs(reference.functions) do functions[name] = own.fn end
  return functions
end

--- The first difference of two values; integers and floats are not the same.
local function difference(got, want, path)
  if type(got) ~= "table" or type(want) ~= "table" or got == json.null or want == json.null then
    if got == want and math.type(got) == math.type(want) then return nil end
    return ("%s: got %s, expected %s"):format(path, tostring(got), tostring(want))
  end
  if json.is_array(want) ~= json.is_array(got) then return path .. ": a list on one side only" end
  for key, value in pairs(want) do
    local found = difference(got[key], value, path .. "/" .. tostring(key))
    if found then return found end
  end
  for key in pairs(got) do
    if want[key] == nil then return path .. "/" .. tostring(key) .. ": not expected" end
  end
end

--- Leaves out the sentences, as the golden does.
local function bare(pair, verdict)
  local out = {}
  for key, value in pairs(pair) do out[key] = value end
  out.substitution_verdict = verdict .. "_SUBSTITUTE"
  out.recommendation = nil
  out.test_strategy = { level = pair.test_strategy.level }
  out.quant_transfer = {}
  for key, value in pairs(pair.quant_transfer) do out.quant_transfer[key] = value end
  out.quant_transfer.caveats = #pair.quant_transfer.caveats
  return out
end

local function check(golden, model_of)
  local reference, documents, problems, count = policy(), {}, {}, 0
  local labels = lists.sorted(golden.models)
  local function note(found)
    if found and #problems < 20 then problems[#problems + 1] = found end
  end
  for i, label in ipairs(labels) do
    local document = reference.fingerprint(model_of(label))
    documents[i] = { label = label, document = document }
    note(difference(document, golden.models[label], label))
  end
  for i, a in ipairs(documents) do
    for j = i + 1, #documents do
      local b = documents[j]
      local pair = reference.compare(a.document, b.document)
      local name = a.label .. "|" .. b.label
      count = count + 1
      note(difference(bare(pair, (reference.decide(pair))), golden.pairs[name], name))
    end
  end
  for level, entries in pairs(reference.plan(documents)) do
    local models = json.array {}
    for i, entry in ipairs(entries) do models[i] = entry.model end
    note(difference(models, golden.multi_fidelity_plan[level], level))
  end
  assert.same({}, problems)
  return count
end

--- Keys of a pair's document that the Python tool does not have.
local ours = { "policy", "smaller", "larger", "reasons", "unknown", "kernel" }

--- Runs the command line on all folders of `place` and compares its document with the golden.
local function check_command(golden, place, options)
  local words = { "'" .. os.getenv "MODELSIG_BINARY" .. "'", options }
  for _, label in ipairs(lists.sorted(golden.models)) do
    words[#words + 1] = ("'local:%s/%s'"):format(place, label)
  end
  local document = assert(json.decode(read(table.concat(words, " ")), { max_bytes = 1 << 28 }))
  local problems, count = {}, 0
  local function note(found)
    if found and #problems < 20 then problems[#problems + 1] = found end
  end
  note(difference(document.models, golden.models, "models"))
  for name, want in pairs(golden.pairs) do
    local pair = document.coverage_matrix[name]
    for _, key in ipairs(ours) do pair[key] = nil end
    local verdict = pair.substitution_verdict:match "^%u+"
    note(difference(bare(pair, verdict), want, name))
    count = count + 1
  end
  for level, entries in pairs(document.multi_fidelity_plan) do
    local models = json.array {}
    for i, entry in ipairs(entries) do models[i] = entry.model end
    note(difference(models, golden.multi_fidelity_plan[level], level))
  end
  assert.same({}, problems)
  return count
end

local arguments = "--no-user --policy reference --compare --multi-fidelity --output json"

describe("policy reference", function()
  local place

  before_each(function() place = read("mktemp -d"):gsub("%s+$", "") end)
  after_each(function() os.execute(("rm -rf '%s'"):format(place)) end)

  it("equals the Python tool on all pairs of configs", function()
    local root = shared.path ""
    if not shared.available() then return pending "no shared material: 10296 pairs skipped" end
    local golden = decode(root .. "/golden/reference/fast.json.gz")
    assert.equal(10296, check(golden, function(label)
      return { source = "config_only", raw_config = decode(("%s/zoo/configs/%s.json")
        :format(root, label), true) }
    end))
  end)

  it("equals the Python tool on all pairs of models with headers", function()
    local root = shared.path ""
    if not shared.available() then return pending "no shared material: 276 pairs skipped" end
    local golden = decode(root .. "/golden/reference/headers.json.gz")
    assert.equal(276, check(golden, function(label)
      local list = decode(("%s/golden/transformers/tensors/%s.json.gz"):format(root, label))
      local saved = list.saved_prefixed or list.saved or list.tensors
      if saved == "memory" then saved = list.memory end
      local tensors = {}
      for _, row in ipairs(saved) do
        if not (row[4] and row[4].tied_to) or saved ~= list.memory then
          tensors[#tensors + 1] = { name = row[1], dtype = row[2], shape = row[3], file = "" }
        end
      end
      return { source = "safetensors", tensors = tensors,
        raw_config = decode(("%s/zoo/configs/%s.json"):format(root, label), true) }
    end))
  end)

  it("takes the number of heads where that of key heads is null", function()
    local document = policy().fingerprint { source = "config_only", raw_config = {
      model_type = "nemotron-nas", hidden_size = 64, num_attention_heads = 8,
      num_key_value_heads = json.null } }
    local signature = document.static_weight_signature
    assert.same({ 64, 64 }, signature["model.layers.N.self_attn.k_proj.weight"]
      .representative_shape)
    assert.equal(json.null, document.arch_fingerprint.num_key_value_heads)
  end)

  it("gives these documents from the command line too, by --fast", function()
    local root = shared.path ""
    if not (shared.available() and os.getenv "MODELSIG_BINARY") then
      return pending "no shared material or program: 10296 pairs skipped"
    end
    local golden = decode(root .. "/golden/reference/fast.json.gz")
    for label in pairs(golden.models) do
      local folder = place .. "/" .. label
      assert(os.execute(("mkdir '%s' && cp '%s/zoo/configs/%s.json' '%s/config.json'"):format(
        folder, root, label, folder)))
    end
    assert.equal(10296, check_command(golden, place, arguments .. " --fast"))
  end)

  it("gives these documents from the command line too, by headers", function()
    local root = shared.path ""
    if not (shared.available() and os.getenv "MODELSIG_BINARY") then
      return pending "no shared material or program: 276 pairs skipped"
    end
    local golden = decode(root .. "/golden/reference/headers.json.gz")
    for label in pairs(golden.models) do
      local tensors = ("%s/golden/transformers/tensors/%s.json.gz"):format(root, label)
      local config = ("%s/zoo/configs/%s.json"):format(root, label)
      assert(os.execute(("python3 '%s/tools/make_model.py' '%s' '%s/%s' --config '%s' --shards 3"
        .. " >/dev/null"):format(root, tensors, place, label, config)))
    end
    assert.equal(276, check_command(golden, place, arguments))
  end)
end)
