--- The former name of `modelsig.origin.hub.rules`.
return require "modelsig.origin.hub.rules"
