/*
 * The calls of modelsig.h: each prepares in protected mode what could raise, runs it through
 * msig_host_pcall and turns the outcome into an error record.
 */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"

static void fill(msig_error *error, const char *code, const char *text, int64_t offset) {
    if (!error)
        return;
    snprintf(error->code, sizeof error->code, "%s", code ? code : "lua");
    snprintf(error->text, sizeof error->text, "%s", text ? text : "unknown error");
    error->offset = offset;
}

static int outcome(msig_host *host, int status, msig_error *error) {
    if (status == LUA_OK)
        return 0;
    if (msig_bind_is_stop(host->L, -1)) {
        fill(error, "cancelled", msig_bind_interrupted, -1);
        return -1;
    }
    fill(error, status == LUA_ERRMEM ? "nomem" : "lua", lua_tostring(host->L, -1), -1);
    return -1;
}

typedef struct request {
    const char *path; /* a file, or */
    const char *code; /* source with */
    const char *name; /* a name */
    int count;
    const char *const *words;
    const char *module; /* or a function of a module */
    const char *function;
    const char *arguments;
} request;

static int run_chunk(lua_State *L) {
    const request *asked = lua_touserdata(L, 1);
    int status;
    if (asked->path)
        status = luaL_loadfilex(L, asked->path, "t");
    else
        status = luaL_loadbufferx(L, asked->code, strlen(asked->code),
                                  lua_pushfstring(L, "=%s", asked->name ? asked->name : "string"),
                                  "t");
    if (status != LUA_OK)
        return lua_error(L);
    luaL_checkstack(L, asked->count, "too many words");
    for (int i = 0; i < asked->count; i++)
        lua_pushstring(L, asked->words[i]);
    lua_call(L, asked->count, 0);
    return 0;
}

static int run_call(lua_State *L) {
    const request *asked = lua_touserdata(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "modelsig.c_call");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "json");
    lua_pushstring(L, asked->module);
    lua_pushstring(L, asked->function);
    lua_pushstring(L, asked->arguments);
    lua_call(L, 3, 4);
    return 4;
}

/* What keeps a call from being made; NULL: nothing. */
static const char *misuse(const msig_host *host, const request *asked) {
    if (!host)
        return "no host was given";
    if (host->running)
        return "the host is running, it cannot be called from inside";
    if (!asked->path && !asked->code && !(asked->module && asked->function))
        return "nothing to run was given";
    if (asked->count < 0 || (asked->count > 0 && !asked->words))
        return "the words are missing";
    return NULL;
}

static int perform(msig_host *host, lua_CFunction fn, request *asked, int results,
                   msig_error *error) {
    const char *problem = misuse(host, asked);
    if (problem) {
        fill(error, "malformed", problem, -1);
        return -1;
    }
    lua_settop(host->L, 0);
    lua_pushcfunction(host->L, fn);
    lua_pushlightuserdata(host->L, asked);
    return outcome(host, msig_host_pcall(host, 1, results), error);
}

int msig_host_run_file(msig_host *host, const char *path, int count, const char *const *words,
                       msig_error *error) {
    request asked = {.path = path, .count = count, .words = words};
    return perform(host, run_chunk, &asked, 0, error);
}

int msig_host_run_string(msig_host *host, const char *code, const char *name, msig_error *error) {
    request asked = {.code = code, .name = name};
    return perform(host, run_chunk, &asked, 0, error);
}

const char *msig_host_call(msig_host *host, const char *module, const char *function,
                           const char *arguments, size_t *len, msig_error *error) {
    request asked = {.module = module, .function = function, .arguments = arguments};
    if (perform(host, run_call, &asked, 4, error) != 0)
        return NULL;
    lua_State *L = host->L; /* text | nil message code offset */
    if (lua_type(L, 1) == LUA_TSTRING)
        return lua_tolstring(L, 1, len);
    /* Not lua_tostring on a number: converting could raise. */
    const char *text = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    const char *code = lua_type(L, 3) == LUA_TSTRING ? lua_tostring(L, 3) : NULL;
    fill(error, code, text, lua_isinteger(L, 4) ? lua_tointeger(L, 4) : -1);
    return NULL;
}
