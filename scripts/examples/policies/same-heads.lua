-- A team that tunes attention kernels: a small model with another number of query heads per KV
-- head runs another template of the decode kernel, so it is no full stand-in for them.
--
-- modelsig small/ large/ --policy scripts/examples/policies/same-heads.lua
return {
  extends = "structure",
  summary = "same structure, and the same grouping of attention heads?",
  decide = function(_, context)
    local verdict, reasons = context.base()      -- what `structure` says
    local gqa = context.difference "gqa"         -- a kernel feature that differs, or nil
    if gqa and verdict == "FULL" then
      table.insert(reasons, ("%d query heads per KV head in one, %d in the other"):format(
        gqa.a.ratio, gqa.b.ratio))
      return "PARTIAL", reasons
    end
    return verdict, reasons
  end,
}
