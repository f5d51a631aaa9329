/*
 * What other bindings need of JSON.
 */
#ifndef MSIG_BIND_NATIVE_JSON_H
#define MSIG_BIND_NATIVE_JSON_H

#include <lua.h>

/* The function decode(text, options) of the module, which must have been opened. */
int msig_json_decode(lua_State *L);

/* The function spans(text, path) of the module. */
int msig_json_spans(lua_State *L);

/* Opens the module modelsig.native.json. */
int luaopen_modelsig_native_json(lua_State *L);

#endif
