--- The policies there are, or one of them with what it comes to after `extends`.

local function escape(text) return require("modelsig.base.layout").escape(text) end

--- Names and values of a map, sorted by name.
local function each(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  local i = 0
  return function()
    i = i + 1
    return names[i], map[names[i]]
  end
end

local function show(context, policy)
  local function line(name, value)
    context.out(("%-22s %s\n"):format(escape(name), escape(value)))
  end
  line("name", policy.name)
  line("asks", policy.summary or "?")
  line("found in", policy.from)
  if policy.base then line("extends", table.concat(policy.chain, " -> ", 2)) end
  for name, value in each(policy.thresholds) do line("thresholds." .. name, value) end
  for name, value in each(policy.grades) do line("grades." .. name, value) end
  for name, value in each(policy.options) do line("options." .. name, value) end
  for name, own in each(policy.functions) do line(name, own.where.path or own.where.place) end
end

local function list(context, policies)
  for _, name in ipairs(policies.names()) do
    local policy, message = policies.load(name)
    local mark = name == policies.default and " (default)" or ""
    context.out(("%-14s %s%s\n"):format(escape(name),
      escape(policy and policy.summary or message), mark))
  end
end

return {
  summary = "List the policies, or show one with its effective thresholds.",
  usage = "modelsig policies [NAME|FILE]",
  options = { "no-user", "trust-project" },
  run = function(context)
    local policies = require "modelsig.policy.policies"
    local name = context.args[1]
    if not name then
      list(context, policies)
      return nil
    end
    local policy, message = policies.load(name)
    if not policy then return context:fail(message) end
    show(context, policy)
    return nil
  end,
}
