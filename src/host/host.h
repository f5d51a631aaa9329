/*
 * A host: a Lua state with the product in it, its allocator with a cap, and its output. The public
 * face is modelsig.h; this is what the files of src/host share.
 */
#ifndef MSIG_HOST_HOST_H
#define MSIG_HOST_HOST_H

#include <lua.h>
#include <stdatomic.h>

#include "base/pool.h"
#include "bind/bind.h"
#include "bind/context.h"
#include "modelsig.h"

struct msig_host {
    lua_State *L;
    msig_context context;
    volatile int stop;          /* set by msig_host_cancel */
    atomic_int cancelling;      /* calls of msig_host_cancel that are going on */
    lua_State *_Atomic running; /* the thread of Lua that runs; NULL: none */
    int raised;                 /* times that a stop was raised in this call */
    int changes;                /* of the coroutine, since then */
    bool was_stopped;           /* the call before ended by a stop */
    msig_pool pool;             /* what Lua's memory comes from */
    size_t used;
    size_t cap; /* 0: none */
    msig_host_options options;
};

/* Gives the message handler of calls: keeps texts and stops, uses __tostring, adds a traceback if
 * MODELSIG_DEBUG is set in the environment. */
int msig_host_handler(lua_State *L);

/* Calls the function below `count` arguments on the stack, protected and stoppable. Returns a Lua
 * status; on failure the message is on the stack. [-(count + 1), +results or +1] */
int msig_host_pcall(msig_host *host, int count, int results);

/* Replaces print, io.write, io.stdout and io.stderr where the options have callbacks.
 * [-0, +0, may raise] */
void msig_output_install(lua_State *L, const msig_host_options *options);

#endif
