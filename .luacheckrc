std = "lua54"
max_line_length = 100
exclude_files = { "lua/modelsig/meta", "build" }
files["tests/spec"] = { std = "+busted" }
files["tests/hub/nginx"] = { std = "ngx_lua" }
local kit = { "json", "lists", "numbers", "part", "rule" } -- what every rule file gets
local with_blocks = { "block", "shape", "options_of", "json", "lists", "numbers", "part", "rule" }
files["rules"] = { read_globals = kit }
files["rules/families"] = { read_globals = with_blocks }
files["rules/blocks"] = { read_globals = with_blocks }
files["scripts/examples"] = { read_globals = with_blocks }
files["tests/spec/net_spec.lua"] = { max_line_length = 120 }
