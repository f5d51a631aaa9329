/*
 * Stopping what runs: by msig_host_cancel (Ctrl-C, another thread) or by the caller's flag.
 *
 * A stop raises the error of msig_bind_stopped in the thread of Lua that runs. The first time what
 * is being left has a while to put things in order; code that swallows the error and goes on is
 * stopped again, and then at every step, until the call of the host is over or the prompt takes
 * note. Coroutines are resumed by functions of ours, which know the one that runs.
 */
#ifndef MSIG_HOST_STOP_H
#define MSIG_HOST_STOP_H

#include "host/state.h"

/* Gives the state's coroutine.resume and coroutine.wrap the hook of the host. [-0, +0, may raise]
 */
void msig_stop_install(lua_State *L);

/* Before and after a call of the host: no stop is pending. [-0, +0] */
void msig_stop_begin(msig_host *host);
void msig_stop_end(msig_host *host);

#endif
