/*
 * The native modules in a Lua state whose allocator fails: each allocation of a task once, alone
 * and with all that follow. What must come of it is the error "not enough memory", or the result
 * when Lua could help itself; never a crash, a leak, an open descriptor or a file left behind.
 */
#include "support.h"

#include <dirent.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <unistd.h>

void msig_native_preload(lua_State *L);

/* Tasks get a folder of their own. What is loaded first is no part of the sweep. */
static const char *const setup =
    "folder = ...\n"
    "for m in ('json manifest numeric source system sandbox embedded'):gmatch '%a+' do\n"
    "  _G[m] = require('modelsig.native.' .. m) end\n"
    "header = function(names)\n"
    "  local parts = {} for i, n in ipairs(names) do\n"
    "    parts[i] = "
    "('\"%s\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[%d,%d]}'):format(\n"
    "      n, i * 8 - 8, i * 8) end\n"
    "  local text = '{\"__metadata__\":{\"a\":\"b\"},' .. table.concat(parts, ',') .. '}'\n"
    "  return ('<I8'):pack(#text) .. text .. ('\\0'):rep(#names * 8) end\n"
    "names = {} for i = 1, 30 do names[i] = ('model.layers.%d.mlp.%d.weight'):format(i // 3, i) "
    "end\n"
    "file = header(names)\n"
    "weight_map = {} for _, n in ipairs(names) do weight_map[#weight_map + 1] =\n"
    "  ('\"%s\":\"one.safetensors\"'):format(n) end\n"
    "index = '{\"metadata\":{},\"weight_map\":{' .. table.concat(weight_map, ',') .. '}}'\n"
    "text = '{\"a\":[1,2.5,\"x\\\\u00e9\",null,true,{\"b\":{},\"b\":[[[]]]}],\"n\":' ..\n"
    "  '[9223372036854775807,1e300,-0,NaN],\"long\":\"' .. ('y'):rep(3000) .. '\"}'\n"
    "sizes = { hidden = 4096, heads = 32, kv = 8, dim = 128, inner = 12288 }\n"
    "large = { hidden = 5120, heads = 64, kv = 8, dim = 128, inner = 25600 }\n";

static const struct {
    const char *name, *code;
} tasks[] = {
    {"decode", "local v, f = json.decode(text) assert(v.n[1] == math.maxinteger and #f > 0)"},
    {"decode what is wrong", "local v, m, c = json.decode(text:sub(1, -20)) assert(not v and c)"},
    {"decode and encode", "assert(#json.encode(json.decode(text), 2) > 3000)"},
    {"spans", "assert(json.spans(text, { 'a' }) == nil or true)"},
    {"a manifest", "local m <close> = manifest.new() local s <close> = source.memory(file, 'one')\n"
                   "assert(m:read_safetensors(s, 'one.safetensors')) m:finish()\n"
                   "assert(#m == 30 and #m:keys() > 0 and m:tensor(3)) m:bytes() m:params()"},
    {"a manifest with an index",
     "local m <close> = manifest.new() local i <close> = source.memory(index)\n"
     "assert(m:read_index(i, 'index')) local s <close> = source.memory(file)\n"
     "assert(m:read_safetensors(s, 'one.safetensors')) m:finish() assert(#m == 30)"},
    {"a manifest that is cut", "local m <close> = manifest.new()\n"
                               "local s <close> = source.memory(file:sub(1, 500))\n"
                               "assert(not m:read_safetensors(s, 'one.safetensors'))"},
    {"tensors that are added", "local m <close> = manifest.new() for i = 1, 40 do\n"
                               "m:add('a.' .. i .. '.w', 'BF16', { i, 4 }, 'f') end\n"
                               "m:finish() assert(#m:keys() == 1)"},
    {"sources",
     "local s <close> = source.sparse(1000, 'sparse') s:put(0, 'abc') s:put(500, 'def')\n"
     "assert(s:read(0, 3) == 'abc') local f <close> = source.file(folder .. '/kept')\n"
     "assert(f:size() == 4 and f:read(1, 2) == 'ep')"},
    {"names", "for _, n in ipairs(names) do assert(numeric.abstract(n)) end"},
    {"expressions", "assert(numeric.common_expression(4096, sizes, 5120, large) == 'hidden')"},
    {"likeness", "assert(numeric.cosine(sizes, large) > 0) assert(#numeric.sha256(text) > 0)"},
    {"dtypes", "assert(manifest.dtypes().BF16.bits == 16)"},
    {"all pairs", "assert(numeric.all_pairs({ { 'a', 'b' }, { 'a' }, { 'b' } },\n"
                  "{ ('x'):rep(32), ('y'):rep(32), ('z'):rep(32) }))"},
    {"files", "assert(system.read(folder .. '/kept') == 'kept') assert(#system.list(folder) >= 1)\n"
              "assert(system.write_atomic(folder .. '/new', { 'a', text }))\n"
              "assert(system.realpath(folder .. '/.') and system.stat(folder).kind)\n"
              "assert(system.cwd()) system.columns() system.utf8()"},
    {"files that are not there", "assert(select(3, system.read(folder .. '/no')) == 'notfound')\n"
                                 "assert(select(3, system.list(folder .. '/no')) == 'notfound')"},
    {"a rule", "local s = sandbox.strings() local ok, v = sandbox.call(function(t)\n"
               "local n = 0 for w in t:gmatch '%w+' do n = n + #w end\n"
               "return (t:gsub('%w+', '<%0>')) .. s.rep('x', 100) .. n end,\n"
               "{ steps = 1e7, bytes = 1 << 26 }, text:sub(1, 60))\n"
               "if not ok then error(v, 0) end assert(#v > 160)"},
    {"a rule that takes too much",
     "local ok, m = sandbox.call(function() return ('x'):rep(1 << 30)\n"
     "end, { steps = 1e7, bytes = 1 << 20 }) assert(not ok and m)"},
    {"what is embedded",
     "assert(#embedded.list 'lua' > 0) assert(embedded.get('lua',\n"
     "'modelsig/base/version.lua')) assert(embedded.load('lua', 'modelsig/base/version.lua'))"},
};

