/*
 * What other bindings need of sources.
 */
#ifndef MSIG_BIND_NATIVE_SOURCE_H
#define MSIG_BIND_NATIVE_SOURCE_H

#include <lua.h>

#include "base/source.h"

/* Gives the open source at an argument, borrowed; raises if it is something else or closed. */
msig_source *msig_check_source(lua_State *L, int arg);

/* Opens the module modelsig.native.source. */
int luaopen_modelsig_native_source(lua_State *L);

#endif
