/*
 * modelsig.native.manifest: readers of weight files and what is known of all tensors. The lists
 * stay in C; Lua gets statistics per key, and single tensors when it asks for them.
 */
#include <lauxlib.h>

#include "bind/bind.h"
#include "bind/manifest_push.h"
#include "bind/native_json.h"
#include "bind/native_manifest.h"
#include "bind/native_source.h"
#include "format/dtype.h"
#include "format/index.h"
#include "format/manifest.h"
#include "format/safetensors.h"

#define TYPE "modelsig.manifest"

int luaopen_modelsig_native_manifest(lua_State *L);

typedef struct manifest_handle {
    msig_manifest *manifest; /* NULL: closed */
} manifest_handle;

static msig_manifest *check_at(lua_State *L, int arg) {
    manifest_handle *handle = luaL_checkudata(L, arg, TYPE);
    if (!handle->manifest)
        luaL_argerror(L, arg, "the manifest is closed");
    return handle->manifest;
}

static msig_manifest *check(lua_State *L) {
    return check_at(L, 1);
}

msig_manifest *msig_check_manifest(lua_State *L, int arg) {
    msig_manifest *m = check_at(L, arg);
    if (msig_manifest_is_finished(m))
        luaL_argerror(L, arg, "the manifest is finished");
    return m;
}

static msig_manifest *check_open(lua_State *L) {
    return msig_check_manifest(L, 1);
}

static msig_span check_span(lua_State *L, int arg) {
    msig_span span;
    span.ptr = luaL_checklstring(L, arg, &span.len);
    return span;
}

void msig_push_findings(lua_State *L, const msig_manifest *m, size_t first) {
    size_t count = msig_manifest_finding_count(m);
    lua_createtable(L, (int)(count - first), 0);
    for (size_t i = first; i < count; i++) {
        const msig_finding *finding = msig_manifest_finding(m, i);
        lua_createtable(L, 0, 3);
        lua_pushstring(L, finding->code);
        lua_setfield(L, -2, "code");
        msig_push_span(L, finding->message);
        lua_setfield(L, -2, "message");
        if (finding->where.len) {
            msig_push_span(L, finding->where);
            lua_setfield(L, -2, "where");
        }
        lua_rawseti(L, -2, (lua_Integer)(i - first + 1));
    }
}

/* Sets t.metadata to the table that the JSON text says, if there is any; t is on top. */
static void set_metadata(lua_State *L, msig_span text) {
    if (text.len == 0)
        return;
    lua_pushcfunction(L, msig_json_decode);
    msig_push_span(L, text);
    lua_call(L, 1, 1);
    lua_setfield(L, -2, "metadata");
}

