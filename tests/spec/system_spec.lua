local files = require "tests.spec.files"
local system = require "modelsig.native.system"

local shell, spit = files.shell, files.spit

describe("native.system", function()
  local folder

  before_each(function()
    folder = shell "mktemp -d"
  end)

  after_each(function()
    shell("chmod -R u+w " .. folder .. "; rm -rf " .. folder)
  end)

  it("lists a folder in byte order with kinds and sizes, links followed", function()
    spit(folder .. "/b.json", "12345")
    spit(folder .. "/B.json", "")
    shell("mkdir " .. folder .. "/a && ln -s b.json " .. folder .. "/link && ln -s nowhere "
      .. folder .. "/dangling")
    local names = {}
    for i, entry in ipairs(assert(system.list(folder))) do
      names[i] = ("%s:%s"):format(entry.name, entry.kind)
      if entry.name == "link" then assert.equal(5, entry.size) end
    end
    assert.same({ "B.json:file", "a:directory", "b.json:file", "dangling:other", "link:file" },
      names)
  end)

  it("tells what is missing from what is refused", function()
    local found, message, code = system.list(folder .. "/nothing")
    assert.is_nil(found)
    assert.equal("notfound", code)
    assert.matches("nothing", message, 1, true)
    assert.equal("notfound", select(3, system.stat(folder .. "/nothing")))
    assert.equal("notfound", select(3, system.read(folder .. "/nothing")))
    assert.equal("notfound", select(3, system.realpath(folder .. "/nothing")))
    assert.equal("io", select(3, system.read(folder)))
    for _, name in ipairs { "list", "stat", "read", "mkdir_p", "realpath" } do
      assert.equal("io", select(3, system[name] "a\0b"))
    end
    assert.equal("io", select(3, system.write_atomic("a\0b", "")))
  end)

  it("shows the end of a path that is too long for a message", function()
    local _, message = system.read(folder .. "/" .. ("x"):rep(200) .. "/end.json")
    assert.matches("end.json': No such file", message, 1, true)
  end)

  it("reads whole files up to a limit, with zero bytes", function()
    local text = ("a\0\n\255"):rep(100000)
    spit(folder .. "/f", text)
    assert.equal(text, system.read(folder .. "/f"))
    assert.equal(text, system.read(folder .. "/f", #text))
    assert.equal("limit", select(3, system.read(folder .. "/f", #text - 1)))
    spit(folder .. "/empty", "")
    assert.equal("", system.read(folder .. "/empty", 0))
    assert.equal("limit", select(3, system.read("/dev/zero", 1000)))
    shell("mkfifo " .. folder .. "/pipe")
    assert.equal("", system.read(folder .. "/pipe"))
  end)

  it("reads no pipe and no device where a regular file is expected", function()
    shell("mkfifo " .. folder .. "/pipe")
    spit(folder .. "/text", "text")
    assert.equal("text", system.read(folder .. "/text", 10, true))
    for _, path in ipairs { folder .. "/pipe", "/dev/zero", "/dev/null" } do
      local text, message, code = system.read(path, 10, true)
      assert.is_nil(text)
      assert.equal("io", code)
      assert.matches("a pipe or a device", message)
    end
  end)

  it("puts a file of our own in the place of whatever has its name, but for a folder", function()
    shell(("cd %s; echo old >real; ln -s real link; ln -s nowhere dangling; mkfifo pipe; mkdir sub")
      :format(folder))
    for _, name in ipairs { "link", "dangling", "pipe", "new" } do
      assert.is_true(system.write_atomic(folder .. "/" .. name, "text", true))
      assert.equal("regular file", shell(("stat -c %%F %s/%s"):format(folder, name)))
      assert.equal("text", system.read(folder .. "/" .. name))
    end
    assert.equal("old", shell("cat " .. folder .. "/real"))
    assert.equal("io", select(3, system.write_atomic(folder .. "/sub", "text", true)))
  end)

  it("writes new files with the usual mode and keeps the mode of old ones", function()
    local path = folder .. "/out.json"
    assert.is_true(system.write_atomic(path, "one"))
    assert.equal(shell("umask 0022; touch " .. folder .. "/x; stat -c %a " .. folder .. "/x"),
      shell("stat -c %a " .. path))
    shell("chmod 600 " .. path)
    assert.is_true(system.write_atomic(path, "two\0"))
    assert.equal("two\0", system.read(path))
    assert.equal("600", shell("stat -c %a " .. path))
    assert.is_true(system.write_atomic(path, { "a", "", ("b"):rep(100000), "\0" }, true))
    assert.equal("a" .. ("b"):rep(100000) .. "\0", system.read(path))
    assert.is_true(system.write_atomic(path, {}))
    assert.equal("", system.read(path))
    assert.has_error(function() system.write_atomic(path, { "a", 5 }) end)
    assert.equal("600", shell("stat -c %a " .. path))
    assert.equal("out.json\nx", shell("ls -A " .. folder))
  end)

  it("follows a link to the file it names, and leaves a link to nothing alone", function()
    spit(folder .. "/real", "old")
    shell(("ln -s real %s/link; ln -s nowhere %s/dangling"):format(folder, folder))
    assert.is_true(system.write_atomic(folder .. "/link", "new"))
    assert.equal("new", system.read(folder .. "/real"))
    assert.equal("real", shell("readlink " .. folder .. "/link"))
    assert.equal("io", select(3, system.write_atomic(folder .. "/dangling", "new")))
    assert.equal("dangling\nlink\nreal", shell("ls -A " .. folder))
  end)

  it("fails with io and leaves nothing behind", function()
    shell("mkdir " .. folder .. "/sub")
    for _, path in ipairs { "", folder, folder .. "/sub", folder .. "/sub/", folder .. "/no/out",
      "/dev/full", "/proc/out.json", folder .. "/" .. ("n"):rep(300) } do
      local done, message, code = system.write_atomic(path, "text")
      assert.is_nil(done)
      assert.equal("io", code, path)
      assert.matches("^cannot write ", message)
    end
    assert.equal("sub", shell("ls -A " .. folder))
    assert.is_true(system.write_atomic("/dev/null", "text"))
    assert.equal("character special file", shell "stat -c %F /dev/null")
  end)

  it("makes folders above folders", function()
    assert.is_true(system.mkdir_p(folder .. "/a/b//c/"))
    assert.is_true(system.mkdir_p(folder .. "/a/b"))
    assert.equal("directory", system.stat(folder .. "/a/b/c").kind)
    spit(folder .. "/file", "")
    assert.equal("io", select(3, system.mkdir_p(folder .. "/file/x")))
    assert.equal("io", select(3, system.mkdir_p(folder .. "/file")))
    assert.is_true(system.mkdir_p "/")
  end)

  it("knows the folder, the terminal and the time", function()
    assert.equal(shell "pwd -P", system.cwd())
    assert.equal(system.cwd(), system.realpath ".")
    assert.is_true(math.abs(system.time() - os.time()) < 5)
    assert.is_false(system.isatty(99))
    assert.is_boolean(system.utf8())
    local columns = system.columns()
    assert.is_true(columns == nil or columns > 0)
  end)
end)
