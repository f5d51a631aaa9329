/*
 * modelsig.native.source: byte sources for the other native modules.
 */
#include "bind/native_source.h"

#include <lauxlib.h>
#include <string.h>

#include "base/sparse.h"
#include "bind/bind.h"

#define TYPE "modelsig.source"
#define LARGEST_READ ((lua_Integer)256 << 20)

typedef struct source_handle {
    msig_source *source; /* NULL: closed */
} source_handle;

msig_source *msig_check_source(lua_State *L, int arg) {
    source_handle *handle = luaL_checkudata(L, arg, TYPE);
    if (!handle->source)
        luaL_argerror(L, arg, "the source is closed");
    return handle->source;
}

/* file(path) -> source | nil, message, code */
static int source_file(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    msig_err err;
    msig_alloc alloc = msig_bind_alloc(L);
    source_handle *handle = msig_handle_new(L, sizeof *handle, TYPE);
    if (msig_source_open_file(&alloc, path, &handle->source, &err) != MSIG_OK)
        return msig_fail(L, &err);
    return 1;
}

/* memory(text, name) -> source */
static int source_memory(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    msig_err err;
    msig_alloc alloc = msig_bind_alloc(L);
    source_handle *handle = msig_handle_new(L, sizeof *handle, TYPE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1); /* the string lives as long as the handle */
    if (msig_source_open_memory(&alloc, text, len, &handle->source, &err) != MSIG_OK)
        return msig_fail(L, &err);
    return 1;
}

/* sparse(size, name) -> source without bytes; `put` adds them */
static int source_sparse(lua_State *L) {
    lua_Integer size = luaL_checkinteger(L, 1);
    luaL_argcheck(L, size >= 0, 1, "expected a size, found a negative number");
    msig_err err;
    msig_alloc alloc = msig_bind_alloc(L);
    source_handle *handle = msig_handle_new(L, sizeof *handle, TYPE);
    if (msig_sparse_open(&alloc, (uint64_t)size, &handle->source, &err) != MSIG_OK)
        return msig_fail(L, &err);
    return 1;
}

/* source:put(offset, text) -> true | nil, message, code */
static int source_put(lua_State *L) {
    msig_source *source = msig_check_source(L, 1);
    lua_Integer offset = luaL_checkinteger(L, 2);
    size_t len;
    const char *text = luaL_checklstring(L, 3, &len);
    luaL_argcheck(L, offset >= 0, 2, "expected an offset, found a negative number");
    msig_err err;
    if (msig_sparse_put(source, (uint64_t)offset, text, len, &err) != MSIG_OK)
        return msig_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int source_size(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)msig_source_size(msig_check_source(L, 1)));
    return 1;
}

/* source:read(offset, n) -> at most n bytes, fewer only at the end | nil, message, code, offset */
static int source_read(lua_State *L) {
    msig_source *source = msig_check_source(L, 1);
    lua_Integer offset = luaL_checkinteger(L, 2);
    lua_Integer n = luaL_checkinteger(L, 3);
    luaL_argcheck(L, offset >= 0, 2, "expected an offset, found a negative number");
    luaL_argcheck(L, n >= 0 && n <= LARGEST_READ, 3, "expected 0 bytes to 256 MiB");
    msig_err err;
    luaL_Buffer buffer;
    uint64_t size = msig_source_size(source);
    uint64_t left = (uint64_t)offset < size ? size - (uint64_t)offset : 0;
    size_t wanted = (uint64_t)n < left ? (size_t)n : (size_t)left;
    char *space = luaL_buffinitsize(L, &buffer, wanted);
    if (msig_source_read(source, (uint64_t)offset, space, wanted, &err) != MSIG_OK)
        return msig_fail(L, &err);
    luaL_pushresultsize(&buffer, wanted);
    return 1;
}

static int source_close(lua_State *L) {
    source_handle *handle = luaL_checkudata(L, 1, TYPE);
    msig_source *source = handle->source;
    handle->source = NULL;
    msig_source_close(source);
    lua_pushnil(L);
    lua_setiuservalue(L, 1, 1); /* a text goes before the handle, which waits for its finaliser */
    return 0;
}

static const luaL_Reg functions[] = {{"file", source_file},
                                     {"memory", source_memory},
                                     {"sparse", source_sparse},
                                     {NULL, NULL}};

static const luaL_Reg methods[] = {{"size", source_size},
                                   {"read", source_read},
                                   {"put", source_put},
                                   {"close", source_close},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", source_close}, {"__close", source_close}, {NULL, NULL}};

int luaopen_modelsig_native_source(lua_State *L) {
    if (luaL_newmetatable(L, TYPE)) {
        luaL_setfuncs(L, metamethods, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
