/*
 * modelsig.native.sandbox: calls a function under a budget of steps, bytes and processor time. It
 * keeps rules tidy; it is no wall against somebody who means harm.
 *
 * Steps are instructions of Lua, counted by a hook, and work inside C that says so: matching,
 * repeating, allocating. A hook that raises once can be swallowed by a pcall in the rule, so that
 * a tripped budget stays tripped: the hook then fires at every step, line, call and return until
 * the rule is left, and nothing more is allocated. Processor time stands behind both, for what is
 * one instruction and much work (comparing long texts). Methods of strings are the bounded ones
 * while a rule runs.
 */
#include <lauxlib.h>
#include <string.h>
#include <time.h>

#include "bind/bind.h"
#include "bind/budget.h"

enum { STRIDE = 1000, ALL_MASKS = 15, BYTES_A_STEP = 64 };

/* Two refusals in a row: Lua has collected its garbage between them. */
enum { REFUSALS = 2 };

typedef struct budget {
    lua_State *L; /* the thread that entered */
    msig_context *context;
    struct budget *outer;
    lua_Integer given, steps; /* at first, and left; a stride is counted when it is done */
    lua_Number deadline;      /* processor time of this thread */
    lua_Alloc alloc;          /* the state's own */
    void *alloc_ctx;
    size_t used, cap;
    int refused; /* allocations in a row that did not fit */
    const char *tripped;
    lua_Hook hook; /* before the call */
    int mask, count;
    bool active;
} budget;

static const char key = 'b';
static const char strings_key = 's';

static const char *const over_steps = "step budget exceeded";
static const char *const over_bytes = "memory budget exceeded";
static const char *const over_time = "time budget exceeded";
static const char *const interrupted = "interrupted!";

static budget *current(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
    budget *b = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return b;
}

static lua_Number processor_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec * 1e-9;
}

static void budget_hook(lua_State *L, lua_Debug *activation);

static void trip(budget *b, const char *why) {
    b->tripped = why;
    lua_sethook(b->L, budget_hook, ALL_MASKS, 1);
}

static void *refuse(budget *b) {
    if (!b->tripped && ++b->refused >= REFUSALS)
        trip(b, over_bytes);
    return NULL;
}

static void *budget_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size) {
    budget *b = ctx;
    size_t old = ptr ? old_size : 0;
    if (new_size > old) {
        size_t more = new_size - old;
        if (b->steps >= 0)
            b->steps -= (lua_Integer)(more / BYTES_A_STEP);
        else if (!b->tripped)
            trip(b, over_steps);
        /* What the end of a call needs is small; large things end here. */
        if (b->used + more > b->cap || (b->tripped && more > STRIDE))
            return refuse(b);
    }
    void *moved = b->alloc(b->alloc_ctx, ptr, old_size, new_size);
    if (moved || new_size == 0) {
        /* What was there before the call may be freed in it: never below zero. */
        b->used = b->used + new_size > old ? b->used + new_size - old : 0;
        b->refused = new_size > old ? 0 : b->refused;
    }
    return moved;
}

static void check(lua_State *L, budget *b) {
    if (!b->tripped && b->outer)
        b->tripped = b->outer->tripped;
    if (!b->tripped) {
        if (b->steps < 0)
            b->tripped = over_steps;
        else if (processor_time() > b->deadline)
            b->tripped = over_time;
        else if (msig_bind_cancelled(L))
            b->tripped = interrupted;
    }
    if (!b->tripped)
        return;
    lua_sethook(b->L, budget_hook, ALL_MASKS, 1);
    lua_sethook(L, budget_hook, ALL_MASKS, 1);
    luaL_error(L, "%s", b->tripped);
}

static void budget_hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    budget *b = current(L);
    if (!b || !b->active)
        return;
    if (b->steps >= 0)
        b->steps -= STRIDE;
    check(L, b);
}

void msig_budget_spend(lua_State *L, size_t work) {
    budget *b = current(L);
    if (!b || !b->active)
        return;
    size_t most = (size_t)LUA_MAXINTEGER / 4;
    if (b->steps >= 0)
        b->steps -= (lua_Integer)(work < most ? work : most);
    if (work >= STRIDE || b->steps < 0)
        check(L, b);
}

