--- What is in a folder, for the stand-in Hub. Runs inside nginx (LuaJIT), where no module for files
--- is at hand: the C library is asked directly.

local ffi = require "ffi"
local bit = require "bit"

ffi.cdef [[
struct hub_time { int64_t sec; uint32_t nsec; int32_t pad; };
struct hub_statx {
  uint32_t mask, blksize; uint64_t attributes; uint32_t nlink, uid, gid; uint16_t mode, pad;
  uint64_t ino, size, blocks, attributes_mask;
  struct hub_time atime, btime, ctime, mtime; uint8_t rest[256];
};
struct hub_dirent { uint64_t ino; int64_t off; uint16_t reclen; uint8_t type; char name[256]; };
int statx(int folder, const char *path, int flags, unsigned mask, struct hub_statx *out);
void *opendir(const char *path);
struct hub_dirent *readdir(void *folder);
int closedir(void *folder);
]]

local AT_FDCWD, BASIC_STATS = -100, 0x7ff
local KIND, FOLDER, FILE = 0xf000, 0x4000, 0x8000
local HEAD = 131072 -- a large file is told from another by its size and these first bytes

local M = {}
local out = ffi.new "struct hub_statx"

--- `{kind = "file"|"folder", size, changed}` or nil.
function M.stat(path)
  if ffi.C.statx(AT_FDCWD, path, 0, BASIC_STATS, out) ~= 0 then return nil end
  local kind = bit.band(out.mode, KIND)
  if kind ~= FOLDER and kind ~= FILE then return nil end
  return { kind = kind == FOLDER and "folder" or "file", size = tonumber(out.size),
    changed = ("%d.%d"):format(tonumber(out.mtime.sec), out.mtime.nsec) }
end

function M.names(path)
  local folder, names = ffi.C.opendir(path), {}
  if folder == nil then return names end
  local entry = ffi.C.readdir(folder)
  while entry ~= nil do
    local name = ffi.string(entry.name)
    if name ~= "." and name ~= ".." then names[#names + 1] = name end
    entry = ffi.C.readdir(folder)
  end
  ffi.C.closedir(folder)
  table.sort(names)
  return names
end

function M.read(path, first, last)
  local file = io.open(path, "rb")
  if not file then return nil end
  file:seek("set", first or 0)
  local text = file:read(last and last - (first or 0) + 1 or "*a")
  file:close()
  return text or ""
end

function M.hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local identities = {}

--- The git SHA-1 of a small file; for a large one 64 hex digits that stand for its SHA-256.
local function identity(path, stat, lfs)
  local key = path .. stat.changed .. stat.size .. tostring(lfs)
  local known = identities[key]
  if known then return known.blob, known.sha256 end
  if lfs then
    local text = stat.size .. "\n" .. M.read(path, 0, HEAD - 1)
    local sha256 = M.hex(ngx.sha1_bin(text)) .. M.hex(ngx.sha1_bin("lfs" .. text)):sub(1, 24)
    known = { blob = M.hex(ngx.sha1_bin(sha256 .. stat.size)), sha256 = sha256 }
  else
    local text = M.read(path)
    known = { blob = M.hex(ngx.sha1_bin(("blob %d\0"):format(#text) .. text)) }
  end
  identities[key] = known
  return known.blob, known.sha256
end

local function is_lfs(path, size, patterns)
  if size >= 10000000 then return true end
  for _, pattern in ipairs(patterns) do
    if path:find(pattern) then return true end
  end
  return false
end

local function scan(folder, prefix, patterns, listing)
  local stat = M.stat(folder)
  if not stat then return end
  listing.folders[folder] = stat.changed
  for _, name in ipairs(M.names(folder)) do
    local path = folder .. "/" .. name
    local one = name ~= ".hub.json" and name ~= ".revisions" and name ~= ".git" and M.stat(path)
    if one and one.kind == "folder" then
      scan(path, prefix .. name .. "/", patterns, listing)
    elseif one then
      local lfs = is_lfs(prefix .. name, one.size, patterns)
      local blob, sha256 = identity(path, one, lfs)
      local file = { path = prefix .. name, where = path, size = one.size, blob = blob,
        sha256 = sha256, changed = one.changed }
      listing[#listing + 1], listing.by_path[file.path] = file, file
    end
  end
end

local listings = {}

local function is_current(listing)
  for folder, changed in pairs(listing.folders) do
    local stat = M.stat(folder)
    if not stat or stat.changed ~= changed then return false end
  end
  return true
end

--- The files under a folder, `by_path` as well, and their digest. `fresh`: look at each again; else
--- a remembered list serves while no folder of it changed.
function M.list(folder, patterns, fresh)
  local known = listings[folder]
  if known and not fresh and is_current(known) then return known end
  local listing = { by_path = {}, folders = {} }
  scan(folder, "", patterns, listing)
  local rows = {}
  for i, file in ipairs(listing) do
    rows[i] = file.path .. "\0" .. file.size .. "\0" .. (file.sha256 or file.blob)
  end
  listing.digest = M.hex(ngx.sha1_bin(table.concat(rows, "\n")))
  listings[folder] = listing
  return listing
end

return M
