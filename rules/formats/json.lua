--- The document as it is: sorted keys, exact numbers.
return {
  name = "json",
  description = "the whole document as JSON",
  format = function(document, context)
    return context.json(document)
  end,
}
