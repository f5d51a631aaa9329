--- The feature vector of a model, the path that an engine takes for each value, and the graded
--- differences of two models.
---
--- What a feature is, where it is read and which values are one path is in `rules/features`. This
--- module asks the rules, keeps what they say with its evidence, and pairs two models' values.

local identity = require "modelsig.model.identity"
local input = require "modelsig.model.feature_input"
local json = require "modelsig.native.json"
local lists = require "modelsig.base.lists"
local rules = require "modelsig.model.feature_rules"

local M = {}

--- Texts of paths by the features they belong to.
local known_paths = setmetatable({}, { __mode = "k" })

---@class modelsig.Path
---@field text string equal for two models exactly when an engine takes one path for both
---@field open boolean|nil a part of it is what the class does, which nobody knows here

local function path_of(entry, feature, fp)
  local path, open = entry.rule.path, true
  local text = ""
  if feature.evidence ~= "unknown" then
    if path then text, open = rules.call(entry, path, feature.value)
    else text, open = json.canonical(feature.value), nil end
    if type(text) ~= "string" then error(entry.rule.id .. ": `path` must give a text", 0) end
  end
  if open then text = text .. identity.of_unknown(fp, entry.rule.unknown) end
  return { text = text, open = open }
end

--- The paths of a model. A value of the wrong kind is like that of no other file.
---@param fp table
---@param features table
---@param wrong? table<string, boolean> features that met one
---@return table<string, modelsig.Path>
local function paths_of(fp, features, wrong)
  local paths = known_paths[features]
  if paths then return paths end
  paths = {}
  for _, entry in ipairs(rules.all()) do
    local id = entry.rule.id
    if wrong and wrong[id] then
      paths[id] = { text = "malformed " .. identity.exact(fp), open = true }
    elseif features[id] then
      paths[id] = path_of(entry, features[id], fp)
    end
  end
  known_paths[features] = paths
  return paths
end

--- Reads every feature of a model.
--- ```lua
--- print(features.compute(fp).gqa.value)
--- ```
---@param fp table a fingerprint: config, config_evidence, family, description, keys, source
---@return table<string, {value: any, evidence: string}>
function M.compute(fp)
  local out, m, wrong = {}, input.of(fp), {}
  for _, entry in ipairs(rules.all()) do
    local id = entry.rule.id
    m.wrong = nil
    local value, evidence = rules.call(entry, entry.rule.read, m)
    wrong[id] = m.wrong
    if value == nil or m.wrong then
      out[id] = { value = "unknown", evidence = "unknown" }
    else
      out[id] = { value = value, evidence = evidence or "derived" }
    end
  end
  paths_of(fp, out, wrong) -- a rule that fails does so here
  return out
end

local function features_of(fp)
  return fp.features or M.compute(fp)
end

--- Per scope the paths of its features, as one text.
---@param fp table fingerprint
---@return table<string, string>
function M.scope_paths(fp)
  local paths, lines, out = paths_of(fp, features_of(fp)), {}, {}
  for _, scope in ipairs(rules.scopes) do lines[scope] = {} end
  for _, entry in ipairs(rules.all()) do
    local id = entry.rule.id
    for _, scope in ipairs(paths[id] and entry.scopes or {}) do
      table.insert(lines[scope], id .. " " .. paths[id].text)
    end
  end
  for scope, list in pairs(lines) do out[scope] = table.concat(list, "\n") end
  return out
end

--- What a rule says of two values; `otherwise` where it leaves it open.
local function grade_of(entry, say, a, b, otherwise)
  if type(say) == "string" then return say end
  if not say then return otherwise end
  return rules.call(entry, say, a.value, b.value)
end

local function difference_of(entry, a, b, grade, reason)
  local rule, why = entry.rule, entry.rule.why
  if type(why) == "table" then why = why[reason or grade] or why[grade] or why.default end
  return { feature = rule.id, a = a.value, b = b.value, grade = grade, scopes = entry.scopes,
    why = why or "", evidence = { a = a.evidence, b = b.evidence } }
end

local function disallow(entry, grade, paths, allowed)
  error(("%s: grade '%s' for %s; it may be %s"):format(entry.rule.id, tostring(grade), paths,
    allowed), 0)
end

--- Two values of one path: free, or another shape of the same code.
local function minor(entry, a, b)
  if lists.same(a.value, b.value) then return nil end
  local grade, reason = grade_of(entry, entry.rule.same, a, b, "free")
  if grade == nil then return nil end
  if grade ~= "free" and grade ~= "shape" then
    disallow(entry, grade, "values of one path", "free or shape")
  end
  return difference_of(entry, a, b, grade, reason)
end

--- The grade of two different paths: path or model; nil where another feature speaks for this one.
local function major(entry, a, b)
  local grade, reason = grade_of(entry, entry.rule.grade, a, b, "path")
  if grade == nil then return nil end
  if grade ~= "path" and grade ~= "model" then
    disallow(entry, grade, "values of two paths", "path or model")
  end
  return difference_of(entry, a, b, grade, reason)
end

local function covers(scopes, wanted)
  local set = {}
  for _, scope in ipairs(scopes) do set[scope] = true end
  for _, scope in ipairs(wanted) do
    if not set[scope] then return false end
  end
  return true
end

--- Does another feature report this difference, in all the scopes that it matters for?
local function is_said(entry, found)
  for _, id in ipairs(entry.rule.behind or {}) do
    local other = found[id]
    if other and (other.grade == "path" or other.grade == "model")
      and covers(other.scopes, entry.scopes) then
      return true
    end
  end
  return false
end

--- The differences of two models, and the features whose paths could not be compared: unknown on
--- a side, and not both left to the same class.
---@param fa table fingerprint
---@param fb table fingerprint
---@return table[] differences feature, a, b, grade, scopes, why, evidence
---@return table[] unknown feature, scopes
function M.differences(fa, fb)
  local a, b = features_of(fa), features_of(fb)
  local pa, pb = paths_of(fa, a), paths_of(fb, b)
  local found, silent, unknown, differences = {}, {}, {}, {}
  for _, entry in ipairs(rules.all()) do
    local id = entry.rule.id
    local x, y = pa[id], pb[id]
    if x and y and x.text == y.text then
      found[id] = minor(entry, a[id], b[id])
    elseif x and y then
      local told = a[id].evidence ~= "unknown" and b[id].evidence ~= "unknown"
      found[id] = told and major(entry, a[id], b[id]) or nil
      if not found[id] then
        if x.open or y.open then
          unknown[#unknown + 1] = { feature = id, scopes = entry.scopes }
        else
          silent[#silent + 1] = entry
        end
      end
    end
  end
  for _, entry in ipairs(silent) do
    local id = entry.rule.id
    if not is_said(entry, found) then
      found[id] = difference_of(entry, a[id], b[id], "path", "none")
    end
  end
  for _, entry in ipairs(rules.all()) do
    differences[#differences + 1] = found[entry.rule.id]
  end
  return differences, unknown
end

return M
