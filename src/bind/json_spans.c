/*
 * json.spans: where the members of an object stand in a text, so that a part of a large document
 * can be handed on without decoding it.
 */
#include <lauxlib.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/native_json.h"
#include "format/json.h"

#define TYPE "modelsig.json.spans"
#define MOST_BYTES ((uint64_t)1 << 30)

static int close(lua_State *L) {
    msig_json_close(luaL_checkudata(L, 1, TYPE));
    return 0;
}

static const luaL_Reg metamethods[] = {{"__gc", close}, {"__close", close}, {NULL, NULL}};

static msig_status expect_object(const msig_json_event *event, msig_err *err) {
    if (event->kind == MSIG_JSON_OBJECT)
        return MSIG_OK;
    return msig_err_set(err, MSIG_EMALFORMED, (int64_t)event->offset, "JSON: expected an object");
}

/* Reads on from the beginning of an object to the value of `key` in it. */
static msig_status enter(msig_json *json, msig_span key, msig_json_event *event, msig_err *err) {
    uint64_t begin = event->offset;
    msig_status status = expect_object(event, err);
    while (status == MSIG_OK) {
        status = msig_json_next(json, event, err);
        if (status != MSIG_OK)
            return status;
        if (event->kind == MSIG_JSON_OBJECT_END)
            return msig_err_set(err, MSIG_ENOTFOUND, (int64_t)begin, "JSON: no key '%.*s'",
                                (int)(key.len < 60 ? key.len : 60), key.ptr);
        bool found = msig_span_equal(event->text, key);
        status = msig_json_next(json, event, err);
        if (found || status != MSIG_OK)
            return status;
        status = msig_json_skip(json, event, err);
    }
    return status;
}

/* Fills the table on top with {first, last} of each member of the object that `event` began. */
static msig_status collect(lua_State *L, msig_json *json, msig_json_event *event, msig_err *err) {
    msig_status status = expect_object(event, err);
    while (status == MSIG_OK) {
        status = msig_json_next(json, event, err);
        if (status != MSIG_OK || event->kind == MSIG_JSON_OBJECT_END)
            return status;
        lua_pushlstring(L, event->text.ptr, event->text.len);
        status = msig_json_next(json, event, err);
        uint64_t first = event->offset + 1;
        if (status == MSIG_OK)
            status = msig_json_leap(json, event, err);
        lua_createtable(L, 2, 0);
        lua_pushinteger(L, (lua_Integer)first);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, (lua_Integer)msig_json_offset(json));
        lua_rawseti(L, -2, 2);
        lua_rawset(L, -3);
    }
    return status;
}

/* Reads the rest, so that a text that is broken behind the object is refused as a whole. */
static msig_status finish(msig_json *json, msig_json_event *event, msig_err *err) {
    msig_status status;
    do
        status = msig_json_next(json, event, err);
    while (status == MSIG_OK && event->kind != MSIG_JSON_END);
    return status;
}

int msig_json_spans(lua_State *L) {
    msig_span text;
    msig_json_event event;
    msig_err err;
    text.ptr = luaL_checklstring(L, 1, &text.len);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    msig_json_options options = {MOST_BYTES, 128, SIZE_MAX, true};
    msig_alloc alloc = msig_bind_alloc(L);
    if (luaL_newmetatable(L, TYPE))
        luaL_setfuncs(L, metamethods, 0);
    lua_pop(L, 1);
    msig_json *json = msig_handle_new(L, sizeof *json, TYPE);
    lua_toclose(L, 3);
    msig_status status = msig_json_open_text(json, &alloc, text, 0, &options, &err);
    if (status == MSIG_OK)
        status = msig_json_next(json, &event, &err);
    lua_Unsigned depth = lua_istable(L, 2) ? lua_rawlen(L, 2) : 0;
    for (lua_Unsigned i = 0; i < depth && status == MSIG_OK; i++) {
        msig_span key;
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        key.ptr = luaL_checklstring(L, -1, &key.len);
        status = enter(json, key, &event, &err);
        lua_pop(L, 1);
    }
    lua_newtable(L);
    if (status == MSIG_OK)
        status = collect(L, json, &event, &err);
    if (status == MSIG_OK)
        status = finish(json, &event, &err);
    return status == MSIG_OK ? 1 : msig_fail(L, &err);
}
