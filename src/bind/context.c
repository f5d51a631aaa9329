#include "bind/context.h"

#include <lauxlib.h>

const char *const msig_bind_interrupted = "interrupted!";

static const char context_key = 0;

void msig_context_set(lua_State *L, msig_context *context) {
    lua_pushlightuserdata(L, context);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &context_key);
}

msig_context *msig_context_get(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &context_key);
    msig_context *context = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return context;
}

bool msig_bind_cancelled(lua_State *L) {
    const msig_context *context = msig_context_get(L);
    return context && *context->cancel;
}

int msig_bind_stopped(lua_State *L) {
    msig_context *context = msig_context_get(L);
    if (context && context->raised)
        context->raised(context, L);
    return luaL_error(L, "%s", msig_bind_interrupted);
}

void msig_bind_noted(lua_State *L) {
    msig_context *context = msig_context_get(L);
    if (context && context->noted)
        context->noted(context, L);
}
