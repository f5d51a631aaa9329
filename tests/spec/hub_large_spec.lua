--- The largest index that is known of, over the network.

local hub = require "tests.hub.hub"
local model_folder = require "tests.spec.model_folder"
local net = require "modelsig.native.net"

if not net.built then return end

describe("a repository", function()
  it("with an index of 60 MB and 497,000 tensors is read", function()
    local rows, per, shards, files = {}, 4970, 100, { ["config.json"] = model_folder.llama }
    local tail = ("x"):rep(60)
    for shard = 1, shards do
      local name = ("model-%05d-of-%05d.safetensors"):format(shard, shards)
      local header, at = {}, 0
      for i = 1, per do
        local tensor = ("model.layers.%d.mlp.experts.%d.%s.weight"):format(shard, i, tail)
        header[i] = ('"%s":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}'):format(tensor, at,
          at + 1)
        rows[#rows + 1] = ('"%s":"%s"'):format(tensor, name)
        at = at + 1
      end
      local text = "{" .. table.concat(header, ",") .. "}"
      files[name] = ("<I8"):pack(#text) .. text .. ("\0"):rep(per)
    end
    files["model.safetensors.index.json"] = '{"metadata":{"total_size":497000},"weight_map":{' ..
      table.concat(rows, ",\n    ") .. "}}"
    assert.is_true(#files["model.safetensors.index.json"] > 55000000)
    local server <close> = hub.start()
    server:add("org/large", files, { api_headers = false })
    local record = server:models({ "org/large" }, { flags = "--timeout 60" })["org/large"]
    assert.is_nil(record.error and record.error.message)
    assert.equal(497000, record.parameters.total)
  end)
end)
