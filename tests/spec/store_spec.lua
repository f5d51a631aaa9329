--- What is kept of remote models between runs.

require "tests.spec.helper"
local files = require "tests.spec.files"
local pack = require "modelsig.origin.pack"
local store = require "modelsig.origin.store"
local system = require "modelsig.native.system"

local HUB = "https://huggingface.co"
local COMMIT = ("ab"):rep(20)

local shell, spit, slurp = files.shell, files.spit, files.slurp

describe("a pack", function()
  local folder
  before_each(function() folder = shell "mktemp -d" end)
  after_each(function() shell("chmod -R u+w " .. folder .. "; rm -rf " .. folder) end)

  it("gives back what was put, by name and identity", function()
    local path = folder .. "/a/b.pack"
    local first = pack.open(path)
    local binary = "\0\1\2\255" .. ("x"):rep(100000)
    first:put("model-00001.safetensors", "id1", binary)
    first:put("config.json", "id2", "{}")
    first:put("empty", "id3", "")
    first:set("files", { { name = "config.json", size = 2 } })
    assert.equal("{}", first:get("config.json", "id2"))
    assert(first:save())
    local second <close> = pack.open(path)
    assert.equal(binary, second:get("model-00001.safetensors", "id1"))
    assert.equal("", second:get("empty", "id3"))
    assert.is_nil(second:get("config.json", "another"))
    assert.is_nil(second:get("absent", "id2"))
    assert.equal(2, second.meta.files[1].size)
  end)

  it("adds to what is there, and writes nothing when nothing is new", function()
    local path = folder .. "/b.pack"
    local first = pack.open(path)
    first:put("a", "1", "A")
    assert(first:save())
    local second <close> = pack.open(path)
    second:put("a", "1", "A")
    assert.is_false(second.changed)
    second:put("b", "2", "B")
    assert(second:save())
    local third <close> = pack.open(path)
    assert.equal("A", third:get("a", "1"))
    assert.equal("B", third:get("b", "2"))
  end)

  it("takes a cut or foreign file for an empty one, at every length", function()
    local path = folder .. "/c.pack"
    local first = pack.open(path)
    first:put("a", "1", ("A"):rep(50))
    first:put("b", "1", "B")
    assert(first:save())
    local whole = slurp(path)
    for length = 0, #whole - 1 do
      spit(path, whole:sub(1, length))
      local cut <close> = pack.open(path)
      local a = cut:get("a", "1")
      assert.is_true(a == nil or a == ("A"):rep(50), "cut at " .. length)
      assert.is_nil(cut:get("b", "1"))
    end
    local function of_index(index)
      return ("modelsig pack 2 %012d %s\n%s"):format(#index, pack.checksum(index), index)
    end
    for _, text in ipairs { "modelsig pack 2 999999999999 0000000000000000\n{}", of_index "[]",
      "modelsig pack 2 -00000000001 0000000000000000\n", "<html>", of_index "{", of_index "{}",
      of_index '{"entries":[1],"meta":[]}',
      of_index '{"entries":{"a":{"identity":"1","offset":0,"size":0}}}',
      of_index('{"entries":{"a":{"identity":"1","offset":-1,"size":9223372036854775807,"sum":""'
        .. '}}}') } do
      spit(path, text)
      local foreign <close> = pack.open(path)
      assert.is_nil(foreign:get("a", "1"))
      assert.equal("table", type(foreign.meta))
    end
  end)

  it("with any bit flipped gives what was put, or nothing", function()
    local path = folder .. "/d.pack"
    local texts = { a = '{"num_key_value_heads": 2}', b = "\0\0\0\0\0\0\0\0", c = "" }
    local listed = { { name = "a", size = 26, identity = "1" } }
    local first = pack.open(path)
    for name, text in pairs(texts) do first:put(name, "1", text) end
    first:set("files", listed)
    assert(first:save())
    local whole = slurp(path)
    local absent = 0
    for bit = 0, 8 * #whole - 1 do
      local at = bit // 8 + 1
      local byte = string.char(whole:byte(at) ~ (1 << bit % 8))
      spit(path, whole:sub(1, at - 1) .. byte .. whole:sub(at + 1))
      local flipped <close> = pack.open(path)
      local there = 0
      for name, text in pairs(texts) do
        local found = flipped:get(name, "1")
        assert.is_true(found == nil or found == text, "bit " .. bit)
        there = there + (found and 1 or 0)
        assert.equal(found == nil, flipped.foreign or flipped.damaged[name] or false)
      end
      assert.is_true(there < 3, "bit " .. bit .. " was not seen")
      if there == 0 then absent = absent + 1 else assert.same(listed, flipped.meta.files) end
    end
    assert.equal(8 * (#whole - 26 - 8), absent) -- all but the bits of the texts themselves
    spit(path, whole)
    assert.equal(texts.a, pack.open(path):get("a", "1"))
  end)

  it("keeps what is sound when a damaged text is put anew", function()
    local path = folder .. "/e.pack"
    local first = pack.open(path)
    first:put("a", "1", "aaaa")
    first:put("b", "1", "bbbb")
    assert(first:save())
    spit(path, (slurp(path):gsub("aaaa", "aaab")))
    local second = pack.open(path)
    second:put("a", "1", "aaaa")
    assert(second:save())
    local third = pack.open(path)
    assert.equal("aaaa", third:get("a", "1"))
    assert.equal("bbbb", third:get("b", "1"))
  end)

  it("of an earlier version is as good as absent", function()
    local path = folder .. "/f.pack"
    local index = '{"entries":{"a":{"identity":"1","offset":0,"size":1}},"meta":{}}'
    spit(path, ("modelsig pack 1 %012d\n%sA"):format(#index, index))
    assert.is_nil(pack.open(path):get("a", "1"))
  end)

  it("is not waited for where it is a pipe, and takes its place", function()
    local path = folder .. "/g.pack"
    shell("mkfifo " .. path)
    local first = pack.open(path)
    assert.is_nil(first:get("a", "1"))
    first:put("a", "1", "A")
    assert(first:save())
    assert.equal("A", pack.open(path):get("a", "1"))
  end)

  it("says why it cannot be written, and leaves nothing", function()
    spit(folder .. "/file", "")
    local broken = pack.open(folder .. "/file/x.pack")
    broken:put("a", "1", "A")
    local ok, message, code = broken:save()
    assert.is_nil(ok)
    assert.equal("io", code)
    assert.matches("file", message, 1, true)
    assert.equal("file", shell("ls -A " .. folder))
  end)
end)

describe("the store", function()
  local folder, kept
  before_each(function()
    folder = shell "mktemp -d"
    kept = assert(store.open { dir = folder })
  end)
  after_each(function() shell("rm -rf " .. folder) end)

  local function keep(repository, commit, text)
    local shelf = kept:commit(HUB, repository, commit)
    shelf:put("config.json", "id", text)
    assert(shelf:save())
    shelf:close()
  end

  it("tells endpoints, repositories, commits and identities apart", function()
    keep("org/name", COMMIT, "one")
    assert.equal("one", kept:commit(HUB, "org/name", COMMIT):get("config.json", "id"))
    assert.equal("one", kept:commit(HUB .. "/", "org/name", COMMIT):get("config.json", "id"))
    assert.is_nil(kept:commit(HUB, "org/name", COMMIT):get("config.json", "other"))
    assert.is_nil(kept:commit(HUB, "org/other", COMMIT):get("config.json", "id"))
    assert.is_nil(kept:commit(HUB, "org/name", ("cd"):rep(20)):get("config.json", "id"))
    assert.is_nil(kept:commit("http://huggingface.co", "org/name", COMMIT):get("config.json", "id"))
    assert.is_nil(kept:commit(HUB .. ":444", "org/name", COMMIT):get("config.json", "id"))
  end)

  it("remembers the commit of a revision, also one with slashes", function()
    for _, revision in ipairs { "main", "refs/pr/1", "..", ".", "a%2Fb", "a/b", ("x"):rep(4000) } do
      assert.is_nil(kept:ref(HUB, "org/name", revision))
      assert(kept:set_ref(HUB, "org/name", revision, COMMIT))
      assert.equal(COMMIT, kept:ref(HUB, "org/name", revision))
    end
    assert.is_nil(kept:ref(HUB, "org/name", "refs/pr/2"))
  end)

  it("takes a damaged or foreign commit of a revision for none, and waits for no pipe", function()
    assert(kept:set_ref(HUB, "org/name", "main", COMMIT))
    local file = shell("ls " .. folder .. "/hub/*/*/refs/main")
    local whole = slurp(file)
    for bit = 0, 8 * #whole - 1 do
      local at = bit // 8 + 1
      local byte = string.char(whole:byte(at) ~ (1 << bit % 8))
      spit(file, whole:sub(1, at - 1) .. byte .. whole:sub(at + 1))
      assert.is_nil(kept:ref(HUB, "org/name", "main"), "bit " .. bit)
    end
    for _, text in ipairs { "", COMMIT .. "\n", COMMIT } do
      spit(file, text)
      assert.is_nil(kept:ref(HUB, "org/name", "main"))
    end
    shell(("rm %s; mkfifo %s"):format(file, file))
    assert.is_nil(kept:ref(HUB, "org/name", "main"))
    assert(kept:set_ref(HUB, "org/name", "main", COMMIT))
    assert.equal(COMMIT, kept:ref(HUB, "org/name", "main"))
  end)

  it("keeps hostile names inside its folder, for this user only", function()
    for _, name in ipairs { "../../x", "/etc/passwd", "a\0b", "", ".", "..", "~", "a/../../b" } do
      keep(name, name, "text")
      assert.equal("text", kept:commit(HUB, name, name):get("config.json", "id"))
    end
    assert.equal("hub", shell("ls -A " .. folder))
    assert.equal("drwx------", shell("stat -c %A " .. folder .. "/hub"))
    assert.equal(8, #kept:entries())
  end)

  it("keeps the list of files", function()
    local shelf = kept:commit(HUB, "org/name", COMMIT)
    assert.is_nil(shelf:listing())
    shelf:set_listing { { name = "config.json", size = 1 << 60, identity = "x" } }
    assert(shelf:save())
    assert.equal(1 << 60, kept:commit(HUB, "org/name", COMMIT):listing()[1].size)
  end)

  it("has no list in which something is of a wrong kind", function()
    for _, file in ipairs { { name = "a", size = 1.5 }, { name = "a", size = -1 },
      { name = "a", size = "1" }, { name = "a", identity = 5 }, { name = "../a", size = 1 },
      { name = 5 }, { size = 1 } } do
      local shelf = kept:commit(HUB, "org/name", COMMIT)
      shelf:set_listing { { name = "good", size = 1 }, file }
      assert.is_nil(shelf:listing())
    end
  end)

  it("gives up the oldest packs when they are too large, and never the newest", function()
    kept = assert(store.open { dir = folder, limit = 5000 })
    for i = 1, 4 do
      keep("org/m" .. i, COMMIT, ("x"):rep(2000))
      shell(("touch -d '2020-01-0%d' %s/hub/*/*m%d/*.pack"):format(i, folder, i))
    end
    keep("org/last", COMMIT, ("x"):rep(9000))
    local names = {}
    for i, entry in ipairs(kept:entries()) do names[i] = entry.repository end
    assert.same({ "org/last" }, names)
  end)

  it("is cleared in part or as a whole, and follows no link", function()
    keep("org/a", COMMIT, "a")
    keep("org/b", COMMIT, "b")
    kept:set_ref(HUB, "org/a", "main", COMMIT)
    local outside = shell "mktemp -d"
    spit(outside .. "/mine", "")
    shell(("ln -s %s %s/hub/huggingface.co/link"):format(outside, folder))
    assert.same({ "org/a", "org/b" }, kept:repositories())
    assert.equal(1, (kept:clear "org/a"))
    assert.is_nil(kept:ref(HUB, "org/a", "main"))
    assert.equal("b", kept:commit(HUB, "org/b", COMMIT):get("config.json", "id"))
    assert.equal(0, (kept:clear "org/never"))
    local count, bytes = kept:clear()
    assert.equal(1, count)
    assert.is_true(bytes > 0)
    assert.is_truthy(system.stat(outside .. "/mine"))
    shell("rm -rf " .. outside)
    assert.same({}, kept:entries())
  end)

  it("serves several processes at once", function()
    local script = ([[for i in 1 2 3 4 5 6 7 8; do lua5.4 -e '
      package.path = "%s;" .. package.path
      package.cpath = "%s;" .. package.cpath
      require "modelsig"
      local store = require "modelsig.origin.store"
      local shelf = store.open { dir = "%s" }:commit("%s", "org/name", "%s")
      for i = 1, 20 do
        shelf:put("f" .. i, "id", ("x"):rep(1000 + i))
        assert(shelf:save())
      end' & done; wait]]):format(package.path, package.cpath, folder, HUB, COMMIT)
    assert.equal("", shell(script))
    local shelf = kept:commit(HUB, "org/name", COMMIT)
    assert.equal(("x"):rep(1020), shelf:get("f20", "id"))
    assert.equal(COMMIT .. ".pack", shell("ls -A " .. folder .. "/hub/*/org%2Fname"))
  end)
end)

describe("modelsig cache", function()
  local folder
  before_each(function() folder = shell "mktemp -d" end)
  after_each(function() shell("rm -rf " .. folder) end)

  local function run(arguments)
    return shell(("XDG_CACHE_HOME=%s %s cache %s 2>&1; echo =$?"):format(folder,
      os.getenv "MODELSIG_BINARY" or "build/release/modelsig", arguments))
  end

  it("lists, clears and says where", function()
    assert.equal(("0 commits, 0 B in %s/modelsig/hub\n=0"):format(folder), run "")
    local kept = assert(store.open { dir = folder .. "/modelsig" })
    local shelf = kept:commit(HUB, "org/name", COMMIT)
    shelf:put("config.json", "id", ("x"):rep(5000))
    assert(shelf:save())
    assert.matches("^org/name  abababababab  +5%.%d kB  %d+%-%d+%-%d+ %d+:%d+  huggingface.co\n"
      .. "1 commits", run "list")
    local long = ("o"):rep(60) .. "/" .. ("n"):rep(96)
    shelf = kept:commit(HUB, long, COMMIT)
    shelf:put("config.json", "id", "{}")
    assert(shelf:save())
    assert.truthy(run("list"):find(long .. "  abababababab  ", 1, true))
    assert.matches("^removed: 1 commits", run("clear " .. long))
    assert.equal(folder .. "/modelsig/hub\n=0", run "dir")
    assert.matches("nothing is kept of 'org/nane'.*org/name.*=1$", run "clear org/nane")
    assert.matches("^removed: 1 commits, 5%.%d kB\n=0$", run "clear org/name")
    assert.matches("list, clear or dir expected, found 'claer'.*clear.*=1$", run "claer")
  end)

  it("has no place where HOME is no absolute path", function()
    for _, home in ipairs { "HOME=rel", "HOME=", "-u HOME" } do
      assert.matches("no place for a cache: HOME is not an absolute path\n=1$",
        shell(("cd %s && env -u XDG_CACHE_HOME %s %s cache 2>&1; echo =$?"):format(folder, home,
          require("tests.spec.transcript").binary())))
    end
  end)
end)