static bool option(lua_State *L, int arg, const char *name) {
    if (lua_isnoneornil(L, arg))
        return false;
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_getfield(L, arg, name);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

static int manifest_new(lua_State *L) {
    msig_err err;
    msig_alloc alloc = msig_bind_alloc(L);
    manifest_handle *handle = msig_handle_new(L, sizeof *handle, TYPE);
    if (msig_manifest_open(&alloc, &handle->manifest, &err) != MSIG_OK)
        return msig_fail(L, &err);
    return 1;
}

static int manifest_read_index(lua_State *L) {
    msig_manifest *m = check_open(L);
    msig_source *source = msig_check_source(L, 2);
    msig_span name = check_span(L, 3);
    msig_index_info info;
    msig_err err;
    size_t before = msig_manifest_finding_count(m);
    msig_manifest_set_strict(m, option(L, 4, "strict"));
    if (msig_index_read(m, source, name, &info, &err) != MSIG_OK)
        return msig_fail(L, &err);
    lua_createtable(L, 0, 4);
    set_metadata(L, info.metadata);
    size_t shards = msig_index_shard_count(m);
    lua_createtable(L, (int)shards, 0);
    for (size_t i = 0; i < shards; i++) {
        msig_push_span(L, msig_index_shard(m, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "shards");
    lua_pushinteger(L, (lua_Integer)info.entries);
    lua_setfield(L, -2, "count");
    msig_push_findings(L, m, before);
    lua_setfield(L, -2, "findings");
    return 1;
}

static int manifest_read_safetensors(lua_State *L) {
    msig_manifest *m = check_open(L);
    msig_source *source = msig_check_source(L, 2);
    msig_span file = check_span(L, 3);
    msig_safetensors_options options = {option(L, 4, "unknown_dtypes")};
    msig_safetensors_info info;
    msig_err err;
    size_t before = msig_manifest_finding_count(m);
    msig_manifest_set_strict(m, option(L, 4, "strict"));
    msig_status status;
    if (option(L, 4, "detached")) {
        int whole;
        lua_getfield(L, 4, "file_size");
        lua_Integer size = lua_tointegerx(L, -1, &whole);
        luaL_argcheck(L, whole && size >= 0, 4, "file_size: expected a number of bytes");
        status =
            msig_safetensors_read_detached(m, source, (uint64_t)size, file, &options, &info, &err);
    } else {
        status = msig_safetensors_read(m, source, file, &options, &info, &err);
    }
    if (status != MSIG_OK)
        return msig_fail(L, &err);
    lua_createtable(L, 0, 4);
    msig_push_size(L, info.tensors);
    lua_setfield(L, -2, "tensors");
    msig_push_size(L, info.header_bytes);
    lua_setfield(L, -2, "header_bytes");
    set_metadata(L, info.metadata);
    msig_push_findings(L, m, before);
    lua_setfield(L, -2, "findings");
    return 1;
}

static int manifest_finish(lua_State *L) {
    msig_manifest *m = check(L);
    msig_err err;
    size_t before = msig_manifest_finding_count(m);
    msig_manifest_set_strict(m, option(L, 2, "strict"));
    if (msig_manifest_finish(m, &err) != MSIG_OK)
        return msig_fail(L, &err);
    msig_push_findings(L, m, before);
    return 1;
}

static int manifest_tensor(lua_State *L) {
    msig_manifest *m = check(L);
    lua_Integer i = luaL_checkinteger(L, 2);
    if (i < 1 || (lua_Unsigned)i > msig_manifest_count(m))
        return 0;
    msig_tensor tensor = msig_manifest_tensor(m, (size_t)i - 1);
    msig_push_span(L, tensor.name);
    msig_push_span(L, tensor.dtype);
    msig_push_shape(L, tensor.dims, tensor.rank);
    msig_push_size(L, tensor.bytes);
    msig_push_span(L, tensor.file);
    return 5;
}

static int manifest_keys(lua_State *L) {
    msig_push_keys(L, check(L));
    return 1;
}

/* The dims at an argument, in a userdata. [-0, +1] */
static const uint64_t *push_dims(lua_State *L, int arg, uint32_t *count) {
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_Unsigned rank = lua_rawlen(L, arg);
    luaL_argcheck(L, rank <= 65536, arg, "expected at most 65536 dims");
    uint64_t *dims = lua_newuserdatauv(L, (size_t)(rank + 1) * sizeof *dims, 0);
    for (lua_Unsigned i = 0; i < rank; i++) {
        int whole;
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        lua_Integer dim = lua_tointegerx(L, -1, &whole);
        luaL_argcheck(L, whole && dim >= 0, arg, "expected whole numbers");
        dims[i] = (uint64_t)dim;
        lua_pop(L, 1);
    }
    *count = (uint32_t)rank;
    return dims;
}

static int manifest_add(lua_State *L) {
    msig_manifest *m = check_open(L);
    msig_tensor tensor = {.name = check_span(L, 2), .dtype = check_span(L, 3), .file = {"", 0}};
    if (!lua_isnoneornil(L, 5))
        tensor.file = check_span(L, 5);
    tensor.dims = push_dims(L, 4, &tensor.rank);
    msig_err err;
    uint32_t dtype = msig_dtype_find(tensor.dtype);
    const char *message;
    if (dtype < MSIG_DTYPE_COUNT && msig_dtype_row(dtype)->items &&
        !msig_dtype_measure(dtype, tensor.dims, tensor.rank, &tensor.bytes, &message)) {
        msig_err_set(&err, MSIG_EMALFORMED, MSIG_NO_OFFSET, "shape of a tensor: %s", message);
        return msig_fail(L, &err);
    }
    if (msig_manifest_add(m, &tensor, &err) != MSIG_OK)
        return msig_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int manifest_bytes(lua_State *L) {
    msig_push_size(L, msig_manifest_bytes(check(L)));
    return 1;
}

static int manifest_params(lua_State *L) {
    msig_push_size(L, msig_manifest_params(check(L)));
    return 1;
}

static int manifest_len(lua_State *L) {
    msig_push_size(L, msig_manifest_count(check(L)));
    return 1;
}

static int manifest_close(lua_State *L) {
    manifest_handle *handle = luaL_checkudata(L, 1, TYPE);
    msig_manifest *m = handle->manifest;
    handle->manifest = NULL;
    msig_manifest_close(m);
    return 0;
}

static void set_integer(lua_State *L, const char *name, lua_Integer value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/* Lua has no copy of the table of dtypes: it asks here. */
static int manifest_dtypes(lua_State *L) {
    lua_createtable(L, 0, (int)MSIG_DTYPE_COUNT);
    for (uint32_t i = 0; i < MSIG_DTYPE_COUNT; i++) {
        const msig_dtype *row = msig_dtype_row(i);
        lua_createtable(L, 0, 4);
        if (row->items) {
            set_integer(L, "items", row->items);
            set_integer(L, "bytes", row->bytes);
            if (row->bytes * 8 % row->items == 0)
                lua_pushinteger(L, row->bytes * 8 / row->items);
            else
                lua_pushnumber(L, row->bytes * 8.0 / row->items);
            lua_setfield(L, -2, "bits");
        }
        if (row->block) {
            lua_pushboolean(L, 1);
            lua_setfield(L, -2, "block");
        }
        lua_setfield(L, -2, row->name);
    }
    return 1;
}

static const luaL_Reg functions[] = {
    {"new", manifest_new}, {"dtypes", manifest_dtypes}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"read_index", manifest_read_index},
    {"read_safetensors", manifest_read_safetensors},
    {"finish", manifest_finish},
    {"tensor", manifest_tensor},
    {"keys", manifest_keys},
    {"add", manifest_add},
    {"bytes", manifest_bytes},
    {"params", manifest_params},
    {"close", manifest_close},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", manifest_close}, {"__close", manifest_close}, {"__len", manifest_len}, {NULL, NULL}};

int luaopen_modelsig_native_manifest(lua_State *L) {
    if (luaL_newmetatable(L, TYPE)) {
        luaL_setfuncs(L, metamethods, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_requiref(L, "modelsig.native.json", luaopen_modelsig_native_json, 0);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
