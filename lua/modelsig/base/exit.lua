--- Exit codes of the program: what each means, for help and the manual page; its number by name.

local M = {}

M.list = {
  { code = 0, name = "done", text = "done" },
  { code = 1, name = "usage", text = "usage" },
  { code = 2, name = "unreadable", text = "a model could not be read" },
  { code = 3, name = "gate", text = "a --require gate is not met" },
  { code = 130, name = "interrupted", text = "interrupted" },
}

for _, row in ipairs(M.list) do M[row.name] = row.code end

return M
