/*
 * A host: a Lua state with the product in it, its allocator with a cap, and its output. The public
 * face is modelsig.h; this is what the files of src/host share.
 */
#ifndef MSIG_HOST_HOST_H
#define MSIG_HOST_HOST_H

#include "host/state.h"

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
