--- Reading the cache folder of the Hub's own tools.

require "tests.spec.helper"
local disk = require "tests.spec.files"
local hubcache = require "modelsig.origin.hub_cache"

local COMMIT = ("ab"):rep(20)

local shell = disk.shell

local function spit(path, text)
  shell(("mkdir -p '%s'"):format(path:match "^(.*)/"))
  disk.spit(path, text)
end

describe("the cache of the Hub's tools", function()
  local folder, model, cache
  before_each(function()
    folder = shell "mktemp -d"
    model = folder .. "/models--org--name"
    spit(model .. "/refs/main", COMMIT)
    spit(model .. "/refs/refs/pr/1", ("cd"):rep(20))
    spit(model .. "/blobs/cafe", '{"a": 1}')
    shell(("mkdir -p %s/snapshots/%s/sub && ln -s ../../blobs/cafe %s/snapshots/%s/config.json")
      :format(model, COMMIT, model, COMMIT))
    shell(("ln -s ../../../blobs/cafe %s/snapshots/%s/sub/x.json"):format(model, COMMIT))
    shell(("ln -s ../../blobs/gone %s/snapshots/%s/gone.json"):format(model, COMMIT))
    spit(model .. "/.no_exist/" .. COMMIT .. "/hf_quant_config.json", "")
    cache = assert(hubcache.open { dir = folder })
  end)
  after_each(function() shell("rm -rf " .. folder) end)

  it("finds the commit of a revision, also of one with slashes or of a commit", function()
    assert.equal(COMMIT, cache:commit("org/name", "main"))
    assert.equal(("cd"):rep(20), cache:commit("org/name", "refs/pr/1"))
    assert.equal(COMMIT, cache:commit("org/name", COMMIT))
    assert.is_nil(cache:commit("org/name", ("cd"):rep(20)))
    assert.is_nil(cache:commit("org/name", "v1"))
    assert.is_nil(cache:commit("org/other", "main"))
  end)

  it("takes what is no commit for nothing", function()
    for _, text in ipairs { "", "main", COMMIT .. "0", ("x"):rep(40), "../" .. COMMIT } do
      spit(model .. "/refs/odd", text)
      assert.is_nil(cache:commit("org/name", "odd"))
    end
    spit(model .. "/refs/odd", COMMIT:upper() .. "\n")
    assert.equal(COMMIT, cache:commit("org/name", "odd"))
  end)

  it("finds files through their links and knows what is absent", function()
    local path = cache:path("org/name", COMMIT, "config.json")
    assert.equal(("%s/snapshots/%s/config.json"):format(model, COMMIT), path)
    assert.is_string((cache:path("org/name", COMMIT, "sub/x.json")))
    local none, known = cache:path("org/name", COMMIT, "hf_quant_config.json")
    assert.is_nil(none)
    assert.equal("absent", known)
    none, known = cache:path("org/name", COMMIT, "gone.json")
    assert.is_nil(none)
    assert.is_nil(known)
    assert.is_nil((cache:path("org/name", COMMIT, "sub")))
  end)

  it("never leaves its folder", function()
    spit(folder .. "/secret", COMMIT)
    for _, name in ipairs { "../secret", "../../secret", "/etc/passwd", "a/../../../secret", "",
      ".", "..", "a//b", "C:\\x", "a\0b", "..\\secret" } do
      assert.is_nil(cache:commit("org/name", name))
      assert.is_nil(cache:commit(name, "main"))
      assert.is_nil((cache:path("org/name", COMMIT, name)))
      assert.is_nil((cache:path("org/name", name, "config.json")))
      assert.is_nil((cache:files("org/name", name)))
    end
  end)

  it("lists what was loaded, or the whole tree where that is kept", function()
    local files, complete = cache:files("org/name", COMMIT)
    assert.same({ { name = "config.json", size = 8 }, { name = "sub/x.json", size = 8 } }, files)
    assert.is_false(complete)
    spit(model .. "/trees/" .. COMMIT .. ".json", [[{"format_version": 1, "files": {
      "config.json": {"size": 8, "blob_id": "cafe", "lfs_sha256": null, "lfs_size": null},
      "model.safetensors": {"size": 134, "blob_id": "b1", "lfs_sha256": "dd", "lfs_size": 9000},
      "../x": {"size": 1, "blob_id": "b2"}, "odd": {"size": "1"}, "list": []}}]])
    files, complete = cache:files("org/name", COMMIT)
    assert.same({ { name = "config.json", size = 8, identity = "cafe" },
      { name = "model.safetensors", size = 9000, identity = "dd" } }, files)
    assert.is_true(complete)
    for _, text in ipairs { "", "[]", '{"format_version": 2, "files": {}}', "{", "null" } do
      spit(model .. "/trees/" .. COMMIT .. ".json", text)
      files, complete = cache:files("org/name", COMMIT)
      assert.equal(2, #files)
      assert.is_false(complete)
    end
    assert.is_nil((cache:files("org/name", ("cd"):rep(20))))
  end)

  it("is where the variables say", function()
    local script = [[require "modelsig"; local c = require("modelsig.origin.hub_cache").open()
      print(c and c.dir)]]
    local function dir(variables)
      return shell(("env -u HF_HUB_CACHE -u HF_HOME -u XDG_CACHE_HOME -u HUGGINGFACE_HUB_CACHE %s "
        .. "LUA_PATH='%s' LUA_CPATH='%s' lua5.4 -e '%s'"):format(variables, package.path,
        package.cpath, script))
    end
    shell(("mkdir -p %s/home/.cache/huggingface/hub %s/home/hf/hub %s/xdg/huggingface/hub")
      :format(folder, folder, folder))
    local home = "HOME=" .. folder .. "/home "
    assert.equal(folder .. "/home/.cache/huggingface/hub", dir(home))
    assert.equal(folder .. "/xdg/huggingface/hub",
      dir(home .. "XDG_CACHE_HOME=" .. folder .. "/xdg"))
    assert.equal(folder .. "/home/hf/hub", dir(home .. "HF_HOME='~/hf'"))
    assert.equal(folder .. "/home", dir(home .. "HF_HOME=/x HF_HUB_CACHE='$HOME'"))
    assert.equal(folder .. "/home", dir(home .. "HF_HUB_CACHE='${HOME}'"))
    assert.equal("nil", dir(home .. "HF_HUB_CACHE=/nowhere"))
  end)
end)
