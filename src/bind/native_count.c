/*
 * modelsig.native.count: products and sums of counts. A part that is no count, which is a whole
 * number from 0, makes the result unknown; so does a result beyond 63 bits, which is told.
 */
#include <lauxlib.h>
#include <lua.h>

#include "bind/bind.h"

int luaopen_modelsig_native_count(lua_State *L);

typedef struct product {
    lua_Integer n;
    bool known, large;
} product;

/* Is the value at the index a count? */
static bool count_at(lua_State *L, int index, lua_Integer *count) {
    *count = lua_isinteger(L, index) ? lua_tointeger(L, index) : -1;
    return *count >= 0;
}

/* A zero makes any product small again, whatever stands before it. */
static void multiply(lua_State *L, int index, product *p) {
    lua_Integer factor;
    p->known = p->known && count_at(L, index, &factor);
    if (!p->known)
        return;
    p->large = factor != 0 && (p->large || p->n > LUA_MAXINTEGER / factor);
    p->n = p->large ? p->n : p->n * factor;
}

static int push_product(lua_State *L, const product *p) {
    if (p->known && !p->large) {
        lua_pushinteger(L, p->n);
        return 1;
    }
    lua_pushnil(L);
    if (!p->known)
        return 1;
    lua_pushliteral(L, "limit");
    return 2;
}

/* product(...) -> n | nil | nil, "limit" */
static int count_product(lua_State *L) {
    product p = {1, true, false};
    for (int i = 1; i <= lua_gettop(L); i++)
        multiply(L, i, &p);
    return push_product(L, &p);
}

/* elements(dims) -> n | nil | nil, "limit" */
static int count_elements(lua_State *L) {
    product p = {1, true, false};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer rank = luaL_len(L, 1);
    for (lua_Integer i = 1; i <= rank; i++) {
        lua_geti(L, 1, i);
        multiply(L, -1, &p);
        lua_pop(L, 1);
    }
    return push_product(L, &p);
}

/* sum(a, b) -> n | nil | nil, "limit" */
static int count_sum(lua_State *L) {
    lua_Integer a, b;
    product p = {0, false, false};
    lua_settop(L, 2);
    p.known = count_at(L, 1, &a) && count_at(L, 2, &b);
    if (p.known && a <= LUA_MAXINTEGER - b)
        p.n = a + b;
    else
        p.large = true;
    return push_product(L, &p);
}

static const luaL_Reg functions[] = {
    {"elements", count_elements},
    {"product", count_product},
    {"sum", count_sum},
    {NULL, NULL},
};

int luaopen_modelsig_native_count(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
