#include "bind/bind.h"

#include <lauxlib.h>
#include <string.h>

#include "bind/budget.h"

msig_alloc msig_bind_alloc(lua_State *L) { return msig_budget_below(L); }

int msig_fail(lua_State *L, const msig_err *err) {
    if (err->code == MSIG_ENOMEM)
        return luaL_error(L, "not enough memory");
    lua_pushnil(L);
    lua_pushstring(L, err->text);
    lua_pushstring(L, msig_status_name(err->code));
    if (err->offset >= 0)
        lua_pushinteger(L, (lua_Integer)err->offset);
    else
        lua_pushnil(L);
    return 4;
}

void *msig_handle_new(lua_State *L, size_t size, const char *type) {
    void *handle = lua_newuserdatauv(L, size, 1);
    memset(handle, 0, size);
    luaL_setmetatable(L, type);
    return handle;
}

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
    return luaL_error(L, "interrupted!");
}

void msig_bind_noted(lua_State *L) {
    msig_context *context = msig_context_get(L);
    if (context && context->noted)
        context->noted(context, L);
}
