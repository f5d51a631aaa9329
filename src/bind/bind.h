/*
 * The Lua face of C: what every binding shares. One file a module, `native_x.c` is
 * `modelsig.native.x`.
 *
 * Constructors go in four steps: check arguments (may raise), make the handle (zeroed, which means
 * closed), acquire into it, return it or msig_fail. What a C function holds across a call that can
 * raise is owned by a handle. Nothing here keeps state outside the Lua state.
 */
#ifndef MSIG_BIND_BIND_H
#define MSIG_BIND_BIND_H

#include <lua.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/err.h"
#include "native_list.h"

#if defined(__GNUC__)
#define MSIG_LUA_OPEN __attribute__((visibility("default")))
#else
#define MSIG_LUA_OPEN
#endif

#define MSIG_NATIVE_DECLARE(name) MSIG_LUA_OPEN int luaopen_modelsig_native_##name(lua_State *L);
MSIG_NATIVE_LIST(MSIG_NATIVE_DECLARE)
#undef MSIG_NATIVE_DECLARE

/* Puts every native module into package.preload. [-0, +0, may raise] */
void msig_native_preload(lua_State *L);

/* Pushes an embedded file as a function. The compiled chunk serves the very release of Lua that
 * made it, any other one compiles the text. [-0, +1, may raise] */
struct msig_embedded;
void msig_embedded_load(lua_State *L, const struct msig_embedded *file);

/* The allocator of the state, so that its memory cap holds for C objects too; the budget of a rule,
 * which they outlive, is not asked. */
msig_alloc msig_bind_alloc(lua_State *L);

/* Makes a zeroed userdata with one user value and the metatable registered as `type`.
 * [-0, +1, may raise] */
void *msig_handle_new(lua_State *L, size_t size, const char *type);

/* Pushes nil, the text, the short name of the code and the offset (or nil); returns 4. Raises for
 * MSIG_ENOMEM, as Lua itself does. */
int msig_fail(lua_State *L, const msig_err *err);

/* What a host shares with the bindings; in a stock Lua there is none. */
typedef struct msig_context {
    volatile int *cancel; /* not 0: stop as soon as possible; never NULL */
    volatile int budgets; /* hooks of budgets, which look at it themselves */
    volatile int quiet;   /* at the prompt, between two calls: whoever waits looks at it */
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

/* Has the host been told to stop? Long loops ask now and then. */
bool msig_bind_cancelled(lua_State *L);

/* Raises the error of a stop. */
int msig_bind_stopped(lua_State *L);

/* A stop was honoured, at the prompt: goes on without it. [-0, +0] */
void msig_bind_noted(lua_State *L);

#endif
