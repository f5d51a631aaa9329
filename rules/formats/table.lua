--- The report for a person at a terminal: models side by side where the width allows, then pairs,
--- kernel differences, test strategy and plan.

local LABEL = 21       -- width of the row names, the longest is num_attention_heads
local NARROW = 25      -- a model's column is at least this wide, at most WIDE
local WIDE = 58
local MAX_LINE = 160   -- prose that is wider reads badly

local tones = { FULL = "good", PARTIAL = "warn", NO = "bad", RECOMMENDED = "good",
  NOT_RECOMMENDED = "bad", free = "dim", shape = "dim", path = "warn", model = "bad" }

local show -- set from the context: a value of the document as text, "-" for what is absent

local function short(verdict)
  return type(verdict) == "string" and (verdict:gsub("_SUBSTITUTE$", "")) or "-"
end

--- Values of all rows for some models; of one that could not be read only its error and source.
local function cells(document, labels, context)
  local made = {}
  for _, row in ipairs(context.rows) do
    local line, any = { row.name }, false
    for i, label in ipairs(labels) do
      local model = document.models[label]
      local shown = not model.error or row.always
      local value = shown and row.value(model, context.layout) or nil
      any = any or value ~= nil
      line[i + 1] = value and context.escape(value) or ""
    end
    if any then made[#made + 1] = line end
  end
  return made
end

local function section(out, context, id)
  local width = math.min(context.columns, MAX_LINE)
  local title = context.text("table." .. id)
  local rule = (context.utf8 and "─" or "-"):rep(math.max(4, width - #title - 1))
  out[#out + 1] = ""
  out[#out + 1] = context.style("title", title) .. " " .. context.style("dim", rule)
end

--- Text under an indent, wrapped; the first line may begin with a mark.
local function prose(out, context, text, indent, mark)
  local width = math.min(context.columns, MAX_LINE) - #indent - (mark and #mark or 0)
  for i, line in ipairs(context.layout.wrap(context.escape(text), width)) do
    local lead = mark and (i == 1 and mark or (" "):rep(#mark)) or ""
    out[#out + 1] = indent .. lead .. line
  end
end

local function grid(out, context, made, columns, indent)
  local width = math.min(context.columns, MAX_LINE + 40)
  for _, line in ipairs(context.layout.columns(made, columns, width, indent)) do
    out[#out + 1] = line
  end
end

local function tone(context)
  return function(text)
    local word = text:match "^[%w_]+" or ""
    return context.style(tones[word] or tones[short(word)] or "", text)
  end
end

local function models(out, document, context)
  local room = context.columns - LABEL - 4
  local each = math.max(1, room // (NARROW + 2))
  local total = #context.labels
  for first = 1, total, each do
    local labels = table.move(context.labels, first, math.min(first + each - 1, total), 1, {})
    local width = math.max(NARROW, math.min(WIDE, room // #labels - 2))
    if total == 1 then width = math.min(room, MAX_LINE - LABEL) end
    local head = { "" }
    local columns = { { width = LABEL, style = function(text)
      return context.style(text == "error" and "bad" or "dim", text)
    end } }
    for i, label in ipairs(labels) do
      head[i + 1] = context.escape(label)
      columns[i + 1] = { width = width, style = function(text, row)
        return row == 1 and context.style("model", text) or text
      end }
    end
    local made = cells(document, labels, context)
    table.insert(made, 1, head)
    if first > 1 then out[#out + 1] = "" end
    grid(out, context, made, columns, "  ")
  end
end

local function phases(pair)
  local marks = {}
  for i, key in ipairs { "phase1_normalized_match", "phase2_substructure_match",
    "phase3_algebraic_consistent" } do
    marks[i] = pair[key] and "P" .. i or "--"
  end
  return table.concat(marks, " ")
end

local function matrix(out, document, context)
  section(out, context, "pairs")
  local made = { { "Pair", "Verdict", "Isomorphism", "Keys", "Phases", "Kernel" } }
  for _, key in ipairs(context.pairs) do
    local pair = document.coverage_matrix[key]
    local name = context.escape((key:gsub("|", " | ")))
    if pair.error then
      made[#made + 1] = { name, "error", "-", "-", "-", "-" }
    else
      made[#made + 1] = { name, show(pair.substitution_verdict), show(pair.isomorphism),
        context.layout.percent(pair.coverage_rate), phases(pair),
        short(pair.kernel and pair.kernel.verdict) }
    end
  end
  local paint = tone(context)
  local function body(text, row)
    if row == 1 then return context.style("dim", text) end
    return text == "error" and context.style("bad", text) or paint(text)
  end
  local rigid = { style = body, rigid = true }
  grid(out, context, made, { { style = body }, rigid, rigid,
    { right = true, style = body, rigid = true }, rigid, rigid }, "  ")
end

local function heading(out, context, key, indent)
  indent = indent or "  "
  local name = context.escape((key:gsub("|", " | ")))
  for i, line in ipairs(context.layout.wrap(name, context.columns - #indent - 2)) do
    out[#out + 1] = (i == 1 and indent or indent .. "  ") .. context.style("model", line)
  end
end

local function reasons(out, document, context)
  for _, key in ipairs(context.pairs) do
    local pair = document.coverage_matrix[key]
    out[#out + 1] = ""
    heading(out, context, key)
    if pair.error then
      prose(out, context, pair.error.message or pair.error.code, "    ", "! ")
    end
    for _, reason in ipairs(pair.reasons or {}) do prose(out, context, reason, "    ", "- ") end
    for _, thing in ipairs(pair.unknown or {}) do
      prose(out, context, type(thing) == "table" and (thing.message or thing.feature) or thing,
        "    ", "? ")
    end
  end
end

local function kernel(out, document, context)
  local paint = tone(context)
  section(out, context, "kernel")
  for _, key in ipairs(context.pairs) do
    local facts = document.coverage_matrix[key].kernel
    if facts then
      heading(out, context, key)
      out[#out + 1] = "    " .. context.text("table.kernel_verdict",
        { verdict = paint(show(facts.verdict)) })
      local wide = context.columns >= 100
      local made = { { "feature", "A", "B", "grade", "scopes", wide and "why" or nil } }
      for _, d in ipairs(facts.differences or {}) do
        local a, b = context.layout.contrast(d.a, d.b)
        made[#made + 1] = { context.escape(show(d.feature)), context.escape(show(a)),
          context.escape(show(b)), show(d.grade), show(d.scopes),
          wide and context.escape(show(d.why)) or nil }
      end
      if #made > 1 then
        local function dim(text, row) return row == 1 and context.style("dim", text) or text end
        grid(out, context, made, { { style = dim, rigid = true }, { style = dim },
          { style = dim }, { rigid = true, style = function(text, row)
            return row == 1 and dim(text, row) or paint(text)
          end },
          { style = dim }, wide and { style = dim } or nil }, "    ")
      else
        out[#out + 1] = "    " .. context.text "table.no_differences"
      end
      if facts.unknown and #facts.unknown > 0 then
        prose(out, context, context.text("table.untold", { features = show(facts.unknown) }),
          "    ", "? ")
      end
    end
  end
end

local function transfer(out, context, facts)
  prose(out, context, context.text("table.transfer", {
    score = show(facts.estimated_transferability), confidence = show(facts.confidence),
    methods = show(facts.recommended_methods) }), "    ")
  for _, risk in ipairs(facts.arch_risk_factors or {}) do
    prose(out, context, show(risk), "      ", "- ")
  end
  for _, caveat in ipairs(facts.caveats or {}) do
    prose(out, context, show(caveat), "      ", "! ")
  end
end

local function strategy(out, document, context)
  local paint = tone(context)
  section(out, context, "strategy")
  for _, key in ipairs(context.pairs) do
    local pair = document.coverage_matrix[key]
    local advice = pair.test_strategy
    if advice then
      heading(out, context, key)
      out[#out + 1] = "    " .. paint(show(advice.level))
      prose(out, context, show(advice.description), "    ")
      prose(out, context, context.text("table.scope", { scope = show(advice.test_scope) }), "    ")
      if pair.recommendation then prose(out, context, show(pair.recommendation), "    ") end
      if pair.quant_transfer then transfer(out, context, pair.quant_transfer) end
    end
  end
end

local function plan(out, document, context)
  section(out, context, "plan")
  for _, level in ipairs { "level1_structure", "level2_numerical", "level3_runtime",
    "level4_canary" } do
    out[#out + 1] = "  " .. context.style("title", context.text("table." .. level))
    for _, entry in ipairs(document.multi_fidelity_plan[level] or {}) do
      heading(out, context, show(entry.model), "    ")
      prose(out, context, show(entry.reason), "      ")
      prose(out, context, context.text("table.focus", { focus = show(entry.test_focus) }), "      ")
    end
  end
end

local function format(document, context)
  show = context.layout.show
  local out = { ("%s  %s"):format(context.style("title", ("%s %s"):format(document.tool,
    document.version)), document.timestamp), "" }
  models(out, document, context)
  if #context.pairs > 0 then
    matrix(out, document, context)
    reasons(out, document, context)
    kernel(out, document, context)
    strategy(out, document, context)
  end
  if document.multi_fidelity_plan then plan(out, document, context) end
  return table.concat(out, "\n")
end

return { name = "table", description = "for reading at a terminal", format = format }
