--- Lets specs find the Lua module of the build, unless the caller already said where it is.

local here = debug.getinfo(1, "S").source:match "^@(.*)tests/spec/helper%.lua$" or ""
if here == "" then here = "./" end
local build = os.getenv "MODELSIG_BUILD" or here .. "build/release"
local pattern = build .. "/lua/?.so"
if not package.cpath:find(pattern, 1, true) then
  package.cpath = pattern .. ";" .. package.cpath
end
if not package.path:find(here .. "?.lua", 1, true) then
  package.path = here .. "?.lua;" .. package.path
end
require "modelsig"
