--- The loop that many waiting things share, with a scripted session and a clock that waits for
--- nobody.

local tasks = require "modelsig.origin.hub.tasks"

--- A session whose answers come after the seconds that the URL says; `time` is the clock.
local function stand_in()
  local self = { time = 0, last = 0, under_way = {}, cancelled = {} }
  function self.clock() return self.time end
  function self.start(_, request)
    if request.url == "refused" then return nil, "no more", "limit" end
    self.last = self.last + 1
    self.under_way[self.last] = self.time + tonumber(request.url)
    return self.last
  end
  function self.wait(_, ms)
    local first
    for id, at in pairs(self.under_way) do
      if not first or at < self.under_way[first] then first = id end
    end
    local until_then = self.time + ms / 1000
    if self.stop_at and until_then >= self.stop_at then return nil, "cancelled" end
    if first and self.under_way[first] <= until_then then
      self.time = math.max(self.time, self.under_way[first])
      self.under_way[first] = nil
      return { id = first, at = self.time }
    end
    self.time = until_then
    return nil, first and "timeout" or "idle"
  end
  function self.cancel(_, id)
    self.under_way[id] = nil
    self.cancelled[#self.cancelled + 1] = id
    return true
  end
  return self
end

describe("tasks", function()
  local session, loop, group

  before_each(function()
    session = stand_in()
    loop = tasks.new(session, session.clock)
    group = loop:group(100)
  end)

  it("wait at the same time, and give their results to who awaits them", function()
    local order = {}
    local function fetch(seconds)
      local answer = assert(loop:transfer { url = seconds })
      order[#order + 1] = seconds
      return answer.at, "and", nil
    end
    local all = loop:spawn(group, function()
      local list = {}
      for i, seconds in ipairs { "3", "1", "2" } do list[i] = loop:spawn(group, fetch, seconds) end
      assert.is_true(loop:join(list))
      return loop:await(list[1])
    end)
    assert.is_true(loop:run())
    assert.same({ "1", "2", "3" }, order)
    assert.same({ 3, "and", n = 3 }, table.pack(loop:await(all)))
    assert.is_true(session.time < 3.5)
  end)

  it("sleep, also when nothing is under way", function()
    local woke
    loop:spawn(group, function() woke = loop:sleep(2) and session.time end)
    assert.is_true(loop:run())
    assert.is_true(woke >= 2 and woke < 2.5)
  end)

  it("of a group end with its time, and others go on", function()
    local short = loop:group(1, function() return "one second is over" end)
    local function fetch(where)
      return loop:spawn(where, function()
        local answer, message, code = loop:transfer { url = "5" }
        local again, _, same = loop:sleep(1)
        return answer and "answer", message, code, again, same
      end)
    end
    local first, second = fetch(short), fetch(group)
    assert.is_true(loop:run())
    assert.same({ nil, "one second is over", "timeout", nil, "timeout", n = 5 },
      table.pack(loop:await(first)))
    assert.equal("answer", (loop:await(second)))
    assert.same({ 1 }, session.cancelled)
  end)

  it("join gives the first failure of the list, after all are done", function()
    local done = 0
    local function fail(seconds, message)
      return loop:spawn(group, function()
        loop:transfer { url = seconds }
        done = done + 1
        return nil, message, "io"
      end)
    end
    local all = loop:spawn(group, function()
      return loop:join { fail("2", "first"), fail("1", "second") }
    end)
    assert.is_true(loop:run())
    assert.same({ nil, "first", "io", n = 3 }, table.pack(loop:await(all)))
    assert.equal(2, done)
  end)

  it("hear at once when a transfer cannot begin", function()
    local task = loop:spawn(group, function() return loop:transfer { url = "refused" } end)
    assert.is_true(loop:run())
    assert.same({ nil, "no more", "limit", n = 3 }, table.pack(loop:await(task)))
  end)

  it("that are stopped leave nothing under way", function()
    for _ = 1, 5 do loop:spawn(group, function() return loop:transfer { url = "50" } end) end
    loop:spawn(group, function() return loop:sleep(50) end)
    loop:spawn(group, function()
      loop:sleep(1)
      loop:stop(group, "enough", "cancelled")
    end)
    assert.is_true(loop:run())
    assert.is_nil(next(session.under_way))
    assert.is_true(session.time < 2)
  end)

  it("end with the session's word that someone stopped it", function()
    session.stop_at = 3
    loop:spawn(group, function() return loop:transfer { url = "50" } end)
    local ok, _, code = loop:run()
    assert.is_nil(ok)
    assert.equal("cancelled", code)
  end)

  it("that raise end the loop with their place", function()
    loop:spawn(group, function() error "a mistake of ours" end)
    local ok, message = pcall(loop.run, loop)
    assert.is_false(ok)
    assert.matches("a mistake of ours", message)
    assert.matches("hub_tasks_spec", message)
  end)

  it("are shown between the steps", function()
    local steps = 0
    loop:spawn(group, function() return loop:transfer { url = "2" } end)
    assert.is_true(loop:run(function() steps = steps + 1 end))
    assert.is_true(steps >= 8)
  end)
end)