msig_alloc msig_budget_below(lua_State *L) {
    msig_alloc alloc;
    alloc.fn = lua_getallocf(L, &alloc.ctx);
    while (alloc.fn == budget_realloc) {
        const budget *b = alloc.ctx;
        alloc.fn = b->alloc;
        alloc.ctx = b->alloc_ctx;
    }
    return alloc;
}

/* Stack of a call: the function, its budget, the metatable of strings (or nil), what its __index
 * was, then the function again with its arguments, or the results. */
enum { FUNCTION = 1, BUDGET, STRINGS, METHODS, FIRST };

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

static void leave(lua_State *L, budget *b) {
    b->active = false;
    if (b->context)
        b->context->budgets--;
    lua_setallocf(L, b->alloc, b->alloc_ctx);
    lua_sethook(L, b->hook, b->mask, b->count);
    if (!lua_checkstack(L, 4)) {
        lua_settop(L, METHODS);
        b->tripped = over_bytes;
    }
    lua_pushlightuserdata(L, b->outer);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    swap_methods(L);
    if (b->outer)
        b->outer->steps -= b->given - b->steps;
}

static void enter(lua_State *L, budget *b) {
    b->L = L;
    b->outer = current(L);
    if (b->outer && b->outer->steps < b->steps)
        b->steps = b->outer->steps;
    if (b->outer && b->outer->deadline < b->deadline)
        b->deadline = b->outer->deadline;
    b->given = b->steps;
    b->alloc = lua_getallocf(L, &b->alloc_ctx);
    b->hook = lua_gethook(L);
    b->mask = lua_gethookmask(L);
    b->count = lua_gethookcount(L);
    lua_pushlightuserdata(L, b);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    swap_methods(L);
    b->active = true;
    b->context = msig_context_get(L);
    if (b->context)
        b->context->budgets++;
    lua_setallocf(L, budget_realloc, b);
    lua_sethook(L, budget_hook, LUA_MASKCOUNT, STRIDE);
}

/* The text of an error; what is no text is not asked, since __tostring would run unwatched. */
static void push_message(lua_State *L, const budget *b, int status) {
    if (b->tripped)
        lua_pushstring(L, b->tripped);
    else if (status == LUA_ERRMEM)
        lua_pushstring(L, over_bytes);
    else if (lua_type(L, -1) == LUA_TSTRING)
        lua_pushvalue(L, -1);
    else
        lua_pushfstring(L, "error object is a %s value", luaL_typename(L, -1));
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
    lua_pushvalue(L, FUNCTION);
    lua_insert(L, FIRST);
}

/* call(fn, {steps=, bytes=, seconds=}, ...) -> true, results... | false, message */
static int sandbox_call(lua_State *L) {
    luaL_checktype(L, FUNCTION, LUA_TFUNCTION);
    luaL_checktype(L, BUDGET, LUA_TTABLE);
    budget b;
    memset(&b, 0, sizeof b);
    b.steps = (lua_Integer)field(L, "steps", 1e7);
    b.cap = (size_t)field(L, "bytes", 64 << 20);
    b.deadline = processor_time() + field(L, "seconds", 60);
    int count = lua_gettop(L) - BUDGET;
    arrange(L);
    enter(L, &b);
    int status = lua_pcall(L, count, LUA_MULTRET, 0);
    leave(L, &b);
    if (b.tripped == interrupted || msig_bind_cancelled(L))
        return msig_bind_stopped(L);
    if (status != LUA_OK || b.tripped) {
        push_message(L, &b, status);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushboolean(L, 1);
    lua_replace(L, METHODS);
    return lua_gettop(L) - METHODS + 1;
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
        lua_pushstring(L, interrupted);
    lua_pushboolean(L, !late && status == LUA_OK);
    lua_insert(L, late || status != LUA_OK ? -2 : 1);
    return late || status != LUA_OK ? 2 : lua_gettop(L);
}

/* strings() -> the functions of strings that rules get, in a table of their own */
static int sandbox_strings(lua_State *L) {
    msig_strings_push(L);
    return 1;
}

static const luaL_Reg functions[] = {
    {"call", sandbox_call},
    {"spend", sandbox_spend},
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
