/*
 * Functions of modelsig.native.onnx that look at pieces of a file.
 */
#ifndef MSIG_BIND_ONNX_PIECES_H
#define MSIG_BIND_ONNX_PIECES_H

#include <lua.h>

int msig_bind_onnx_headers(lua_State *L);
int msig_bind_onnx_tail(lua_State *L);

#endif
