--- modelsig.native.onnx over files that are there in part, and what it answers of hostile ones.

local json = require "modelsig.native.json"
local manifest = require "modelsig.native.manifest"
local native = require "modelsig.native.onnx"
local shared = require "tests.spec.shared"
local source = require "modelsig.native.source"
local tiny = require "tests.spec.onnx_tiny"

local function facts(model)
  local m = manifest.new()
  local findings = assert(model:list(m, "f"))
  local tensors = {}
  for i = 1, #m do tensors[i] = { m:tensor(i) } end
  return { model:graph(), tensors, findings, model:metadata(), model:external() }
end

local function whole(text)
  local model = assert(native.open(assert(source.memory(text))))
  assert(model:read())
  return facts(model)
end

--- Reads a file of which only windows of `size` bytes are got, where the reader asks for them.
local function by_windows(text, size)
  local sparse = assert(source.sparse(#text))
  local model = assert(native.open(sparse))
  local got = 0
  while true do
    local ok, message, code, _, missing = model:read()
    if ok then return facts(model), got end
    assert(code == "truncated" and missing, message)
    local piece = text:sub(missing + 1, missing + size)
    assert(sparse:put(missing, piece))
    got = got + #piece
  end
end

describe("a model that comes in pieces", function()
  it("is the same by windows of any size, without its weights", function()
    local text = tiny.model()
    local expected = whole(text)
    for _, size in ipairs { 1, 7, 100, 5000 } do
      local found, got = by_windows(text, size)
      assert.same(expected, found)
      if size < 100 then assert.is_true(got < #text - 3000 + 3 * size) end
    end
  end)

  it("tells what it stepped over", function()
    local text = tiny.model()
    local sparse = assert(source.sparse(#text))
    local model = assert(native.open(sparse))
    assert.same({}, model:jumps())
    local begin = text:find(("\0"):rep(3000), 1, true)
    assert(sparse:put(0, text:sub(1, begin)))
    local _, _, code, _, missing = model:read()
    assert.equal("truncated", code)
    assert.equal(begin - 1 + 3000, missing)
    assert.same({ { begin - 1, 3000 } }, model:jumps())
    assert.same({}, model:jumps(2))
  end)

  it("is looked at behind a message in which bytes are missing", function()
    local text = tiny.model()
    local sparse = assert(source.sparse(#text))
    local model = assert(native.open(sparse))
    assert.is_nil(model:skip())
    assert(sparse:put(0, text:sub(1, 10)))
    local _, _, code = model:read()
    assert.equal("truncated", code)
    local offset = assert(model:skip())
    while offset < #text - 4 do offset = assert(model:skip()) end
    assert.equal(#text - 4, offset)
    assert(sparse:put(offset, text:sub(offset + 1)))
    local ok, _, kind, _, missing = model:read()
    assert.is_nil(ok)
    assert.equal("malformed", kind)
    assert.is_nil(missing)
    assert.is_nil(model:skip())
    assert.has_error(function() model:graph() end)
  end)

  it("is closed once and for all", function()
    local model = assert(native.open(assert(source.memory(tiny.model()))))
    assert.has_error(function() model:graph() end)
    assert(model:read())
    assert(model:read())
    model:close()
    model:close()
    assert.has_error(function() model:read() end)
  end)

  it("may have sparse tensors", function()
    local values = "\x08\x03\x10\x01" .. tiny.field(8, "s")
    local graph = tiny.field(15, tiny.field(1, values) .. "\x18\x64\x18\x65")
    local model = assert(native.open(assert(source.memory(tiny.field(7, graph)))))
    assert(model:read())
    assert.same({ { name = "s", dtype = "F32", values = { 3 }, shape = { 100, 101 } } },
      model:sparse())
  end)
end)

local external = require "modelsig.format.onnx_external"

--- What the class of an expectation means for us: a code, "ok" or "warn".
local meanings = { ok = "ok", warn = "warn", truncated = "truncated", malformed = "malformed",
  invalid = "malformed", limit = "limit", foreign = "unsupported" }

--- Reads a file as far as it goes; gives the answer and its tensors.
local function answer(path)
  local model = assert(native.open(assert(source.file(path))))
  local ok, _, code, offset = model:read()
  if not ok then return code, offset end
  local m = manifest.new()
  local findings
  findings, _, code, offset = model:list(m, "f")
  if not findings then return code, offset end
  local outside = external.check(model:external(), function() return false end)
  local warns = #findings + #outside > 0
  return warns and "warn" or "ok", nil, m, model:graph()
end

local names = require "tests.spec.onnx_truth"

local function check_content(row, m, graph)
  local package = row.onnx_package
  -- Those of inner graphs come behind those of the graph itself.
  assert.is_true(#package.initializers <= #m)
  for i, expected in ipairs(package.initializers) do
    local name, dtype, shape = m:tensor(i)
    if type(expected[1]) == "string" then assert.equal(expected[1], name) end
    assert.equal(names.dtype(expected[2]), dtype)
    assert.equal(table.concat(expected[3], ","), table.concat(shape, ","))
  end
  local count = 0
  for _, operator in ipairs(graph.operators) do
    if operator.scope == "graph" then count = count + operator.count end
  end
  assert.equal(package.nodes, count)
  assert.equal(#package.inputs, #graph.inputs)
  assert.equal(#package.outputs, #graph.outputs)
end

describe("a hostile file", function()
  if not shared.available() then
    pending(shared.left_out("files", 54))
    return
  end
  for _, row in ipairs(json.decode(shared.read "golden/onnx/broken/EXPECT.json")) do
    it(row.file .. ": " .. row.why, function()
      local path = shared.path("golden/onnx/broken/" .. row.file)
      local found, offset, m, graph = answer(path)
      local wanted = {}
      for _, class in ipairs(row.class) do wanted[meanings[class]] = true end
      assert.is_true(wanted[found], ("%s is not expected"):format(found))
      if found == "truncated" or found == "malformed" then
        assert.is_true(offset >= 0 and offset <= row.size)
      end
      if m and not row.onnx_package.refused then check_content(row, m, graph) end
    end)
  end

  it("that is cut anywhere is truncated there", function()
    local text = shared.read "golden/onnx/broken/control_plain.onnx"
    local list = json.decode(shared.read "golden/onnx/broken/PREFIXES.json")
    local valid = {}
    for _, len in ipairs(list.lengths_that_are_valid_protobuf) do valid[len] = true end
    for len = 0, #text do
      local model = assert(native.open(assert(source.memory(text:sub(1, len)))))
      local ok, _, code, offset = model:read()
      if valid[len] then
        assert.is_true(ok or code == "malformed")
      else
        assert.equal("truncated", code)
        assert.equal(len, offset)
      end
    end
  end)
end)

describe("a piece of a file", function()
  local field = tiny.field
  local header = "\x08\x1e\x08\x19\x10\x01" .. field(8, "w") .. "\x4a\xb8\x17"

  it("shows the headers of weights in it", function()
    assert.same({ { 103, 103 + #header, 3000 } }, native.headers("noise" .. header, 98))
    assert.same({ { 0, #header, 3000 }, { #header + 3000, 2 * #header + 3000, 3000 } },
      native.headers(header .. ("\0"):rep(3000) .. header, 0))
    assert.same({}, native.headers(header:sub(1, -2), 0))
  end)

  it("shows none where bytes and dims disagree", function()
    assert.same({}, native.headers((header:gsub("\x1e", "\x1f")), 0))
    assert.same({}, native.headers((header:gsub("\x10\x01", "\x10\x0b")), 0))
    assert.same({}, native.headers(("\x08\x01"):rep(40) .. header:sub(7), 0))
    assert.same({}, native.headers("", 0))
  end)

  it("shows where the last values end", function()
    local tail = field(2, "graph") .. field(11, field(1, "x")) .. "\x42\x02\x10\x12"
    assert.equal(#tail, native.tail(("\0"):rep(100) .. tail))
    assert.equal(#tail, native.tail("\xff\x80\x07" .. tail))
    assert.equal(0, native.tail(tail .. "\7"))
    assert.equal(0, native.tail "")
  end)
end)
