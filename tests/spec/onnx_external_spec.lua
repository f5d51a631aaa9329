local external = require "modelsig.format.onnx_external"

local function row(entries, bytes)
  return { name = "w", bytes = bytes or 8, entries = entries }
end

--- The codes of what is found, where the folder has `data` of 100 bytes and `late`, whose size is
--- not known.
local function codes(...)
  local sizes = { data = 100, late = false, ["sub/data"] = 8 }
  local out = {}
  for i, finding in ipairs((external.check({ ... }, function(name) return sizes[name] end))) do
    out[i] = finding.code
  end
  return out
end

describe("values in other files", function()
  it("are fine where the file has them", function()
    assert.same({}, codes(row { location = "data" },
      row { location = "data", offset = "92", length = "8", checksum = "x" },
      row { location = "sub/data", offset = "0" }, row { location = "late", offset = "1000" }))
  end)

  it("lie in no file outside the model's folder", function()
    for _, location in ipairs { "", "../data", "a/../../data", "/etc/passwd", "C:data", "a\\b",
      "a\0b", "http://host/data", "%2e%2e/data", "*/_ORT_MEM_ADDR_/*", "a//b", "./data" } do
      assert.same({ "external_location" }, codes(row { location = location }), location)
    end
    assert.same({ "external_location" }, codes(row {}))
  end)

  it("lie at plain numbers", function()
    for _, text in ipairs { "-1", "+1", " 1", "1_000", "0x10", "1e2", "", "1.0",
      "18446744073709551616", "9223372036854775808" } do
      assert.same({ "external_range" }, codes(row { location = "data", offset = text }), text)
      assert.same({ "external_range" }, codes(row { location = "data", length = text }), text)
    end
  end)

  it("lie inside a file that is there", function()
    assert.same({ "external_missing" }, codes(row { location = "other" }))
    assert.same({ "external_short" }, codes(row { location = "data", offset = "93" }))
    local far = row { location = "data", offset = "9223372036854775807" }
    assert.same({ "external_short" }, codes(far))
    assert.same({ "external_length" }, codes(row { location = "data", length = "7" }))
    assert.same({ "external_key" }, codes(row { location = "data", mode = "w" }))
  end)

  it("are told once a kind, with how many there are and the files that hold them", function()
    local rows = { row { location = "b" }, row { location = "../x" }, row { location = "a" },
      row { location = "b" } }
    local findings, locations = external.check(rows, function() end)
    assert.same({ { code = "external_location",
      message = "1 tensors lie in a file that no model may name, first 'w' in '../x'" },
      { code = "external_missing",
        message = "3 tensors lie in files that are not there, first 'w' in 'b'" } }, findings)
    assert.same({ "b", "a" }, locations)
  end)
end)
