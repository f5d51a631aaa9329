--- The report as GitHub Markdown, for pull requests and wikis.

local show, escape, text -- set from the context

--- A value inside a table cell or a line of prose. Underscores inside words mean nothing to
--- GitHub, brackets only in front of a parenthesis.
local function plain(value)
  local shown = escape(show(value)):gsub("[\\|`*<]", "\\%0")
  shown = shown:gsub("%f[%w_]_+", "\\%0"):gsub("_+%f[^%w_]", "\\%0")
  return (shown:gsub("%]([%(:])", "\\]%1"))
end

--- A name as code; the fence is longer than any run of backticks inside.
local function code(value)
  local name = escape(show(value))
  local longest = 0
  for run in name:gmatch "`+" do longest = math.max(longest, #run) end
  local fence = ("`"):rep(longest + 1)
  local pad = longest > 0 and " " or ""
  return fence .. pad .. name .. pad .. fence
end

--- The same inside a table, where a bar would end the cell.
local function code_cell(value)
  return (code(value):gsub("|", "\\|"))
end

local function grid(out, head, rows)
  out[#out + 1] = "| " .. table.concat(head, " | ") .. " |"
  out[#out + 1] = "|" .. (" --- |"):rep(#head)
  for _, row in ipairs(rows) do out[#out + 1] = "| " .. table.concat(row, " | ") .. " |" end
  out[#out + 1] = ""
end

local function heading(out, level, title)
  out[#out + 1] = ("#"):rep(level) .. " " .. title
  out[#out + 1] = ""
end

local function bullets(out, list, lead)
  for _, entry in ipairs(list or {}) do
    local shown = type(entry) == "table" and (entry.message or entry.feature) or entry
    out[#out + 1] = "- " .. (lead or "") .. plain(shown)
  end
  if list and #list > 0 then out[#out + 1] = "" end
end

local badges = { RECOMMENDED = "🟢 ", PARTIAL = "🟡 ", NOT_RECOMMENDED = "🔴 " }

local function badge(level, context)
  return (context.utf8 and badges[level] or "") .. "**" .. plain(level) .. "**"
end

local function models(out, document, context)
  heading(out, 2, text "markdown.models")
  local head, rows = { text "markdown.row" }, {}
  for _, label in ipairs(context.labels) do head[#head + 1] = code_cell(label) end
  for _, row in ipairs(context.rows) do
    local line, any = { row.name }, false
    for _, label in ipairs(context.labels) do
      local model = document.models[label]
      local value = (not model.error or row.always) and row.value(model, context.layout) or nil
      any = any or value ~= nil
      line[#line + 1] = value and plain(value) or ""
    end
    if any then rows[#rows + 1] = line end
  end
  grid(out, head, rows)
end

local function tick(value)
  return value and "✓" or "✗"
end

local function matrix(out, document, context)
  heading(out, 2, text "table.pairs")
  local rows = {}
  for i, key in ipairs(context.pairs) do
    local pair = document.coverage_matrix[key]
    if pair.error then
      rows[i] = { code_cell(key), "**error**", plain(pair.error.message), "", "", "", "", "" }
    else
      rows[i] = { code_cell(key), "**" .. plain(pair.substitution_verdict) .. "**",
        plain(pair.isomorphism), context.layout.percent(pair.coverage_rate),
        tick(pair.phase1_normalized_match), tick(pair.phase2_substructure_match),
        tick(pair.phase3_algebraic_consistent), plain(pair.kernel and pair.kernel.verdict) }
    end
  end
  grid(out, { "Pair", "Verdict", "Isomorphism", "Keys", "P1", "P2", "P3", "Kernel" }, rows)
end

local function kernel(out, facts, contrast)
  out[#out + 1] = text("table.kernel_verdict", { verdict = "**" .. plain(facts.verdict) .. "**" })
  out[#out + 1] = ""
  local rows = {}
  for i, d in ipairs(facts.differences or {}) do
    local a, b = contrast(d.a, d.b)
    rows[i] = { code_cell(d.feature), plain(a), plain(b), plain(d.grade), plain(d.scopes),
      plain(d.why) }
  end
  if #rows > 0 then
    grid(out, { "Feature", "A", "B", "Grade", "Scopes", "Why" }, rows)
  else
    out[#out + 1] = text "table.no_differences"
    out[#out + 1] = ""
  end
  if facts.unknown and #facts.unknown > 0 then
    out[#out + 1] = plain(text("table.untold", { features = show(facts.unknown) }))
    out[#out + 1] = ""
  end
end

local function advice(out, pair, context)
  local strategy = pair.test_strategy
  if strategy then
    out[#out + 1] = badge(strategy.level, context) .. " " .. plain(strategy.description)
    out[#out + 1] = ""
    out[#out + 1] = plain(text("table.scope", { scope = show(strategy.test_scope) }))
    out[#out + 1] = ""
  end
  if pair.recommendation then
    out[#out + 1] = "> " .. plain(pair.recommendation)
    out[#out + 1] = ""
  end
  local facts = pair.quant_transfer
  if facts then
    out[#out + 1] = plain(text("table.transfer", { score = show(facts.estimated_transferability),
      confidence = show(facts.confidence), methods = show(facts.recommended_methods) }))
    out[#out + 1] = ""
    bullets(out, facts.arch_risk_factors)
    bullets(out, facts.caveats)
  end
end

local measures = { "isomorphism", "substitution_verdict", "a_covers_b", "b_covers_a",
  "coverage_rate", "operator_coverage_rate", "layer_type_coverage", "shape_compatibility",
  "can_substitute", "structural_coverage", "shape_ratios_all_uniform" }

local function details(out, key, pair, context)
  heading(out, 3, text("markdown.details", { pair = code(key) }))
  if pair.error then
    out[#out + 1] = "**error** " .. plain(pair.error.message)
    out[#out + 1] = ""
    return
  end
  bullets(out, pair.reasons)
  bullets(out, pair.unknown, "unknown: ")
  if pair.kernel then kernel(out, pair.kernel, context.layout.contrast) end
  advice(out, pair, context)
  local rows = {}
  for _, name in ipairs(measures) do
    if pair[name] ~= nil then rows[#rows + 1] = { name, plain(pair[name]) } end
  end
  grid(out, { "Measure", "Value" }, rows)
end

local function plan(out, levels)
  heading(out, 2, text "table.plan")
  for _, level in ipairs { "level1_structure", "level2_numerical", "level3_runtime",
    "level4_canary" } do
    heading(out, 3, plain(text("table." .. level)))
    for _, entry in ipairs(levels[level] or {}) do
      out[#out + 1] = ("- **%s**: %s"):format(code(entry.model), plain(entry.reason))
      out[#out + 1] = "  - " .. plain(text("table.focus", { focus = show(entry.test_focus) }))
    end
    out[#out + 1] = ""
  end
end

local function format(document, context)
  show, escape, text = context.layout.show, context.escape, context.text
  local out = {}
  heading(out, 1, text "markdown.title")
  out[#out + 1] = ("**Version:** %s  **Timestamp:** %s"):format(document.version,
    document.timestamp)
  out[#out + 1] = ""
  models(out, document, context)
  if #context.pairs > 0 then
    matrix(out, document, context)
    for _, key in ipairs(context.pairs) do
      details(out, key, document.coverage_matrix[key], context)
    end
  end
  if document.multi_fidelity_plan then plan(out, document.multi_fidelity_plan) end
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

return { name = "markdown", description = "for GitHub: pull requests, issues, wikis",
  format = format }
