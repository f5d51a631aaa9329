/*
 * How `require` finds the product's own modules, in a host and in a stock Lua alike.
 */
#ifndef MSIG_HOST_SEARCHER_H
#define MSIG_HOST_SEARCHER_H

#include <lua.h>

#include "bind/bind.h"

/* Registry field: the folder that holds lua/, rules/, ... and is read before the embedded files. */
#define MSIG_LUA_DIR "modelsig.lua_dir"

/* Makes native modules and modelsig.* known to `require`: native ones in package.preload, so that
 * nothing replaces them; the others by a searcher right after it, which looks into lua_dir (NULL:
 * $MODELSIG_LUA_DIR, or the source tree in debug builds) and then into the embedded files.
 * [-0, +0, may raise] */
void msig_searcher_install(lua_State *L, const char *lua_dir);

/* `require "modelsig"` of a stock Lua. */
MSIG_LUA_OPEN int luaopen_modelsig(lua_State *L);

#endif
