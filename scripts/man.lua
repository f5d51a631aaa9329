--- The manual page.
return {
  summary = "Print the manual page (roff).",
  usage = "modelsig man > modelsig.1",
  run = function(context)
    context.out(require("modelsig.cli.man").page())
  end,
}
