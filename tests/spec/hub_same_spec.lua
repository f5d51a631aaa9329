--- The same files from disk and over the network: the same report, and for bad files the same
--- error.

local hub = require "tests.hub.hub"
local model_folder = require "tests.spec.model_folder"
local net = require "modelsig.native.net"

if not net.built then return end

local FILE = "model.safetensors"

local function file(header, data)
  return ("<I8"):pack(#header) .. header .. ("\0"):rep(data or 0)
end

--- Headers that other readers let pass or stumble over, with the bytes of data.
local bad = {
  { "a list", "[]", 0 },
  { "null", "null", 0 },
  { "nothing", "", 0 },
  { "no JSON", "{{", 0 },
  { "bytes that are no UTF-8", '{"a\xff":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1 },
  { "a hole", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2 },
  { "an overlap", '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},' ..
    '"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', 3 },
  { "offsets that go back", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}', 1 },
  { "a dtype that is none", '{"a":{"dtype":"U9","shape":[1],"data_offsets":[0,1]}}', 1 },
  { "a negative size", '{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}', 1 },
  { "a shape for other bytes", '{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,1]}}', 1 },
  { "bytes behind the data", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 9 },
  { "bytes that are missing", '{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}', 3 },
  { "numbers beyond all", '{"a":{"dtype":"U8","shape":[18446744073709551615],' ..
    '"data_offsets":[0,18446744073709551615]}}', 1 },
}

local texts = {
  ["a length beyond the file"] = ("<I8"):pack(5000) .. "{}",
  ["a length beyond all"] = ("<I8"):pack(-1) .. "{}" .. (" "):rep(100),
  ["seven bytes"] = "1234567",
  ["eight bytes"] = ("<I8"):pack(0),
  ["a zip file"] = "PK\3\4" .. ("\0"):rep(200),
}

describe("the same model from disk and over the network", function()
  local server

  lazy_setup(function() server = hub.start() end)
  lazy_teardown(function() server:stop() end)

  --- Records of a repository and of its folder, by reading both in one run.
  local function both(id, files, config)
    local folder = server:add(id, files, config)
    local records = server:models({ id, folder }, { flags = "--timeout 10" })
    return records[id], records[folder]
  end

  local function comparable(record)
    local copy = {}
    for name, value in pairs(record) do copy[name] = value end
    copy.revision, copy.network, copy.repository, copy.path = nil, nil, nil, nil
    return copy
  end

  for name, files in pairs { ["one file"] = hub.tiny(), ["three shards"] = hub.tiny(3),
    ["a padded header"] = { ["config.json"] = model_folder.llama, [FILE] = hub.padded(250000) } } do
    for shape, config in pairs { ["by the CDN"] = { api_headers = false },
      ["in one answer"] = {}, directly = { shape = "direct" } } do
      it(("of %s, %s, gives the same report"):format(name, shape), function()
        local remote, there = both("same/" .. (name .. shape):gsub("%W", ""), files, config)
        assert.is_nil(there.error)
        assert.same(comparable(there), comparable(remote))
      end)
    end
  end

  for _, case in ipairs(bad) do
    it(("with %s for a header gives the same error"):format(case[1]), function()
      for _, shards in ipairs { 1, 2 } do
        local files = { ["config.json"] = model_folder.llama, [FILE] = file(case[2], case[3]) }
        if shards == 2 then
          files["model-00001-of-00002.safetensors"] = files[FILE]
          files["model-00002-of-00002.safetensors"] = hub.tiny()[FILE]
          files[FILE] = nil
          files["model.safetensors.index.json"] = [[{"metadata":{},"weight_map":{
            "a":"model-00001-of-00002.safetensors",
            "lm_head.weight":"model-00002-of-00002.safetensors"}}]]
        end
        local id = ("bad/%s%d"):format(case[1]:gsub("%W", ""), shards)
        -- Shard by shard: an answer with all headers does not say how long each is.
        local remote, there = both(id, files, { api_headers = false })
        assert.equal(there.error and there.error.code, remote.error and remote.error.code)
        assert.equal(case[1] ~= "a dtype that is none", remote.error ~= nil)
      end
    end)
  end

  for name, text in pairs(texts) do
    it(("with %s for weights gives the same error"):format(name), function()
      local remote, there = both("bad/" .. name:gsub("%W", ""),
        { ["config.json"] = model_folder.llama, [FILE] = text })
      assert.is_table(there.error)
      assert.is_table(remote.error)
      assert.equal(there.error.code, remote.error.code)
    end)
  end

  for what, options in pairs { ["HTTP/1.1"] = { flags = "--http1" }, plain = { plain = true },
    ["few requests a connection"] = { flags = "--keepalive-requests 5" },
    ["one stream at a time"] = { flags = "--streams 1" } } do
    it(("from a server with %s gives the same report"):format(what), function()
      local other <close> = hub.start(options)
      local folder = other:add("org/many", hub.tiny(20), { api_headers = false })
      for _ = 1, 3 do
        other:new_home()
        local records = other:models({ "org/many", folder }, { flags = "--timeout 20" })
        assert.same(comparable(records[folder]), comparable(records["org/many"]))
      end
    end)
  end

  it("by other names of weights files is found the same", function()
    for name, names in pairs {
      shards = { "model.safetensors-00001-of-00002.safetensors",
        "model.safetensors-00002-of-00002.safetensors" },
      plain = { "weights.safetensors" }, variant = { "model.fp16.safetensors" },
      adapter = { "adapter_model.safetensors" }, consolidated = { "consolidated.safetensors" },
    } do
      local made, files = hub.tiny(#names), {}
      for i, new in ipairs(names) do
        local old = ("model-%05d-of-%05d.safetensors"):format(i, #names)
        files[new] = made[#names == 1 and FILE or old]
      end
      files["config.json"] = made["config.json"]
      local remote, there = both("names/" .. name, files)
      assert.same(comparable(there).error and there.error.code, remote.error and remote.error.code)
      if not there.error then assert.same(comparable(there), comparable(remote)) end
    end
  end)

  it("leaves no token and no signed address anywhere", function()
    assert.same({}, server:secrets())
  end)
end)
