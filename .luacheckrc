std = "lua54"
max_line_length = 100
exclude_files = { "lua/modelsig/meta", "build" }
files["tests/spec"] = { std = "+busted" }
files["tests/hub/nginx"] = { std = "ngx_lua" }
files["rules/families"] = { globals = {}, read_globals = { "block", "shape", "options_of" } }
files["rules/blocks"] = { read_globals = { "block", "shape", "options_of" } }
files["scripts/examples/families"] = { read_globals = { "block", "shape", "options_of" } }
files["tests/spec/net_spec.lua"] = { max_line_length = 120 }
files["rules/policies"] = { read_globals = { "json", "lists", "part" } }