static char folder[] = "/tmp/modelsig-bindings-XXXXXX";

static size_t count_entries(const char *path) {
    DIR *dir = opendir(path);
    size_t n = 0;
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static int open_all(lua_State *L) {
    luaL_openlibs(L);
    msig_native_preload(L);
    if (luaL_loadstring(L, setup) != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, folder);
    lua_call(L, 1, 0);
    return 0;
}

/* Runs a task with allocation `k` failing. Returns whether it was not reached. */
static bool run(const char *name, const char *code, size_t k, bool lasting) {
    msig_alloc_failing failing = {.fail_at = SIZE_MAX};
    msig_alloc alloc = msig_alloc_failing_borrow(&failing);
    lua_State *L = lua_newstate(alloc.fn, alloc.ctx);
    lua_pushcfunction(L, open_all);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK || luaL_loadstring(L, code) != LUA_OK)
        fail_msg("%s: %s", name, lua_tostring(L, -1));
    lua_gc(L, LUA_GCCOLLECT);
    failing.count = 0;
    failing.fail_at = k;
    failing.lasting = lasting;
    int status = lua_pcall(L, 0, 0, 0);
    failing.fail_at = SIZE_MAX;
    bool reached = failing.count > k;
    const char *text = status == LUA_OK ? "" : lua_tostring(L, -1);
    bool memory = status == LUA_ERRMEM || (text && strstr(text, "not enough memory")) ||
                  (text && strstr(text, "memory budget exceeded"));
    if (status != LUA_OK && (!reached || !memory))
        fail_msg("%s, allocation %zu%s: %s", name, k, lasting ? " and on" : "", text);
    lua_close(L);
    if (failing.live != 0)
        fail_msg("%s, allocation %zu: %zu bytes are left", name, k, failing.live);
    return !reached;
}

static void sweep(bool lasting) {
    size_t descriptors = count_entries("/proc/self/fd"), most = 0;
    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
        size_t k = 0;
        while (!run(tasks[i].name, tasks[i].code, k, lasting))
            k += k / 400 + 1;
        most = k > most ? k : most;
        assert_int_equal(count_entries("/proc/self/fd"), descriptors);
        if (count_entries(folder) > 4) /* . .. kept new */
            fail_msg("%s: a file was left behind", tasks[i].name);
    }
    assert_true(most > 100);
}

static void each_allocation_fails_alone(void **state) {
    (void)state;
    sweep(false);
}

static void each_allocation_and_all_later_ones_fail(void **state) {
    (void)state;
    sweep(true);
}

static int make_folder(void **state) {
    (void)state;
    char path[64];
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/kept", folder);
    FILE *file = fopen(path, "w");
    return file && fputs("kept", file) >= 0 && fclose(file) == 0 ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char path[64];
    const char *const names[] = {"/kept", "/new", ""};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", folder, names[i]);
        remove(path);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails_alone),
        cmocka_unit_test(each_allocation_and_all_later_ones_fail),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
