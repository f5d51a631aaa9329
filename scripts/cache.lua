--- What is kept of remote models, and forgetting it.
local function size(bytes)
  local units, n = { "B", "kB", "MB", "GB", "TB" }, 1
  while bytes >= 1000 and n < #units do bytes, n = bytes / 1000, n + 1 end
  return (n == 1 and "%d %s" or "%.1f %s"):format(bytes, units[n])
end

local function list(context, store)
  local layout = require "modelsig.base.layout"
  local entries, total, width = store:entries(), 0, 0
  for _, entry in ipairs(entries) do width = math.max(width, #entry.repository) end
  for _, entry in ipairs(entries) do
    total = total + entry.size
    context.out(layout.pad(layout.escape(entry.repository), width),
      ("  %.12s  %9s  %s  %s\n"):format(entry.commit, size(entry.size),
        os.date("!%Y-%m-%d %H:%M", entry.mtime), layout.escape(entry.endpoint)))
  end
  context.out(("%d commits, %s in %s\n"):format(#entries, size(total), store.dir))
end

local function clear(context, store, repository)
  local count, bytes, message = store:clear(repository)
  if message then return context:fail(message) end
  if repository and count == 0 then
    return context:fail(("nothing is kept of '%s'%s"):format(repository,
      require("modelsig.base.check").hint(repository, store:repositories())))
  end
  context.out(("removed: %d commits, %s\n"):format(count, size(bytes)))
end

return {
  summary = "Show or clear what is kept of remote models.",
  usage = "modelsig cache [list | clear [REPOSITORY] | dir]",
  run = function(context)
    local store = require("modelsig.origin.store").open()
    if not store then
      return context:fail "there is no place for a cache: HOME is not an absolute path"
    end
    local verb = context.args[1] or "list"
    if verb == "list" then return list(context, store) end
    if verb == "clear" then return clear(context, store, context.args[2]) end
    if verb == "dir" then
      context.out(store.dir, "\n")
      return nil
    end
    return context:fail(("cache: list, clear or dir expected, found '%s'%s"):format(verb,
      require("modelsig.base.check").hint(verb, { "list", "clear", "dir" })))
  end,
}
