/*
 * modelsig.native.sandbox: calls a function under a budget of steps and bytes. It keeps rules tidy;
 * it is no wall against somebody who means harm.
 *
 * A hook that raises once can be swallowed by a pcall in the rule, so that a tripped budget stays
 * tripped: the hook then fires at every step, line, call and return until the rule is left.
 */
#include <lauxlib.h>
#include <string.h>

#include "bind/bind.h"

enum { STRIDE = 1000, REFUSALS = 16, ALL_MASKS = 15 };

typedef struct budget {
    struct budget *outer;
    lua_Integer steps; /* left; a stride is counted when it is done */
    lua_Alloc alloc;   /* the state's own */
    void *alloc_ctx;
    size_t used, cap;
    int refused; /* allocations in a row that did not fit */
    const char *tripped;
    lua_Hook hook; /* before the call */
    int mask, count;
    bool active;
} budget;

static const char key = 'b';

static budget *current(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
    budget *b = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return b;
}

static void *budget_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size) {
    budget *b = ctx;
    size_t old = ptr ? old_size : 0;
    if (new_size > old && b->used + (new_size - old) > b->cap) {
        b->refused++;
        return NULL;
    }
    void *moved = b->alloc(b->alloc_ctx, ptr, old_size, new_size);
    if (moved || new_size == 0) {
        /* What was there before the call may be freed in it: never below zero. */
        b->used = b->used + new_size > old ? b->used + new_size - old : 0;
    }
    return moved;
}

static void budget_hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    budget *b = current(L);
    if (!b || !b->active)
        return;
    if (!b->tripped) {
        b->steps -= STRIDE;
        if (b->steps < 0)
            b->tripped = "step budget exceeded";
        else if (b->refused >= REFUSALS)
            b->tripped = "memory budget exceeded";
        else if (msig_bind_cancelled(L))
            b->tripped = "interrupted!";
    }
    if (!b->tripped)
        return;
    lua_sethook(L, budget_hook, ALL_MASKS, 1);
    luaL_error(L, "%s", b->tripped);
}

static void leave(lua_State *L, budget *b) {
    if (!b->active)
        return;
    b->active = false;
    lua_setallocf(L, b->alloc, b->alloc_ctx);
    lua_sethook(L, b->hook, b->mask, b->count);
    lua_pushlightuserdata(L, b->outer);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
}

static void enter(lua_State *L, budget *b, lua_Integer steps, lua_Integer bytes) {
    b->outer = current(L);
    if (b->outer && b->outer->steps < steps)
        steps = b->outer->steps;
    b->steps = steps;
    b->cap = (size_t)bytes;
    b->alloc = lua_getallocf(L, &b->alloc_ctx);
    b->hook = lua_gethook(L);
    b->mask = lua_gethookmask(L);
    b->count = lua_gethookcount(L);
    lua_pushlightuserdata(L, b);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    b->active = true;
    lua_setallocf(L, budget_realloc, b);
    lua_sethook(L, budget_hook, LUA_MASKCOUNT, STRIDE);
}

/* The text of an error; what is no text is not asked, since __tostring would run unwatched. */
static void push_message(lua_State *L, const budget *b, int status) {
    if (b->tripped)
        lua_pushstring(L, b->tripped);
    else if (status == LUA_ERRMEM)
        lua_pushliteral(L, "memory budget exceeded");
    else if (lua_type(L, -1) == LUA_TSTRING)
        lua_pushvalue(L, -1);
    else
        lua_pushfstring(L, "error object is a %s value", luaL_typename(L, -1));
}

static lua_Integer field(lua_State *L, const char *name, lua_Integer fallback) {
    lua_getfield(L, 2, name);
    lua_Integer value = luaL_optinteger(L, -1, fallback);
    luaL_argcheck(L, value > 0, 2, "a budget must be positive");
    lua_pop(L, 1);
    return value;
}

/* call(fn, {steps=, bytes=}, ...) -> true, results... | false, message */
static int sandbox_call(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Integer steps = field(L, "steps", 10000000);
    lua_Integer bytes = field(L, "bytes", (lua_Integer)64 << 20);
    budget b;
    memset(&b, 0, sizeof b);
    int count = lua_gettop(L) - 2;
    lua_pushvalue(L, 1);
    lua_insert(L, 3); /* fn budget fn args... */
    enter(L, &b, steps, bytes);
    int status = lua_pcall(L, count, LUA_MULTRET, 0);
    leave(L, &b);
    if (b.outer)
        b.outer->steps -= steps - b.steps;
    if (b.tripped && strcmp(b.tripped, "interrupted!") == 0) {
        msig_context *context = msig_context_get(L);
        if (context && context->cancel)
            *context->cancel = 0;
        return luaL_error(L, "interrupted!");
    }
    if (status != LUA_OK || b.tripped) {
        push_message(L, &b, status);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushboolean(L, 1);
    lua_replace(L, 2);
    return lua_gettop(L) - 1;
}

static const luaL_Reg functions[] = {
    {"call", sandbox_call},
    {NULL, NULL},
};

int luaopen_modelsig_native_sandbox(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
