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

#endif
