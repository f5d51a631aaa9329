-- KV cache per token, and for a context length, of any models.
--
--   modelsig run scripts/examples/scripts/cache.lua MODEL [MODEL ...]
return {
  summary = "Print what one token, and a full context, take in the KV cache.",
  usage = "modelsig run cache.lua [--context N] MODEL [MODEL ...]",
  options = {
    { name = "context", argument = "N", kind = "count", default = 4096,
      sentence = "Tokens of one sequence." },
  },
  run = function(context)
    local tokens = context.options.context
    context.out(("%-24s %14s %14s\n"):format("model", "bytes/token", tokens .. " tokens"))
    for _, model in ipairs(context:open()) do
      local per_token, fixed, known = 0, 0, model.cache ~= nil
      for _, cache in ipairs(model.cache or {}) do
        known = known and (cache.bytes_per_token or cache.bytes_per_sequence) ~= nil
        per_token = per_token + (cache.bytes_per_token or 0)
        fixed = fixed + (cache.bytes_per_sequence or 0)
      end
      local total = per_token * tokens + fixed
      if not known then per_token, total = "unknown", "unknown" end
      context.out(("%-24s %14s %14s\n"):format(model.label, per_token, total))
    end
  end,
}
