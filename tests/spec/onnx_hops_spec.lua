--- ONNX over a network: how many times somebody waits, and how much comes.

local hops = require "modelsig.format.onnx_hops"
local native = require "modelsig.native.onnx"
local partial = require "modelsig.origin.hub.partial"
local tiny = require "tests.spec.onnx_tiny"

--- Fetches what is wanted; gives the file, how often it was asked, and the bytes that came.
local function fetch(text, window)
  local file = partial.new { name = "f", size = #text, window = window or 100008, most = 1e8 }
  local rounds, bytes = 0, 0
  while true do
    local ranges = hops.next_ranges(file)
    if not ranges then return file, rounds, bytes end
    rounds = rounds + 1
    assert(rounds < 1000, "no end")
    for _, range in ipairs(ranges) do
      local last = math.min(range[2], #text - 1)
      local first = file:lacks(range[1], last)
      if first then
        file:put(first, text:sub(first + 1, last + 1))
        bytes = bytes + last - first + 1
      end
    end
  end
end

local function names_of(source)
  local model = assert(native.open(source))
  assert(model:read())
  local manifest = require("modelsig.native.manifest").new()
  assert(model:list(manifest, "f"))
  local names = {}
  for i = 1, #manifest do names[i] = manifest:tensor(i) end
  return names
end

describe("an ONNX file on a Hub", function()
  it("of equal layers takes few round trips and little of the weights", function()
    local text = tiny.layers(60, { 40000, 80000, 20000, 40000 })
    local file, rounds, bytes = fetch(text, 4096)
    assert.is_true(rounds <= 8, ("%d round trips"):format(rounds))
    assert.is_true(bytes < #text / 30, ("%d bytes"):format(bytes))
    assert.equal(240, #names_of(assert(file:open())))
  end)

  it("is read whatever the window", function()
    local text = tiny.layers(3, { 5000, 3000 })
    local expected = names_of(assert(require("modelsig.native.source").memory(text)))
    for _, window in ipairs { 1, 2, 10, 1000, 100000 } do
      local file = fetch(text, window)
      assert.same(expected, names_of(assert(file:open())))
    end
  end)

  it("is asked for at thousands of places in time that grows with their number", function()
    local function cpu(n)
      local least = math.huge
      for _ = 1, 3 do
        collectgarbage()
        local file = partial.new { name = "f", size = 100 * n, window = 1, most = 1e9 }
        local start = os.clock()
        for i = 0, n - 1 do file:put(100 * i, "0123456789") end
        for i = 0, n - 1 do assert(file:read(100 * i, 10)) end
        least = math.min(least, os.clock() - start)
      end
      return least
    end
    local small, large = cpu(4000), cpu(16000)
    assert.is_true(large <= 7 * small, ("%.4f s, %.4f s"):format(small, large))
  end)

  --- Lengths of three kinds and a long one, in an order that follows no rule.
  local function irregular(n, seed)
    local lengths, x = { 1200000 }, seed
    for i = 2, n do
      x = (x * 1103515245 + 12345) % 2147483648
      lengths[i] = ({ 2000, 2000, 2000, 2000, 80000, 80000, 320000 })[(x >> 16) % 7 + 1]
    end
    return lengths
  end

  for _, form in ipairs { "rows", "turns", "functions", "branches" } do
    it("of lengths that follow no rule takes few round trips, too: " .. form, function()
      for seed = 1, 4 do
        local text = tiny.weights(irregular(80, seed), form)
        local file, rounds, bytes = fetch(text, 4096)
        assert.is_true(rounds <= 10, ("seed %d: %d round trips"):format(seed, rounds))
        assert.is_true(bytes < #text / 10, ("seed %d: %d of %d"):format(seed, bytes, #text))
        local model <close> = assert(native.open(assert(file:open())))
        assert(model:read())
      end
    end)

    it("of equal lengths takes few round trips whatever lies between them: " .. form, function()
      local lengths = {}
      for i = 1, 120 do lengths[i] = 90000 end
      local text = tiny.weights(lengths, form)
      local _, rounds, bytes = fetch(text, 4096)
      assert.is_true(rounds <= 7, ("%d round trips"):format(rounds))
      assert.is_true(bytes < #text / 30, ("%d of %d"):format(bytes, #text))
    end)
  end

  it("whose names come behind the values is guessed as far as lengths tell", function()
    local text = tiny.weights(irregular(80, 1), "rows", true)
    local file, rounds, bytes = fetch(text, 4096)
    assert.is_true(rounds <= 12, ("%d round trips"):format(rounds))
    assert.is_true(bytes < #text / 8, ("%d of %d"):format(bytes, #text))
    local model <close> = assert(native.open(assert(file:open())))
    assert(model:read())
  end)

  it("of irregular lengths is the same whatever comes at once", function()
    local text = tiny.layers(1, irregular(60, 9))
    local expected = names_of(assert(require("modelsig.native.source").memory(text)))
    for _, window in ipairs { 1, 100, 4096, #text } do
      assert.same(expected, names_of(assert(fetch(text, window):open())))
    end
  end)

  it("whose weights look like headers is read all the same", function()
    local header = "\x08\x1e\x08\x19\x10\x01" .. tiny.field(8, "w") .. "\x4a\xb8\x17"
    local text = tiny.layers(1, irregular(40, 3))
    local expected = names_of(assert(require("modelsig.native.source").memory(text)))
    text = text:gsub(("%z"):rep(1900), header:rep(1900 // #header)
      .. ("\0"):rep(1900 % #header))
    local file, rounds = fetch(text, 64)
    assert.is_true(rounds <= 60, ("%d round trips"):format(rounds))
    assert.same(expected, names_of(assert(file:open())))
  end)

  it("that is something else is asked for once", function()
    local _, rounds = fetch(("<!doctype html>"):rep(20000))
    assert.equal(1, rounds)
    _, rounds = fetch("")
    assert.is_true(rounds <= 1)
  end)
end)
