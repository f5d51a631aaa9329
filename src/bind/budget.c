#include "bind/budget.h"

#include <lauxlib.h>
#include <string.h>

#include "base/flag.h"
#include "bind/tell.h"

enum { STRIDE = 1000, ALL_MASKS = 15 };

static const char key = 'b';

static msig_watch *current(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
    msig_watch *w = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return w;
}

static void set_current(lua_State *L, msig_watch *w) {
    lua_pushlightuserdata(L, w);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
}

static void hook(lua_State *L, lua_Debug *activation);

static void *watched_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size) {
    msig_watch *w = ctx;
    size_t old = ptr ? old_size : 0;
    bool was_tripped = w->budget.tripped != NULL;
    bool admitted = msig_budget_admits(&w->budget, old, new_size);
    if (w->budget.tripped && !was_tripped)
        lua_sethook(w->L, hook, ALL_MASKS, 1);
    if (!admitted)
        return NULL;
    void *moved = w->alloc(w->alloc_ctx, ptr, old_size, new_size);
    if (moved || new_size == 0)
        msig_budget_resized(&w->budget, old, new_size);
    return moved;
}

static void check(lua_State *L, msig_watch *w) {
    const char *message = msig_budget_check(&w->budget);
    if (!message && msig_bind_cancelled(L))
        message = w->budget.tripped = msig_bind_interrupted;
    if (!message)
        return;
    lua_sethook(w->L, hook, ALL_MASKS, 1);
    lua_sethook(L, hook, ALL_MASKS, 1);
    luaL_error(L, "%s", message);
}

static void hook(lua_State *L, lua_Debug *activation) {
    msig_watch *w = current(L);
    if (!w || !w->active || msig_tell_runs(L, activation))
        return;
    msig_budget_take(&w->budget, STRIDE);
    check(L, w);
}

/* Outside of budgets no hook fires in the middle of a long work of C: a stop is looked for here. */
static void stop_work(lua_State *L) {
    const msig_context *context = msig_context_get(L);
    if (context && msig_flag_is_set(context->cancel) && !context->quiet)
        msig_bind_stopped(L);
}

void msig_budget_spend(lua_State *L, size_t work) {
    msig_watch *w = current(L);
    if (!w || !w->active) {
        stop_work(L);
        return;
    }
    msig_budget_take(&w->budget, work);
    if (work >= STRIDE || w->budget.steps < 0)
        check(L, w);
}

msig_alloc msig_budget_below(lua_State *L) {
    msig_alloc alloc;
    alloc.fn = lua_getallocf(L, &alloc.ctx);
    while (alloc.fn == watched_realloc) {
        const msig_watch *w = alloc.ctx;
        alloc.fn = w->alloc;
        alloc.ctx = w->alloc_ctx;
    }
    return alloc;
}

void msig_watch_enter(lua_State *L, msig_watch *w, lua_Integer steps, size_t bytes,
                      lua_Number seconds) {
    memset(w, 0, sizeof *w);
    w->L = L;
    w->outer = current(L);
    msig_budget_begin(&w->budget, steps, bytes, seconds, w->outer ? &w->outer->budget : NULL);
    w->alloc = lua_getallocf(L, &w->alloc_ctx);
    w->hook = lua_gethook(L);
    w->mask = lua_gethookmask(L);
    w->count = lua_gethookcount(L);
    set_current(L, w);
    w->active = true;
    w->context = msig_context_get(L);
    if (w->context)
        w->context->budgets++;
    lua_setallocf(L, watched_realloc, w);
    lua_sethook(L, hook, LUA_MASKCOUNT, STRIDE);
}

bool msig_watch_leave(lua_State *L, msig_watch *w, int keep) {
    bool good = true;
    w->active = false;
    if (w->context)
        w->context->budgets--;
    lua_setallocf(L, w->alloc, w->alloc_ctx);
    lua_sethook(L, w->hook, w->mask, w->count);
    if (!lua_checkstack(L, 4)) {
        lua_settop(L, keep);
        good = false;
    }
    set_current(L, w->outer);
    msig_budget_end(&w->budget);
    return good;
}
