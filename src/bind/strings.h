/*
 * Functions of strings for users' rules. Those of Lua that search with patterns, or repeat, can
 * work for ever inside C; these do the same and take what they do from the budget.
 */
#ifndef MSIG_BIND_STRINGS_H
#define MSIG_BIND_STRINGS_H

#include <lua.h>

/* Pushes a table of them: those of Lua whose work is bounded by their arguments, and ours for
 * patterns and repetition. [-0, +1, may raise] */
void msig_strings_push(lua_State *L);

#endif
