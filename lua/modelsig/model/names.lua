--- What may be asked of a fingerprint and of its configuration; another name is a slip, of a script
--- or at the prompt.

local named = require "modelsig.rules.named"
local strict = require "modelsig.base.strict"

local M = {}

--- Fields that are set when a model is read; `add` adds those that are computed.
M.fields = {}
for name in ([[label typed source found metadata files config config_evidence raw_config cfg
  quant_config family family_table text_family_table manifest format origin revision network
  row_findings patterns alignment interface missing_head naming evidence error unknown raw graph
  graphs op_names without_family raw_weights]])
  :gmatch "%S+" do M.fields[name] = {} end

M.model = { fields = M.fields, what = "a model" }

local of_vocabulary = setmetatable({}, { __mode = "k" })

--- The declaration of a configuration, whose names are those of the vocabulary.
---@return modelsig.field
function M.vocabulary()
  local keys = named.get("vocabulary", "config").keys
  of_vocabulary[keys] = of_vocabulary[keys] or { what = "the config", fields = keys }
  return of_vocabulary[keys]
end

--- Adds names that are computed.
---@param computed table<string, any>
function M.add(computed)
  for name in pairs(computed) do M.fields[name] = {} end
end

--- The values of a configuration with the names of the vocabulary declared; a copy, since a family
--- may ask for names of its own.
---@param values table<string, any>
---@return table<string, any>
function M.config(values)
  local out = {}
  for key, value in pairs(values) do out[key] = value end
  return strict.seal(out, M.vocabulary())
end

return M
