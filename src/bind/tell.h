/*
 * The message handler of calls of rules: an error of any kind as text, with the line of the rule
 * that raised it.
 */
#ifndef MSIG_BIND_TELL_H
#define MSIG_BIND_TELL_H

#include <lua.h>
#include <stdbool.h>

/* Pushes the handler. Pops a table that has the sources of rules as keys. [-1, +1, may raise] */
void msig_tell_push(lua_State *L);

/* Does a hook fire for the handler? Then no budget ends it: an error must be told.
 * [-0, +0], needs 1 free slot */
bool msig_tell_runs(lua_State *L, lua_Debug *activation);

#endif
