#include "bind/tell.h"

#include <lauxlib.h>
#include <string.h>

#include "bind/context.h"

/* Levels of the stack that are searched for a rule. lua_getstack counts each from the top, so that
 * all levels of a deep recursion would take long. */
enum { NEAR = 100 };

/* The innermost function of a rule that runs: upvalue 1 has the sources of rules as keys. */
static bool find_rule(lua_State *L, lua_Debug *found) {
    for (int level = 1; level <= NEAR && lua_getstack(L, level, found); level++) {
        lua_getinfo(L, "Sl", found);
        if (found->currentline <= 0)
            continue;
        lua_pushlstring(L, found->source, found->srclen);
        bool is_rule = lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL;
        lua_pop(L, 1);
        if (is_rule)
            return true;
    }
    return false;
}

/* A value is not asked for its text, since __tostring would run unwatched. */
static int tell(lua_State *L) {
    if (msig_bind_is_stop(L, 1))
        return 1;
    if (lua_type(L, 1) != LUA_TSTRING && lua_type(L, 1) != LUA_TNUMBER) {
        lua_pushfstring(L, "error object is a %s value", luaL_typename(L, 1));
        lua_replace(L, 1);
    }
    lua_Debug place;
    lua_settop(L, 1);
    if (!find_rule(L, &place))
        return 1;
    lua_pushfstring(L, "%s:", place.short_src);
    if (strstr(lua_tostring(L, 1), lua_tostring(L, 2))) {
        lua_settop(L, 1);
        return 1;
    }
    lua_pushfstring(L, "%s:%d: %s", place.short_src, place.currentline, lua_tostring(L, 1));
    return 1;
}

void msig_tell_push(lua_State *L) {
    lua_pushcclosure(L, tell, 1);
}

bool msig_tell_runs(lua_State *L, lua_Debug *activation) {
    if (activation->event == LUA_HOOKCOUNT || activation->event == LUA_HOOKLINE)
        return false;
    lua_getinfo(L, "f", activation);
    bool same = lua_tocfunction(L, -1) == tell;
    lua_pop(L, 1);
    return same;
}
