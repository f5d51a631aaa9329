--- The options of opening a model, declared once: `modelsig.open`, Hubs and the command line take
--- theirs from here.

local M = {}

---@class modelsig.OpenOptions
---@field fast? boolean
---@field strict? boolean
---@field format? string
---@field onnx_file? string
---@field token? string
---@field timeout? number seconds
---@field revision? string
---@field endpoint? string
---@field offline? boolean
---@field jobs? integer
---@field budget? integer bytes
---@field allow_full? integer bytes

---@class modelsig.OpenOption
---@field name string as in Lua; `--onnx-file` for `onnx_file`
---@field type string as for `check.is`, of a value that is given
---@field min number|nil
---@field max number|nil
---@field above number|nil
---@field hub boolean|nil Hubs are told
---@field group "models"|"remote" where the command line shows it
---@field sentence string
---@field argument string|nil how the command line shows its value; nil: a flag
---@field kind string|nil how the command line reads it
---@field choices (fun(): string[])|nil
---@field default any of the command line
---@field complete string|nil what shells offer

---@type modelsig.OpenOption[]
M.list = {
  { name = "fast", type = "boolean", hub = true, group = "models",
    sentence = "Read configs only; the family predicts the tensors." },
  { name = "strict", type = "boolean", group = "models",
    sentence = "Treat findings (what is odd but readable) as errors." },
  { name = "format", type = "string", hub = true, group = "models", argument = "FORMAT",
    choices = function() return require("modelsig.format.formats").names() end,
    sentence = "Read this format where a model has several." },
  { name = "onnx_file", type = "string", hub = true, group = "models", argument = "PATH",
    complete = "file", sentence = "Read this ONNX file of the model." },
  { name = "token", type = "string", hub = true, group = "remote", argument = "TOKEN",
    sentence = "Send this access token; HF_TOKEN does the same." },
  { name = "timeout", type = "number", above = 0, max = 1e9, hub = true, group = "remote",
    argument = "SEC", kind = "seconds", default = 30,
    sentence = "Give up on a model after this many seconds." },
  { name = "revision", type = "string", hub = true, group = "remote", argument = "REV",
    sentence = "Read this branch, tag or commit of every model that names none." },
  { name = "endpoint", type = "string", hub = true, group = "remote", argument = "URL",
    kind = "url", sentence = "Ask this Hub; HF_ENDPOINT does the same." },
  { name = "offline", type = "boolean", hub = true, group = "remote",
    sentence = "Ask nothing of the network." },
  { name = "jobs", type = "integer", min = 1, max = 1e9, hub = true, group = "remote",
    argument = "N", kind = "count",
    sentence = "Read at most this many files at once." },
  { name = "budget", type = "integer", min = 1, hub = true, group = "remote",
    argument = "BYTES", kind = "bytes",
    sentence = "Fetch at most this much per model; 64M, 2G and the like." },
  { name = "allow_full", type = "integer", min = 0, hub = true, group = "remote",
    argument = "BYTES", kind = "bytes",
    sentence = "Fetch whole files up to this size from servers without ranges." },
}

--- Names, types and ranges of the options, for `check.options`.
---@param hub? boolean those that Hubs are told
---@return table<string, modelsig.field>
function M.types(hub)
  local types = {}
  for _, option in ipairs(M.list) do
    if option.hub or not hub then
      types[option.name] = { type = option.type .. "?", min = option.min, max = option.max,
        above = option.above }
    end
  end
  return types
end

return M
