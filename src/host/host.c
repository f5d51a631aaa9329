#include "host/host.h"

#include <lauxlib.h>
#include <lua-cjson.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/searcher.h"
#include "host/stop.h"

/* Runs are short and small: the collector waits until four times of what was in use is. */
enum { GC_PAUSE = 400 };

/* lua_Alloc with a cap. When ptr is NULL, old_size is a kind of object and no size. */
static void *capped_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size) {
    msig_host *host = ctx;
    size_t old = ptr ? old_size : 0;
    if (new_size == 0) {
        if (host->closing && msig_pool_holds(old)) /* goes with the pool */
            return NULL;
        msig_pool_resize(&host->pool, ptr, old, 0);
        host->used -= old;
        return NULL;
    }
    if (host->cap && new_size > old && new_size - old > host->cap - host->used)
        return NULL;
    void *moved = msig_pool_resize(&host->pool, ptr, old, new_size);
    if (moved)
        host->used = host->used - old + new_size;
    return moved;
}

int msig_host_handler(lua_State *L) {
    if (msig_bind_is_stop(L, 1))
        return 1;
    if (lua_type(L, 1) != LUA_TSTRING) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING)
            return 1;
        lua_pushfstring(L, "error object is a %s value", luaL_typename(L, 1));
        return 1;
    }
    if (getenv("MODELSIG_DEBUG"))
        luaL_traceback(L, L, lua_tostring(L, 1), 1);
    return 1;
}

int msig_host_pcall(msig_host *host, int count, int results) {
    lua_State *L = host->L;
    int base = lua_gettop(L) - count;
    lua_pushcfunction(L, msig_host_handler);
    lua_insert(L, base);
    msig_stop_begin(host);
    int status = lua_pcall(L, count, results, base);
    host->was_stopped = host->raised > 0;
    msig_stop_end(host);
    lua_remove(L, base);
    return status;
}

/* In the program only `modelsig.*` and the user's own folders are searched: no C libraries from
 * wherever, and nothing from the current folder. */
static void close_package(lua_State *L, const char *module_path) {
    lua_getglobal(L, "package");
    lua_pushstring(L, module_path ? module_path : "");
    lua_setfield(L, -2, "path");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i > 2; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 2);
}

static void push_switch(lua_State *L, const char *name, int value) {
    lua_pushboolean(L, value);
    lua_setfield(L, LUA_REGISTRYINDEX, name);
}

static int open_state(lua_State *L) {
    msig_host *host = lua_touserdata(L, 1);
    const msig_host_options *options = &host->options;
    luaL_openlibs(L);
    lua_gc(L, LUA_GCINC, GC_PAUSE, 0, 0);
    msig_context_set(L, &host->context);
    msig_stop_install(L);
    close_package(L, options->module_path);
    msig_searcher_install(L, options->lua_dir);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_cjson);
    lua_setfield(L, -2, "cjson");
    lua_pop(L, 1);
    msig_output_install(L, options);
    push_switch(L, "modelsig.no_user", options->no_user);
    push_switch(L, "modelsig.trust_project", options->trust_project);
    return 0;
}

static void fail(msig_error *error, const char *code, const char *text) {
    if (!error)
        return;
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->text, sizeof error->text, "%s", text);
    error->offset = -1;
}

msig_host *msig_host_new(const msig_host_options *options, msig_error *error) {
    msig_host *host = calloc(1, sizeof *host);
    if (!host) {
        fail(error, "nomem", "not enough memory");
        return NULL;
    }
    if (options)
        memcpy(&host->options, options,
               options->size && options->size < sizeof *options ? options->size : sizeof *options);
    host->cap = host->options.memory_cap;
    host->context.host = host;
    host->context.cancel = host->options.cancel ? host->options.cancel : &host->stop;
    host->L = lua_newstate(capped_realloc, host);
    if (!host->L) {
        fail(error, "nomem", "not enough memory for a Lua state");
        msig_pool_clear(&host->pool);
        free(host);
        return NULL;
    }
    lua_pushcfunction(host->L, open_state);
    lua_pushlightuserdata(host->L, host);
    int status = lua_pcall(host->L, 1, 0, 0);
    if (status != LUA_OK) {
        const char *text = lua_tostring(host->L, -1);
        fail(error, status == LUA_ERRMEM ? "nomem" : "lua", text ? text : "unknown");
        msig_host_close(host);
        return NULL;
    }
    return host;
}

void msig_host_close(msig_host *host) {
    if (!host)
        return;
    host->closing = true;
    lua_close(host->L);
    msig_pool_clear(&host->pool);
    free(host);
}

void *msig_host_lua(msig_host *host) { return host ? host->L : NULL; }

const char *msig_version(void) { return MODELSIG_VERSION; }
