/*
 * The list of native modules; CMake makes it from the names of the files.
 */
#include <lauxlib.h>

#include "bind/bind.h"

#define ENTRY(name) {"modelsig.native." #name, luaopen_modelsig_native_##name},
static const luaL_Reg natives[] = {MSIG_NATIVE_LIST(ENTRY){NULL, NULL}};

void msig_native_preload(lua_State *L) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    luaL_setfuncs(L, natives, 0);
    lua_pop(L, 1);
}
