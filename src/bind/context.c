#include "bind/context.h"

#include <lauxlib.h>

#include "base/flag.h"

/* Percent of what was in use at which garbage is looked for again. */
enum { PAUSE_OF_MUCH = 150 };

const char *const msig_bind_interrupted = "interrupted!";

static const char stop_key = 0;

static int stop_text(lua_State *L) {
    lua_pushstring(L, msig_bind_interrupted);
    return 1;
}

static void make_stop(lua_State *L) {
    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, stop_text);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &stop_key);
}

void msig_bind_push_stop(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &stop_key); }

bool msig_bind_is_stop(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TUSERDATA)
        return false;
    lua_pushvalue(L, index);
    msig_bind_push_stop(L);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

static const char context_key = 0;

void msig_context_set(lua_State *L, msig_context *context) {
    lua_pushlightuserdata(L, context);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &context_key);
    make_stop(L);
}

msig_context *msig_context_get(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &context_key);
    msig_context *context = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return context;
}

void msig_bind_grown(lua_State *L) {
    if (msig_context_get(L))
        lua_gc(L, LUA_GCINC, PAUSE_OF_MUCH, 0, 0);
}

bool msig_bind_cancelled(lua_State *L) {
    const msig_context *context = msig_context_get(L);
    return context && msig_flag_is_set(context->cancel);
}

int msig_bind_stopped(lua_State *L) {
    msig_context *context = msig_context_get(L);
    if (!context)
        return luaL_error(L, "%s", msig_bind_interrupted);
    if (context->raised)
        context->raised(context, L);
    msig_bind_push_stop(L);
    return lua_error(L);
}

void msig_bind_noted(lua_State *L) {
    msig_context *context = msig_context_get(L);
    if (context && context->noted)
        context->noted(context, L);
}
