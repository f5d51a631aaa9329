-- Activations by the names that configurations give them: class, operator, layer types.
return rule "activations"
