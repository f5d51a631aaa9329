/*
 * modelsig.native.embedded: the Lua, rules, scripts and samples inside the binary.
 */
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/embedded.h"

/* The files stand in the order of their paths. */
const msig_embedded *msig_embedded_find(const char *kind, const char *name) {
    size_t first = 0, end = msig_embedded_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        const msig_embedded *file = &msig_embedded_files[middle];
        int order = strcmp(kind, file->kind);
        if (order == 0)
            order = strcmp(name, file->name);
        if (order == 0)
            return file;
        if (order < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

/* Instructions change between releases of a version, and the header of a chunk does not tell. */
static bool made_by_this_lua(void) { return strstr(lua_ident, LUA_RELEASE " ") != NULL; }

void msig_embedded_load(lua_State *L, const msig_embedded *file) {
    if (file->code && made_by_this_lua()) {
        if (luaL_loadbufferx(L, (const char *)file->code, file->code_len, "=", "b") == LUA_OK)
            return;
        lua_pop(L, 1); /* another layout of numbers */
    }
    bool module = strcmp(file->kind, "lua") == 0;
    lua_pushfstring(L, "@%s%s%s", module ? "" : file->kind, module ? "" : "/", file->name);
    if (luaL_loadbufferx(L, (const char *)file->data, file->len, lua_tostring(L, -1), "t") !=
        LUA_OK)
        lua_error(L);
    lua_remove(L, -2);
}

/* get(kind, name) -> text or nil */
static int embedded_get(lua_State *L) {
    const msig_embedded *file = msig_embedded_find(luaL_checkstring(L, 1), luaL_checkstring(L, 2));
    if (file)
        lua_pushlstring(L, (const char *)file->data, file->len);
    else
        lua_pushnil(L);
    return 1;
}

/* has(kind, name) -> is there such a file? */
static int embedded_has(lua_State *L) {
    const char *kind = luaL_checkstring(L, 1);
    lua_pushboolean(L, msig_embedded_find(kind, luaL_checkstring(L, 2)) != NULL);
    return 1;
}

/* load(kind, name, env) -> function or nil; without `env` it sees the globals */
static int embedded_load(lua_State *L) {
    const msig_embedded *file = msig_embedded_find(luaL_checkstring(L, 1), luaL_checkstring(L, 2));
    lua_settop(L, 3);
    if (!file) {
        lua_pushnil(L);
        return 1;
    }
    msig_embedded_load(L, file);
    if (!lua_isnil(L, 3)) {
        luaL_checktype(L, 3, LUA_TTABLE);
        lua_pushvalue(L, 3);
        lua_setupvalue(L, -2, 1);
    }
    return 1;
}

/* list(kind, prefix) -> names that begin with `prefix`, in byte order */
static int embedded_list(lua_State *L) {
    const char *kind = luaL_checkstring(L, 1), *prefix = luaL_optstring(L, 2, "");
    size_t prefix_len = strlen(prefix);
    lua_Integer n = 0;
    lua_newtable(L);
    for (size_t i = 0; i < msig_embedded_count; i++) {
        if (strcmp(msig_embedded_files[i].kind, kind) != 0 ||
            strncmp(msig_embedded_files[i].name, prefix, prefix_len) != 0)
            continue;
        lua_pushstring(L, msig_embedded_files[i].name);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

/* tree() -> the folder that is read before the embedded files, or nil; see host/searcher.h */
static int embedded_tree(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, "modelsig.lua_dir");
    return 1;
}

/* switch(name) -> what the program that embeds us chose: "no_user", "trust_project" */
static int embedded_switch(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, lua_pushfstring(L, "modelsig.%s", name));
    return 1;
}

static const luaL_Reg functions[] = {
    {"get", embedded_get},
    {"has", embedded_has},
    {"list", embedded_list},
    {"load", embedded_load},
    {"switch", embedded_switch},
    {"tree", embedded_tree},
    {NULL, NULL},
};

int luaopen_modelsig_native_embedded(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
