/*
 * The budget of a user's rule, for the functions that such a rule may call: what they do inside C
 * is told here, since the hook that counts steps of Lua does not see it.
 */
#ifndef MSIG_BIND_BUDGET_H
#define MSIG_BIND_BUDGET_H

#include <lua.h>

#include "base/alloc.h"

/* Takes `work` steps from the budget that is running; nothing without one. Raises when it is used
 * up, and when the host was told to stop. [-0, +0] */
void msig_budget_spend(lua_State *L, size_t work);

/* The allocator of the state without the budgets that lie over it: objects of C outlive them. */
msig_alloc msig_budget_below(lua_State *L);

/* Pushes the functions of strings for rules: those of Lua whose work is bounded by their
 * arguments, and ours for patterns and repetition. [-0, +1, may raise] */
void msig_strings_push(lua_State *L);

#endif
