--- Sentences of the program, by id; {words in braces} are filled in. A file of the same name in a
--- user's or project's folder replaces this one as a whole.
return {
  ["table.pairs"] = "Pairs",
  ["table.kernel"] = "Kernel differences",
  ["table.kernel_verdict"] = "kernel verdict: {verdict}",
  ["table.untold"] = "could not be told: {features}",
  ["table.no_differences"] = "no feature differs",
  ["table.strategy"] = "Test strategy",
  ["table.scope"] = "Scope: {scope}",
  ["table.transfer"] = "Quantization transfer: {score} ({confidence}); methods: {methods}",
  ["table.plan"] = "Multi-fidelity test plan",
  ["table.focus"] = "Focus: {focus}",
  ["table.level1_structure"] = "L1 structure: loading, tensor shapes, dtypes",
  ["table.level2_numerical"] = "L2 numerical: layer-wise cosine, perplexity",
  ["table.level3_runtime"] = "L3 runtime: prefill, decode, KV cache",
  ["table.level4_canary"] = "L4 canary: the large model, memory, parallelism",

  ["markdown.title"] = "modelsig report",
  ["markdown.models"] = "Models",
  ["markdown.row"] = "Parameter",
  ["markdown.details"] = "Details of {pair}",

  ["validate.differs"] = "{key} is {found}; {known} is known",
  ["validate.source"] = "only this was read: {source}",
  ["validate.unknown"] = "unknown: {what}",
  ["validate.summary"] =
    "{all} models: {read} read, {partly} partly, {wrong} wrong, {failed} not read",

  ["model.missing_head"] =
    "family '{family}' describes no class '{class}': its heads are {heads}",

  ["cli.trust_remote_code"] = "--trust-remote-code is not needed: no code of a repository is run",
  ["cli.saved"] = "Saved to: {file}",
  ["cli.not_saved"] = "{message}; the report follows on standard output",
  ["cli.gate"] = "--require {gate}: {pair} reaches {verdict}",
  ["cli.gate_none"] = "--require {gate}: {pair} has no verdict",
  ["cli.gate_dropped"] = "--require: {model} was asked for and is not in the report",
  ["cli.gate_unused"] = "--require: '{command}' judges no pairs",
  ["cli.exit_code"] = "'{command}' returned {value}, an exit code from 0 to 255 was expected",
  ["cli.policy_failed"] = "the pairs have no verdict, the reports of the models are complete",
  ["cli.interrupted"] = "interrupted",
  ["cli.one_model"] = "{option} compares models, and only one was given",
  ["cli.stats"] = "{models} models in {seconds} s of processor time, {memory} MiB of Lua memory",
  ["cli.network"] = "{model}: {requests} requests, {bytes} bytes, {connections} connections, "
    .. "{hits} files from the cache, first byte after {first} ms, all after {total} ms",
  ["cli.no_model"] = "no model was given",
  ["cli.not_a_command"] = "'{word}' is neither a command nor a path here; did you mean '{near}'? "
    .. "(-m {word} reads it as a model)",
  ["cli.try_help"] = "'{command} --help' lists what there is",

  ["demo.after"] = [[
These are two bundled models of one family in small sizes. The verdict above is
about structure; what an engine would do differently stands under the kernel
differences. Ask why, or see the whole document:

  modelsig explain {models}
  modelsig {models}]],

  ["prompt.greeting"] = [[
{tool} {version}. open "sample:qwen3-mini" shows a model, help says more, Ctrl-D leaves.]],
  ["prompt.help.prompt"] = [[
open "PATH"             a model: its fingerprint as a table, its layers as fields
open { ... }            the same with options: open("PATH", { fast = true })
compare(a, b)           a pair: verdict, reasons, kernel differences
compare(a, b, { policy = "kernel" })
show(a, b)              prints several values
plan(models, pairs)     which model serves which level of testing
modelsig                the whole library; Tab after a dot shows what is in it
m[1], m[2]              the models of 'modelsig repl MODEL ...'
maybe(model, "name")    nil, and no error, for a name that is unknown
_                       the last value
help(value)             what a value has
Ctrl-C stops what runs, Ctrl-D leaves.]],
  ["prompt.help.value"] = "it has:",
  ["prompt.help.unknown"] = "no help about that; help alone shows what there is",
}
