/*
 * What every file of src/bind shares: the allocator of the Lua state for C objects, the one way from
 * an msig_err to `nil, text, code, offset`, and handles that are valid ("closed") before anything is
 * acquired into them. Nothing here keeps state outside the Lua state.
 */
#ifndef MSIG_BIND_BIND_H
#define MSIG_BIND_BIND_H

#include <lua.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/err.h"
#include "native_list.h"

/* Returns an allocator that draws from the state's own allocator, so that its memory cap counts. */
msig_alloc msig_bind_alloc(lua_State *L);

/* Pushes nil, the text, the short name of the code and the offset (or nil). Raises on MSIG_ENOMEM,
 * as Lua itself does. [-0, +4] Returns 4. */
int msig_fail(lua_State *L, const msig_err *err);

/* Pushes a zeroed userdata of that type, with one user value. Its metatable must have been made by
 * the module. [-0, +1] */
void *msig_handle_new(lua_State *L, size_t size, const char *type);

/* What a host tells the modules in its state; a stock Lua has none. */
typedef struct msig_context {
    void *host;
    volatile int *cancel; /* non-zero: stop what runs */
} msig_context;

/* Neither raises. The context must outlive the state; get returns NULL where none was set. */
void msig_context_set(lua_State *L, msig_context *context);
msig_context *msig_context_get(lua_State *L);

/* True if the host asked that what runs be stopped. Does not raise. */
bool msig_bind_cancelled(lua_State *L);

/* Puts every modelsig.native.* into package.preload, where nothing can replace it. [-0, +0] */
void msig_native_preload(lua_State *L);

/* The entry point that a stock Lua looks up in the shared object. */
#if defined(__GNUC__)
#define MSIG_LUA_OPEN __attribute__((visibility("default")))
#else
#define MSIG_LUA_OPEN
#endif

#define MSIG_NATIVE_DECLARE(name) int luaopen_modelsig_native_##name(lua_State *L);
MSIG_NATIVE_LIST(MSIG_NATIVE_DECLARE)

#endif
