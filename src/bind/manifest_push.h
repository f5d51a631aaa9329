/*
 * Pushes tensors and their statistics as Lua values.
 */
#ifndef MSIG_BIND_MANIFEST_PUSH_H
#define MSIG_BIND_MANIFEST_PUSH_H

#include <lua.h>

#include "format/manifest.h"

/* Each pushes one value. [-0, +1, may raise] */
void msig_push_span(lua_State *L, msig_span span);

/* Lua's integers end at 2^63-1; what is larger becomes the nearest float. */
void msig_push_size(lua_State *L, uint64_t size);

/* An array of dims. */
void msig_push_shape(lua_State *L, const uint64_t *dims, uint32_t rank);

/* The statistics of all keys that have tensors, in byte order. Keys of equal statistics share
 * one table of them, as the metatable of their entries: a model has many keys and few kinds. */
void msig_push_keys(lua_State *L, const msig_manifest *manifest);

#endif
