--- What a run says of its models on standard error, beside errors: notes of Hubs and of the cache,
--- and with --stats what the work took.

local wording = require "modelsig.rules.wording"

local M = {}

--- What came up beside the models themselves, each thing once.
---@param context modelsig.context
---@param models table[]
function M.notes(context, models)
  local said = {}
  for _, model in ipairs(models) do
    for _, note in ipairs(model.origin and model.origin.notes or {}) do
      if not said[note] then context:warn(("%s: %s"):format(model.label, note)) end
      said[note] = true
    end
  end
end

--- What the run took.
---@param context modelsig.context
---@param models table[]
function M.stats(context, models)
  context:warn(wording.text("cli.stats", { models = #models,
    seconds = ("%.3f"):format(os.clock()),
    memory = ("%.1f"):format(collectgarbage "count" / 1024) }))
  for _, model in ipairs(models) do
    local network = model.network
    if network then
      context:warn(wording.text("cli.network", { model = model.label,
        requests = network.requests, bytes = network.bytes, connections = network.connections,
        hits = network.cache_hits, first = network.first_byte_ms or "-",
        total = network.total_ms }))
    end
  end
end

return M
