--- The rules for reading from Hubs: `rules/hub.lua`, and over it what a user's, a project's or
--- --lua-dir's file of that name says. Such a file needs to have only what it changes. Here are
--- also the sentences of it, and what servers say, made harmless.

local declared = require "modelsig.rules.declared"
local fill = require("modelsig.base.text").fill
local net = require "modelsig.native.net"

local M = {}

local count, seconds = declared.count, declared.number

--- Numbers of bytes and of things: more than these are typing errors, or no limits at all.
local BYTES, THINGS, WHILE = 1 << 50, 1000000000, 1000000

local words = { type = "list", item = { type = "string" } }
local text, flag = { type = "string" }, { type = "boolean" }

--- What each entry of the file may be. The sentences are those of ours.
local entries = {
  endpoint = text, hosts = words, revision = text,
  first_read = count(8, 100000000),
  one_request = flag, one_request_wait = seconds(0.001, WHILE),
  beside = words, index = text, small = words,
  streams = count(1, 1000), connections = count(1, 64), models = count(1, 1000),
  limits = { type = "table", fields = {
    listing = count(1, BYTES), files = count(1, THINGS), pages = count(1, THINGS),
    small = count(1, BYTES), index = count(1, BYTES), header = count(8, BYTES),
    shards = count(1, THINGS), ranges = count(1, THINGS), redirects = count(0, 1000),
    budget = count(1, BYTES), token = count(1, 65536), said = count(0, 4096) } },
  connect = seconds(0.001, WHILE), idle = seconds(0.001, WHILE), timeout = seconds(0.001, WHILE),
  retry = { type = "table", fields = { times = count(0, 1000), reach = count(0, 1000),
    network = seconds(0, WHILE), status = seconds(0, WHILE), most = seconds(0, WHILE) } },
  ca_file = words, ca_path = words,
  sentences = { type = "table", fields = {} },
}

--- What may stand in the file.
---@param own table the product's own rules
---@return table<string, modelsig.field>
function M.declaration(own)
  local sentences = {}
  for id in pairs(own.sentences) do sentences[id] = text end
  entries.sentences.fields = sentences
  return entries
end

--- The rules. A file with unknown keys, or values that cannot be, raises with all of them.
---@return table
function M.rules()
  return declared.load("hub", M.declaration)
end

--- The sentence of that id, its {placeholders} filled in; one that is missing shows its id.
---@param id string
---@param values? table<string, any>
---@return string
function M.text(id, values)
  return fill(M.rules().sentences[id] or id, values)
end

--- A server's own words for a message: escaped, cut, in one line; nothing where it said nothing.
---@param said string|nil
---@return string
function M.quote(said)
  if not said then return "" end
  said = said:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  if said == "" then return "" end
  return M.text("said", { text = net.printable(said, M.rules().limits.said) })
end

return M
