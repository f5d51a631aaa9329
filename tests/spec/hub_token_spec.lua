--- Where the token is looked for, in which order, and what is never sent: asserted on what the Hub
--- received.

local hub = require "tests.hub.hub"
local net = require "modelsig.native.net"

if not net.built then return end

describe("the token", function()
  local server

  lazy_setup(function()
    server = hub.start()
    server:add("org/tiny", hub.tiny())
  end)
  lazy_teardown(function() server:stop() end)
  before_each(function() server:new_home() end)

  local function write(name, text)
    server.scratch:write(server.home:sub(#server.scratch.path + 2) .. "/" .. name, text)
    return server.home .. "/" .. name
  end

  --- What was received, once for all requests to the Hub; `command` begins the shell line.
  local function received(environment, flags, before)
    server:reset()
    local output, exit = server:run((before or "") .. " modelsig org/tiny --fast --output json " ..
      (flags or ""), environment)
    local seen
    for _, request in ipairs(server:requests { server = "^hub$" }) do
      local this = request.authorization or "none"
      assert.is_true(seen == nil or seen == this)
      seen = this
    end
    return seen, output, exit
  end

  it("is not there without one", function() assert.equal("none", (received {})) end)

  it("comes from --token first, then HF_TOKEN, then the older variable, then files", function()
    write(".cache/huggingface/token", "hf_standin_file")
    local all = { HF_TOKEN = "hf_one", HUGGING_FACE_HUB_TOKEN = "hf_two" }
    assert.equal("Bearer hf_standin", (received(all, "--token hf_standin")))
    assert.equal("Bearer hf_one", (received(all)))
    assert.equal("Bearer hf_two", (received { HF_TOKEN = "", HUGGING_FACE_HUB_TOKEN = "hf_two" }))
    assert.equal("Bearer hf_standin_file", (received {}))
  end)

  it("is read from the file that is named, or from the folder of the Hub's tools", function()
    local path = write("here/my_token", "hf_here\n")
    write("tools/token", "hf_tools\r\n")
    write(".cache/huggingface/token", " hf_cache ")
    local tools = server.home .. "/tools"
    assert.equal("Bearer hf_here", (received { HF_TOKEN_PATH = path, HF_HOME = tools }))
    assert.equal("Bearer hf_here", (received { HF_TOKEN_PATH = "~/here/my_token" }))
    assert.equal("Bearer hf_here", (received { HF_TOKEN_PATH = "$HOME/here/my_token" }))
    assert.equal("Bearer hf_tools", (received { HF_HOME = "~/tools" }))
    assert.equal("Bearer hf_cache", (received {}))
    assert.equal("none", (received { HF_TOKEN_PATH = server.home .. "/nowhere" }))
  end)

  it("stays at home when told so, unless it is given by hand", function()
    write(".cache/huggingface/token", "hf_cache")
    for _, word in ipairs { "1", "ON", "yes", "True" } do
      local environment = { HF_TOKEN = "hf_one", HF_HUB_DISABLE_IMPLICIT_TOKEN = word }
      assert.equal("none", (received(environment)))
    end
    local environment = { HF_TOKEN = "hf_standin", HF_HUB_DISABLE_IMPLICIT_TOKEN = "1" }
    assert.equal("Bearer hf_two", (received(environment, "--token hf_two")))
    environment.HF_HUB_DISABLE_IMPLICIT_TOKEN = "0"
    assert.equal("Bearer hf_standin", (received(environment)))
  end)

  it("loses line ends and spaces around it; nothing left means none", function()
    local set = "HF_TOKEN=$(printf ' hf_stan\\r\\ndin\\r.'); export HF_TOKEN=${HF_TOKEN%.};"
    assert.equal("Bearer hf_standin", (received({}, nil, set)))
    assert.equal("none", (received { HF_TOKEN = "  " }))
  end)

  it("with other characters is refused before anything is sent, and not shown", function()
    for _, token in ipairs { "hf_sécret", "hf_se cret", "hf_se\27cret", "hf_se\tcret",
      "hf_se\127cret" } do
      local seen, output, exit = received { HF_TOKEN = token }
      assert.is_nil(seen)
      assert.equal(2, exit)
      assert.matches("token from HF_TOKEN has characters", output)
      assert.not_matches(token, output, 1, true)
      assert.not_matches("cret", output)
    end
  end)

  it("that is far too long is refused at once, and one that is just not is sent", function()
    for length, sent in pairs { [4001] = false, [100000] = false, [4000] = true } do
      local seen, output, exit = received { HF_TOKEN = ("x"):rep(length) }
      assert.equal(sent and "Bearer " .. ("x"):rep(length) or nil, seen)
      if not sent then
        assert.equal(2, exit)
        assert.matches(("token from HF_TOKEN has %d characters, at most 4000"):format(length),
          output)
      end
      assert.not_matches("xxxx", output)
    end
  end)

  it("is not in the list of processes of others more than the user put it there", function()
    local output = server:run(
      "modelsig org/tiny --fast --stats --output table --save out.txt; cat out.txt",
      { HF_TOKEN = "hf_standin" })
    assert.not_matches("hf_standin", output)
  end)

  it("in an endpoint is refused", function()
    local place = server.endpoint:gsub("//", "//user:hf_standin@")
    local output, exit = server:run("modelsig org/tiny --output json", { HF_ENDPOINT = place })
    assert.equal(2, exit)
    assert.not_matches("hf_standin", output)
  end)

  it("leaves no trace anywhere", function()
    assert.not_matches("hf_", server:left_behind())
    assert.same({}, server:secrets())
  end)
end)
