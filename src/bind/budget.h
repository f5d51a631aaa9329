/*
 * A budget (base/budget.h) over what runs in a Lua state. Steps are instructions of Lua, counted by
 * a hook, and work inside C that says so. A hook that raises once can be swallowed by a pcall, so
 * that a tripped budget stays tripped: the hook then fires at every step, line, call and return
 * until the call is left, and nothing more is allocated. Processor time stands behind both, for
 * what is one instruction and much work (comparing long texts).
 */
#ifndef MSIG_BIND_BUDGET_H
#define MSIG_BIND_BUDGET_H

#include <lua.h>

#include "base/alloc.h"
#include "base/budget.h"
#include "bind/context.h"

/* A budget that runs; lives in the frame of the call. */
typedef struct msig_watch {
    msig_budget budget;
    lua_State *L; /* the thread that entered */
    msig_context *context;
    struct msig_watch *outer;
    lua_Alloc alloc; /* the state's own */
    void *alloc_ctx;
    lua_Hook hook; /* before the call */
    int mask, count;
    bool active;
} msig_watch;

/* Begins watching what runs in L. [-0, +0], needs 2 free slots */
void msig_watch_enter(lua_State *L, msig_watch *watch, lua_Integer steps, size_t bytes,
                      lua_Number seconds);

/* Ends it; false when the stack could not grow, which is cut to `keep` slots then. [-0, +0] */
bool msig_watch_leave(lua_State *L, msig_watch *watch, int keep);

/* Takes `work` steps from the budget that is running, if there is one. Raises when it is used
 * up, and when the host was told to stop. [-0, +0] */
void msig_budget_spend(lua_State *L, size_t work);

/* The allocator of the state without the budgets that lie over it: objects of C outlive them. */
msig_alloc msig_budget_below(lua_State *L);

#endif
