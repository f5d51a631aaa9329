/*
 * The functions encode(value, step) and canonical(value, between) of modelsig.native.json.
 */
#ifndef MSIG_BIND_JSON_WRITER_H
#define MSIG_BIND_JSON_WRITER_H

#include <lua.h>

/* Name of the metatable that marks a table as an array. */
#define MSIG_BIND_ARRAY "modelsig.json.array"

/* Puts the functions into the table on top. [-0, +0, may raise] */
void msig_json_writer_open(lua_State *L);

#endif
