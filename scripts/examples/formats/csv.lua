-- A format of one's own: a line per pair. Put it into .modelsig/formats/ of a project, or
--
--   modelsig small/ large/ --output scripts/examples/formats/csv.lua
local function cell(value)
  local text = value == nil and "" or tostring(value)
  return text:find '[",\n]' and '"' .. text:gsub('"', '""') .. '"' or text
end

return {
  name = "csv",
  description = "a line per pair, for spreadsheets",
  format = function(document, context)
    local lines = { "pair,verdict,isomorphism,coverage_rate,kernel" }
    for _, key in ipairs(context.pairs) do
      local pair = document.coverage_matrix[key]
      local row = { key, pair.error and "error" or pair.substitution_verdict, pair.isomorphism,
        pair.coverage_rate, pair.kernel and pair.kernel.verdict }
      local cells = {}
      for i = 1, 5 do cells[i] = cell(row[i]) end
      lines[#lines + 1] = table.concat(cells, ",")
    end
    return table.concat(lines, "\n") .. "\n"
  end,
}
