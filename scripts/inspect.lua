--- The raw view of one model: its files and tensors as they are, nothing compared or judged.

local function table_text(view)
  local lines = { ("%s  (%s)"):format(view.label, view.source) }
  for _, t in ipairs(view.tensors) do
    lines[#lines + 1] = ("  %-8s %-24s %14d  %s"):format(t.dtype,
      "[" .. table.concat(t.shape, ", ") .. "]", t.bytes, t.name)
  end
  for _, finding in ipairs(view.findings) do
    lines[#lines + 1] = ("  %s: %s%s"):format(finding.code,
      finding.where and finding.where .. ": " or "", finding.message)
  end
  local problem = view.error
  if problem then lines[#lines + 1] = ("  %s: %s"):format(problem.code, problem.message) end
  return table.concat(lines, "\n") .. "\n"
end

return {
  summary = "Show one model as it is: files, tensors in file order, metadata.",
  usage = "modelsig inspect MODEL [--fast] [--output json|table]",
  options = { "output", "fast", "strict", "local", "save" },
  run = function(context)
    local references = context:references()
    if #references ~= 1 then return context:fail "inspect: one model expected" end
    local document = require "modelsig.model.document"
    local layout = require "modelsig.base.layout"
    local model = context:open()[1]
    local view = model.error and document.raw_error(model) or document.raw(model)
    local text
    if context.options.output == "table" then
      text = table_text(view):gsub("[^\n]+", function(line) return layout.escape(line, false) end)
    else
      text = require("modelsig.base.json").encode(view, { indent = 2 }) .. "\n"
    end
    local save = context.options.save
    if save then
      local ok, message = require("modelsig.native.system").write_atomic(save, text)
      if not ok then return context:fail(message) end
    else
      context.out(text)
    end
    if context.output_error or not model.error then return nil end
    context:warn(model.error.message)
    return require("modelsig.base.exit").unreadable
  end,
}
