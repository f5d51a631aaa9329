/*
 * modelsig.native.sandbox: calls a function under a budget of steps, bytes and processor time. It
 * keeps rules tidy; it is no wall against somebody who means harm. Methods of strings are the
 * bounded ones while a rule runs.
 */
#include <lauxlib.h>

#include "bind/bind.h"
#include "bind/budget.h"
#include "bind/strings.h"
#include "bind/tell.h"

static const char strings_key = 's';

/* Stack of a call: the function, its budget, the metatable of strings (or nil), what its __index
 * was, the message handler, then the function again with its arguments, or the results. */
enum { FUNCTION = 1, BUDGET, STRINGS, METHODS, HANDLER, FIRST };

/* Exchanges the methods of strings for what lies at METHODS. Allocates nothing: the key is there.
 */
static void swap_methods(lua_State *L) { /* [-0, +0], needs 3 free slots */
    if (!lua_istable(L, STRINGS))
        return;
    lua_pushliteral(L, "__index");
    lua_pushvalue(L, -1);
    lua_rawget(L, STRINGS); /* "__index" old */
    lua_insert(L, -2);
    lua_pushvalue(L, METHODS); /* old "__index" new */
    lua_rawset(L, STRINGS);
    lua_replace(L, METHODS);
}

/* Pushes false, the message and the code of a call that failed; returns 3. */
static int fail(lua_State *L, const msig_budget *budget, int status) {
    bool used_up = budget->tripped || status == LUA_ERRMEM;
    lua_pushboolean(L, 0);
    if (used_up)
        lua_pushstring(L, budget->tripped ? budget->tripped : msig_budget_over_bytes);
    else if (lua_type(L, -2) == LUA_TSTRING)
        lua_pushvalue(L, -2);
    else /* a stop of an earlier call that somebody kept */
        lua_pushfstring(L, "error object is a %s value", luaL_typename(L, -2));
    lua_pushstring(L, used_up ? "limit" : "malformed");
    return 3;
}

static lua_Number field(lua_State *L, const char *name, lua_Number fallback) {
    lua_getfield(L, BUDGET, name);
    lua_Number value = luaL_optnumber(L, -1, fallback);
    luaL_argcheck(L, value > 0 && value < 1e15, BUDGET, "a budget must be positive");
    lua_pop(L, 1);
    return value;
}

/* Puts what swap_methods needs below the function and its arguments. */
static void arrange(lua_State *L) {
    luaL_checkstack(L, 8, "call");
    lua_pushliteral(L, "");
    if (!lua_getmetatable(L, -1))
        lua_pushnil(L);
    lua_remove(L, -2);
    lua_insert(L, STRINGS);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &strings_key);
    lua_insert(L, METHODS);
    if (lua_getfield(L, BUDGET, "sources") != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
    }
    msig_tell_push(L);
    lua_insert(L, HANDLER);
    lua_pushvalue(L, FUNCTION);
    lua_insert(L, FIRST);
}

/* call(fn, {steps=, bytes=, seconds=, sources=}, ...) -> true, results... |
 * false, message, code */
static int sandbox_call(lua_State *L) {
    luaL_checktype(L, FUNCTION, LUA_TFUNCTION);
    luaL_checktype(L, BUDGET, LUA_TTABLE);
    lua_Integer steps = (lua_Integer)field(L, "steps", 1e7);
    size_t bytes = (size_t)field(L, "bytes", 64 << 20);
    lua_Number seconds = field(L, "seconds", 60);
    int count = lua_gettop(L) - BUDGET;
    arrange(L);
    msig_watch watch;
    swap_methods(L);
    msig_watch_enter(L, &watch, steps, bytes, seconds);
    int status = lua_pcall(L, count, LUA_MULTRET, HANDLER);
    const char **tripped = &watch.budget.tripped;
    if (!msig_watch_leave(L, &watch, METHODS))
        *tripped = msig_budget_over_bytes;
    swap_methods(L);
    if (*tripped == msig_bind_interrupted || msig_bind_cancelled(L))
        return msig_bind_stopped(L);
    if (status != LUA_OK || *tripped)
        return fail(L, &watch.budget, status);
    lua_pushboolean(L, 1);
    lua_replace(L, HANDLER);
    return lua_gettop(L) - HANDLER + 1;
}

/* spend(work): takes steps from the budget for work that it does not see. */
static int sandbox_spend(lua_State *L) {
    lua_Integer work = luaL_checkinteger(L, 1);
    msig_budget_spend(L, work > 0 ? (size_t)work : 0);
    return 0;
}

/* stoppable(fn, ...) -> true, results... | false, message. A stop ends this call and nothing else;
 * between two such calls it waits for the next one, or for whoever asks. */
static int sandbox_stoppable(lua_State *L) {
    msig_context *context = msig_context_get(L);
    luaL_checkany(L, 1);
    bool late = msig_bind_cancelled(L);
    int status = LUA_OK;
    if (context)
        context->quiet = 0;
    if (!late)
        status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (context)
        context->quiet = 1;
    msig_bind_noted(L);
    if (late)
        msig_bind_push_stop(L);
    lua_pushboolean(L, !late && status == LUA_OK);
    lua_insert(L, late || status != LUA_OK ? -2 : 1);
    return late || status != LUA_OK ? 2 : lua_gettop(L);
}

/* is_stop(value) -> is it the error of a stop? */
static int sandbox_is_stop(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, msig_bind_is_stop(L, 1));
    return 1;
}

/* stop(): raises that error */
static int sandbox_stop(lua_State *L) { return msig_bind_stopped(L); }

/* strings() -> the functions of strings that rules get, in a table of their own */
static int sandbox_strings(lua_State *L) {
    msig_strings_push(L);
    return 1;
}

static const luaL_Reg functions[] = {
    {"call", sandbox_call},
    {"is_stop", sandbox_is_stop},
    {"spend", sandbox_spend},
    {"stop", sandbox_stop},
    {"stoppable", sandbox_stoppable},
    {"strings", sandbox_strings},
    {NULL, NULL},
};

int luaopen_modelsig_native_sandbox(lua_State *L) {
    msig_strings_push(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &strings_key);
    luaL_newlib(L, functions);
    return 1;
}
