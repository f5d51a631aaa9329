#include "host/stop.h"

#include <lauxlib.h>

#include "base/flag.h"

/* Stopped code may take GRACE steps and GRACE_CHANGES changes of the coroutine to tidy up. */
enum { POLL_EVERY = 10000, GRACE = 100000, GRACE_CHANGES = 1000 };
enum { ALL_MASKS = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT };

static msig_host *host_of(lua_State *L) {
    msig_context *context = msig_context_get(L);
    return context ? context->host : NULL;
}

static bool is_stopped(const msig_host *host) {
    return msig_flag_is_set(host->context.cancel);
}

static void poll_hook(lua_State *L, lua_Debug *activation);

/* The hook of a thread while nothing is pending. */
static void rest(const msig_host *host, lua_State *L) {
    if (host->options.cancel)
        lua_sethook(L, poll_hook, LUA_MASKCOUNT, POLL_EVERY);
    else
        lua_sethook(L, NULL, 0, 0);
}

static void stop_hook(lua_State *L, lua_Debug *activation);

static void arm(msig_host *host, lua_State *L) {
    if (host->raised == 0)
        lua_sethook(L, stop_hook, ALL_MASKS, 1);
    else if (host->raised == 1)
        lua_sethook(L, stop_hook, LUA_MASKCOUNT, GRACE);
    else
        lua_sethook(L, stop_hook, ALL_MASKS, 1);
}

static void stop_hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    msig_host *host = host_of(L);
    if (!host)
        return;
    if (!is_stopped(host)) {
        rest(host, L);
        return;
    }
    host->raised++;
    arm(host, L);
    msig_bind_push_stop(L);
    lua_error(L);
}

static void poll_hook(lua_State *L, lua_Debug *activation) {
    const msig_host *host = host_of(L);
    if (host && is_stopped(host))
        stop_hook(L, activation);
}

/* In a signal handler, or another thread, no more than lua_sethook is allowed; and not even that
 * where the flag is looked at anyway, by our hook or by that of a budget. */
void msig_host_cancel(msig_host *host) {
    if (!host)
        return;
    host->cancelling++;
    msig_flag_put(&host->stop, 1);
    msig_flag_put(host->context.cancel, 1);
    lua_State *L = host->running;
    if (L && !host->options.cancel && host->context.budgets == 0 && !host->context.quiet)
        lua_sethook(L, stop_hook, ALL_MASKS, 1);
    host->cancelling--;
}

/* Nobody may be about to set a hook on a thread that ends. */
static void run_in(msig_host *host, lua_State *L) {
    host->running = L;
    while (host->cancelling)
        ;
    if (!is_stopped(host) || host->context.budgets > 0 || host->context.quiet)
        return;
    if (host->raised == 1 && ++host->changes > GRACE_CHANGES)
        host->raised++;
    if (lua_gethook(L) != stop_hook || host->raised > 1)
        arm(host, L);
}

static void noted(struct msig_context *context, lua_State *L) {
    msig_host *host = context->host;
    /* A flag that the caller has set stays set. */
    if (msig_flag_is_set(&host->stop))
        msig_flag_put(context->cancel, 0);
    msig_flag_put(&host->stop, 0);
    host->raised = 0;
    host->changes = 0;
    rest(host, L);
}

static void raised_elsewhere(struct msig_context *context, lua_State *L) {
    msig_host *host = context->host;
    host->raised++;
    arm(host, L);
}

void msig_stop_begin(msig_host *host) {
    host->context.noted = noted;
    host->context.raised = raised_elsewhere;
    host->context.quiet = 0;
    noted(&host->context, host->L);
    host->running = host->L;
}

void msig_stop_end(msig_host *host) {
    host->running = NULL;
    while (host->cancelling)
        ;
    noted(&host->context, host->L);
}

/* ---- coroutines ---- */

/* A coroutine has the hook of the one that resumes it, so that a stop, or a budget, reaches it. */
static int continue_in(lua_State *L, lua_State *co, int *results, int arguments) {
    msig_host *host = host_of(L);
    lua_Hook hook = lua_gethook(L);
    if (hook == poll_hook || hook == stop_hook || host->context.budgets > 0)
        lua_sethook(co, hook, lua_gethookmask(L), lua_gethookcount(L));
    run_in(host, co);
    int status = lua_resume(co, L, arguments, results);
    run_in(host, L);
    return status;
}

/* Moves the arguments over, resumes, moves the results back. Returns their number, or -1 with a
 * message. */
static int resume(lua_State *L, lua_State *co, int arguments) {
    int results = 0;
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, arguments);
    int status = continue_in(L, co, &results, arguments);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int coroutine_resume(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    int results = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    lua_insert(L, results >= 0 ? -(results + 1) : -2);
    return results >= 0 ? results + 1 : 2;
}

/* Tells an error in the words of the caller; what the coroutine held open is closed. */
static int fail_wrapped(lua_State *L, lua_State *co) {
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        status = lua_resetthread(co);
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int call_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int results = resume(L, co, lua_gettop(L));
    return results >= 0 ? results : fail_wrapped(L, co);
}

static int coroutine_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

static const luaL_Reg coroutines[] = {
    {"resume", coroutine_resume}, {"wrap", coroutine_wrap}, {NULL, NULL}};

void msig_stop_install(lua_State *L) {
    lua_getglobal(L, "coroutine");
    luaL_setfuncs(L, coroutines, 0);
    lua_pop(L, 1);
}
