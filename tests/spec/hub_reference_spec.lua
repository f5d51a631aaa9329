--- Spellings of models on Hubs, and which of them are none.

local net = require "modelsig.native.net"
local reference = require "modelsig.origin.hub.reference"

if not net.built then return end

local function parse(text, endpoint)
  local parsed, message, code = reference.parse(text, endpoint)
  if not parsed then return nil, message, code end
  return ("%s|%s|%s"):format(parsed.repository, parsed.revision or "", parsed.path or "")
end

describe("a reference to a Hub", function()
  it("is known in all spellings", function()
    for text, expected in pairs {
      ["gpt2"] = "gpt2||", ["gpt2@main"] = "gpt2|main|", ["gpt2:config.json"] = "gpt2||config.json",
      ["Qwen/Qwen3-8B"] = "Qwen/Qwen3-8B||", ["org/name@v1.0"] = "org/name|v1.0|",
      ["org/name@refs/pr/1"] = "org/name|refs/pr/1|",
      ["org/name@refs/convert/x:sub/dir"] = "org/name|refs/convert/x|sub/dir",
      ["org/name:sub/model.safetensors"] = "org/name||sub/model.safetensors",
      ["org/name:sub/"] = "org/name||sub",
      ["hf://gpt2"] = "gpt2||", ["hf://org/name"] = "org/name||",
      ["hf://models/org/name@main/a/b.json"] = "org/name|main|a/b.json",
      ["hf://org/name/a/b.json"] = "org/name||a/b.json",
      ["hf://org/name@refs/pr/3/a.json"] = "org/name|refs/pr/3|a.json",
      ["hf://org/name@refs%2Fpr%2F3/a.json"] = "org/name|refs/pr/3|a.json",
      ["hf://gpt2@main/config.json"] = "gpt2|main|config.json",
      ["https://huggingface.co/org/name"] = "org/name||",
      ["https://huggingface.co/org/name/"] = "org/name||",
      ["https://hf.co/gpt2"] = "gpt2||",
      ["https://huggingface.co/gpt2/tree/main/onnx"] = "gpt2|main|onnx",
      ["https://huggingface.co/org/name/tree/refs%2Fpr%2F1"] = "org/name|refs/pr/1|",
      ["https://huggingface.co/org/name/tree/refs/pr/1/sub"] = "org/name|refs/pr/1|sub",
      ["https://huggingface.co/org/name/blob/main/a%20b.json?download=true#x"] =
        "org/name|main|a b.json",
      ["https://huggingface.co/org/name/resolve/main/x.safetensors"] =
        "org/name|main|x.safetensors",
      ["https://huggingface.co/org/name/commit/" .. ("ab"):rep(20)] =
        "org/name|" .. ("ab"):rep(20) .. "|",
      ["https://huggingface.co/api/models/org/name"] = "org/name||",
      ["HTTPS://HuggingFace.co:443/org/name"] = "org/name||",
    } do
      assert.equal(expected, (parse(text)), text)
    end
  end)

  it("may be a page of the endpoint, also below its path", function()
    assert.equal("org/name|v1|", parse("http://127.0.0.1:8/org/name/tree/v1", "http://127.0.0.1:8"))
    assert.equal("org/name||",
      parse("https://mirror.example/hf/org/name", "https://mirror.example/hf"))
    local _, message, code = parse("https://mirror.example/org/name", "https://other.example")
    assert.equal("unsupported", code)
    assert.truthy(message:find("--endpoint https://mirror.example", 1, true))
    assert.equal("unsupported", select(3, parse "https://huggingface.co.evil.example/org/name"))
    assert.equal("unsupported", select(3, parse "http://huggingface.co/org/name"))
    assert.equal("malformed", select(3, parse "https://user:pass@huggingface.co/org/name"))
    assert.equal("malformed", select(3, parse "ftp://huggingface.co/org/name"))
  end)

  it("has an id, a revision and a path that a repository can have", function()
    for _, id in ipairs { "a", "A_b-c.d/x", ("x"):rep(96), "_a/_b" } do
      assert.is_true(reference.is_repository(id), id)
    end
    for _, id in ipairs { "", "/", "a/", "/a", "a/b/c", "a--b", "a..b", "a.git", "-a", "a-", ".a",
      "a.",
      "a b", "a\n", "ä", "a/b%20c", ("x"):rep(97), "a/..", "../a" } do
      assert.is_false(reference.is_repository(id), id)
    end
    for _, text in ipairs { "org/name@", "org/name@..", "org/name@a b", "org/name@/a",
      "org/name@a//b",
      "org/name@-x", "org/name@a\27[2J", "org/name@" .. ("r"):rep(300), "org/name:../x",
      "org/name:/etc/passwd", "org/name:a\\b", "org/name:C:/x", "org/name:a//b", "org/name:./a",
      "hf://org/name@main/../x", "https://huggingface.co/org/name/tree/main/%2e%2e/x",
      "https://huggingface.co/org/name/tree/main/a%00b",
      "https://huggingface.co/org/name/discussions",
      "https://huggingface.co/org/name/tree", "a--b/c", "hf://a..b/c" } do
      local parsed, message, code = reference.parse(text)
      assert.is_nil(parsed, text)
      assert.equal("malformed", code, text)
      assert.is_nil(message:find "[%c\x7f-\xff]", text)
    end
    assert.equal("notfound", select(3, parse "hf://"))
  end)

  it("to something that is no model says so", function()
    for _, text in ipairs { "hf://datasets/org/name", "hf://spaces/org/name",
      "https://huggingface.co/datasets/org/name", "https://huggingface.co/spaces/org/name" } do
      local _, message, code = reference.parse(text)
      assert.equal("unsupported", code)
      assert.truthy(message:find "only models", message)
    end
  end)

  it("never repeats a query, which may be a secret", function()
    for _, text in ipairs { "https://evil.example/a/b?token=hf_secret",
      "https://huggingface.co/?x=hf_secret",
      "https://huggingface.co/a/b/c/d?x=hf_secret", "nothttp://x?hf_secret" } do
      local _, message = reference.parse(text)
      assert.is_nil(message:find "hf_secret", message)
    end
  end)
end)
