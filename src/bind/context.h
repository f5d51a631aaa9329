/*
 * What a host shares with the bindings of its state: above all, that it was told to stop.
 */
#ifndef MSIG_BIND_CONTEXT_H
#define MSIG_BIND_CONTEXT_H

#include <lua.h>
#include <stdatomic.h>
#include <stdbool.h>

/* A stock Lua has none. */
typedef struct msig_context {
    volatile int *cancel; /* not 0: stop as soon as possible; never NULL */
    atomic_int budgets;   /* hooks of budgets, which look at it themselves */
    atomic_int quiet;     /* at the prompt, between two calls: whoever waits looks at it */
    void *host;
    /* A stop was raised in L by somebody else than the host's hook. */
    void (*raised)(struct msig_context *context, lua_State *L);
    /* The stop has done its work: what runs next in L is not stopped. */
    void (*noted)(struct msig_context *context, lua_State *L);
} msig_context;

/* Sets the context of a state, borrowed until the state is closed. [-0, +0, may raise] */
void msig_context_set(lua_State *L, msig_context *context);

/* The context of a state, or NULL. [-0, +0] */
msig_context *msig_context_get(lua_State *L);

/* Tells the collector of a host that much memory is in use from now on, so that it no longer waits
 * for garbage of several times its size. A stock Lua keeps its collector as it is. [-0, +0] */
void msig_bind_grown(lua_State *L);

/* Has the host been told to stop? Long loops ask now and then. */
bool msig_bind_cancelled(lua_State *L);

/* Raises the error of a stop. It is a value that only C can make: code of Lua that has caught it
 * can raise it again, and no other code can. */
int msig_bind_stopped(lua_State *L);

/* Pushes that value; nil in a state without a context. [-0, +1] */
void msig_bind_push_stop(lua_State *L);

/* Is it the error of a stop? Needs two free slots. [-0, +0] */
bool msig_bind_is_stop(lua_State *L, int index);

/* The text of that error. Rules under a budget, and a stock Lua, get only the text. */
extern const char *const msig_bind_interrupted;

/* Tells the host that the prompt has taken note of a stop, which then ends nothing further.
 * [-0, +0] */
void msig_bind_noted(lua_State *L);

#endif
