--- Byte sources of files and texts.

local sources = require "modelsig.native.source"
local transcript = require "tests.spec.transcript"

local function read_all(source)
  return assert(source:read(0, source:size()))
end

describe("a source", function()
  it("reads ranges of a file", function()
    local folder <close> = transcript.folder()
    local source <close> = assert(sources.file(folder:write("x", "0123456789")))
    assert.equal(10, source:size())
    assert.equal("0123456789", read_all(source))
    assert.equal("345", source:read(3, 3))
    assert.equal("89", source:read(8, 100), "fewer at the end")
    assert.equal("", source:read(10, 1))
  end)

  it("reads ranges of a text, zero bytes included", function()
    local source <close> = sources.memory("a\0b", "text")
    assert.equal(3, source:size())
    assert.equal("\0b", source:read(1, 5))
  end)

  it("of a file that cannot be opened says so", function()
    local folder <close> = transcript.folder()
    local source, message, code = sources.file(folder.path .. "/none")
    assert.is_nil(source)
    assert.equal("notfound", code)
    assert.truthy(message:find("none", 1, true))
    source, message, code = sources.file(folder.path)
    assert.is_nil(source)
    assert.equal("io", code)
    assert.truthy(message:find("expected a file, found a folder", 1, true))
    assert.truthy(os.execute(("mkfifo '%s/fifo'"):format(folder.path)))
    assert.equal("io", select(3, sources.file(folder.path .. "/fifo")))
  end)

  it("that is closed is closed: twice is fine, reading raises", function()
    local source = sources.memory "x"
    source:close()
    source:close()
    assert.has_error(function() source:read(0, 1) end)
  end)

  it("refuses offsets and lengths that are none", function()
    local source <close> = sources.memory "x"
    assert.has_error(function() source:read(-1, 1) end)
    assert.has_error(function() source:read(0, -1) end)
    assert.has_error(function() source:read(0, 1 << 40) end)
    assert.has_error(function() sources.memory(nil) end)
  end)
end)
