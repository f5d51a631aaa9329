#include "host/searcher.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/embedded.h"

static bool is_ours(const char *name) {
    return strcmp(name, "modelsig") == 0 ||
           (strncmp(name, "modelsig.", 9) == 0 && strncmp(name, "modelsig.native.", 16) != 0);
}

/* Loads "modelsig/x.lua" from the folder or the embedded files. Pushes the chunk and its place, or
 * a line for the message of `require`. [-0, +1 or +2] */
static int load_file(lua_State *L, const char *file) {
    if (lua_getfield(L, LUA_REGISTRYINDEX, MSIG_LUA_DIR) == LUA_TSTRING) {
        const char *path = lua_pushfstring(L, "%s/lua/%s", lua_tostring(L, -1), file);
        FILE *probe = fopen(path, "r");
        if (probe) {
            fclose(probe);
            if (luaL_loadfilex(L, path, "t") != LUA_OK)
                return lua_error(L);
            lua_pushstring(L, path);
            return 2;
        }
    }
    const msig_embedded *found = msig_embedded_find("lua", file);
    if (!found) {
        lua_pushfstring(L, "\n\tno embedded file '%s'", file);
        return 1;
    }
    msig_embedded_load(L, found);
    lua_pushfstring(L, "embedded:%s", file);
    return 2;
}

static int search(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    if (!is_ours(name)) {
        lua_pushnil(L);
        return 1;
    }
    const char *base = luaL_gsub(L, name, ".", "/");
    int n = load_file(L, lua_pushfstring(L, "%s.lua", base));
    if (n == 1)
        n = load_file(L, lua_pushfstring(L, "%s/init.lua", base));
    return n;
}

static void set_lua_dir(lua_State *L, const char *lua_dir) {
    if (!lua_dir || !*lua_dir)
        lua_dir = getenv("MODELSIG_LUA_DIR");
#ifdef MODELSIG_TREE
    if (!lua_dir || !*lua_dir) {
        FILE *probe = fopen(MODELSIG_TREE "/lua/modelsig/init.lua", "r");
        if (probe)
            fclose(probe);
        else
            fputs("modelsig: the source tree is gone, embedded files are used\n", stderr);
        lua_dir = probe ? MODELSIG_TREE : NULL;
    }
#endif
    if (!lua_dir || !*lua_dir)
        return;
    lua_pushstring(L, lua_dir);
    lua_setfield(L, LUA_REGISTRYINDEX, MSIG_LUA_DIR);
}

void msig_searcher_install(lua_State *L, const char *lua_dir) {
    set_lua_dir(L, lua_dir);
    msig_native_preload(L);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers"); /* package searchers */
    for (lua_Integer i = luaL_len(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, search);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}

int luaopen_modelsig(lua_State *L) {
    lua_settop(L, 0);
    msig_searcher_install(L, NULL);
    lua_pushcfunction(L, search);
    lua_pushliteral(L, "modelsig");
    lua_call(L, 1, 2); /* chunk place */
    if (!lua_isfunction(L, 1))
        return luaL_error(L, "modelsig: %s", lua_tostring(L, 1));
    lua_pushliteral(L, "modelsig");
    lua_insert(L, 2); /* chunk name place */
    lua_call(L, 2, 1);
    return 1;
}
