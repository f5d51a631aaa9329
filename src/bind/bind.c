#include "bind/bind.h"

#include <lauxlib.h>
#include <string.h>

#include "bind/budget.h"

msig_alloc msig_bind_alloc(lua_State *L) {
    return msig_budget_below(L);
}

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
