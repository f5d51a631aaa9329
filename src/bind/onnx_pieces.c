#include "bind/onnx_pieces.h"

#include <lauxlib.h>

#include "bind/bind.h"

#if MODELSIG_ONNX

#include "format/onnx_scan.h"
#include "format/protowire.h"

/* headers(text, at) -> {{begin, offset, bytes}, ...}: what looks like a large tensor in a piece of
 * a file that lies at this offset: where its header and its values begin, and their bytes */
int msig_bind_onnx_headers(lua_State *L) {
    msig_span text;
    msig_onnx_header header;
    text.ptr = luaL_checklstring(L, 1, &text.len);
    lua_Integer at = luaL_checkinteger(L, 2);
    size_t from = 0;
    lua_newtable(L);
    for (lua_Integer n = 1;
         msig_onnx_scan(text, from, msig_wire_default_limits.jump, &header); n++) {
        lua_createtable(L, 3, 0);
        lua_pushinteger(L, at + (lua_Integer)header.begin);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, at + (lua_Integer)header.payload);
        lua_rawseti(L, -2, 2);
        lua_pushinteger(L, (lua_Integer)header.bytes);
        lua_rawseti(L, -2, 3);
        lua_rawseti(L, -2, n);
        if (header.bytes > text.len - header.payload)
            break;
        from = header.payload + (size_t)header.bytes;
    }
    return 1;
}

/* tail(text) -> how many bytes of the end of a file look like fields up to its very end */
int msig_bind_onnx_tail(lua_State *L) {
    msig_span text;
    text.ptr = luaL_checklstring(L, 1, &text.len);
    msig_alloc alloc = msig_bind_alloc(L);
    lua_pushinteger(L, (lua_Integer)(text.len - msig_onnx_tail(&alloc, text)));
    return 1;
}

#endif
