--- Findings (what is odd with a file) and errors, with the name of their file.

local M = {}

--- Adds findings to a list. A finding without a place gets the file as its place.
---@param to modelsig.Finding[]
---@param list modelsig.Finding[]|nil
---@param file string|nil
function M.add(to, list, file)
  for _, finding in ipairs(list or {}) do
    if not finding.where then finding.where = file end
    to[#to + 1] = finding
  end
end

--- An error whose message begins with its file.
---@param file string
---@param message any
---@param code string|nil
---@param offset integer|nil
---@return nil
---@return string message
---@return string|nil code
---@return integer|nil offset
function M.within(file, message, code, offset)
  local text = tostring(message)
  if text:sub(1, #file) ~= file then text = file .. ": " .. text end
  return nil, text, code, offset
end

return M
