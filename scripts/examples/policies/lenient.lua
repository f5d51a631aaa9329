-- Thresholds only: nothing to program. For a first look at a pool of related models, where most
-- of the structure in common is good enough.
return {
  extends = "structure",
  summary = "mostly the same structure?",
  thresholds = { coverage = 0.60, layer_types = 0.80, operators = 0.60 },
}
