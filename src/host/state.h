/* What a host (host.h) consists of. */
#ifndef MSIG_HOST_STATE_H
#define MSIG_HOST_STATE_H

#include <lua.h>
#include <stdatomic.h>

#include "base/pool.h"
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
    bool closing;               /* small blocks go with the pool */
    size_t used;
    size_t cap; /* 0: none */
    msig_host_options options;
};

#endif
