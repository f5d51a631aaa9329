/*
 * modelsig.native.json: JSON text to Lua values, with findings for what is read though JSON does
 * not allow it, and back, see json_writer.c.
 */
#include "bind/native_json.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/json_writer.h"
#include "format/json.h"
#include "format/sniff.h"

#define READER "modelsig.json.reader"
#define MAX_BYTES 10000000
#define MAX_DEPTH 128

/* A document of ten million bytes can give cause for millions of findings; nobody reads them, and
 * each takes many times the bytes that it is about. */
#define MOST_FINDINGS 100

/* Fixed places on the stack of decode; containers that are being filled stand above. */
enum { TEXT = 1, OPTIONS, HANDLE, FINDINGS, MARK, BASE = MARK };

typedef struct level {
    lua_Integer count; /* elements of an array, keys of an object */
    bool object;
    bool wraps_float; /* an object whose only key is "__float__" so far */
} level;

typedef struct decoder {
    msig_json json;
    lua_State *L;
    size_t depth;
    lua_Integer findings, unkept;
    level levels[MAX_DEPTH + 1];
} decoder;

static int reader_close(lua_State *L) {
    decoder *d = luaL_checkudata(L, 1, READER);
    msig_json_close(&d->json);
    return 0;
}

/* Pushes where we are: "a.b[2]". The containers are on the stack, each object with its pending key
 * above it. [-0, +1] */
static void push_where(decoder *d) {
    lua_State *L = d->L;
    int place = BASE;
    luaL_Buffer buffer;
    lua_checkstack(L, 8);
    lua_newtable(L);
    int parts = lua_gettop(L);
    lua_Integer n = 0;
    for (size_t i = 0; i < d->depth; i++) {
        place++;
        if (!d->levels[i].object) {
            lua_pushfstring(L, "[%I]", (LUAI_UACINT)(d->levels[i].count + 1));
            lua_rawseti(L, parts, ++n);
        } else if (++place < parts) {
            if (n > 0) {
                lua_pushliteral(L, ".");
                lua_rawseti(L, parts, ++n);
            }
            lua_pushvalue(L, place);
            lua_rawseti(L, parts, ++n);
        }
    }
    luaL_buffinit(L, &buffer);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, parts, i);
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    lua_remove(L, parts);
}

static void add_finding(decoder *d, const char *code, const char *message) {
    lua_State *L = d->L;
    if (d->findings >= MOST_FINDINGS) {
        d->unkept++;
        return;
    }
    push_where(d); /* where */
    lua_createtable(L, 0, 3);
    lua_insert(L, -2);
    lua_setfield(L, -2, "where");
    lua_pushstring(L, code);
    lua_setfield(L, -2, "code");
    lua_pushstring(L, message);
    lua_setfield(L, -2, "message");
    lua_rawseti(L, FINDINGS, ++d->findings);
}

static void count_unkept(decoder *d) {
    lua_State *L = d->L;
    if (d->unkept == 0)
        return;
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "more");
    lua_setfield(L, -2, "code");
    lua_pushfstring(L, "%I more findings in the same text", (LUAI_UACINT)d->unkept);
    lua_setfield(L, -2, "message");
    lua_rawseti(L, FINDINGS, ++d->findings);
}

static void push_scalar(decoder *d, const msig_json_event *event) {
    lua_State *L = d->L;
    switch (event->kind) {
    case MSIG_JSON_STRING: lua_pushlstring(L, event->text.ptr, event->text.len); break;
    case MSIG_JSON_INTEGER: lua_pushinteger(L, event->number.integer); break;
    case MSIG_JSON_NATURAL: lua_pushnumber(L, (lua_Number)event->number.natural); break;
    case MSIG_JSON_REAL: lua_pushnumber(L, event->number.real); break;
    case MSIG_JSON_TRUE: lua_pushboolean(L, 1); break;
    case MSIG_JSON_FALSE: lua_pushboolean(L, 0); break;
    default: lua_pushlightuserdata(L, NULL); break;
    }
}

static void add_mark_findings(decoder *d, const msig_json_event *event) {
    if (event->kind == MSIG_JSON_NATURAL || event->marks & MSIG_JSON_ROUNDED)
        add_finding(d, "big_integer",
                    "an integer beyond 64 bits with sign, read as the nearest float");
    if (event->marks & MSIG_JSON_NONFINITE)
        add_finding(d, "nonfinite", "a bare NaN or Infinity, which JSON does not have");
    if (event->marks & MSIG_JSON_OVERFLOW && !(event->marks & MSIG_JSON_ROUNDED))
        add_finding(d, "overflow", "a number beyond double, read as infinity");
    if (event->marks & MSIG_JSON_REPLACED)
        add_finding(d, "surrogate", "half of a surrogate pair, read as U+FFFD");
}

/* Puts the value on top into the container below it. */
static void store(decoder *d) {
    lua_State *L = d->L;
    if (d->depth == 0)
        return; /* the whole document */
    level *top = &d->levels[d->depth - 1];
    top->count++;
    if (top->object)
        lua_rawset(L, -3); /* ... object key value -> ... object */
    else
        lua_rawseti(L, -2, top->count);
}

static void open_container(decoder *d, bool object) {
    lua_State *L = d->L;
    level fresh = {0, object, false};
    luaL_checkstack(L, 12, "JSON");
    lua_newtable(L);
    if (!object) {
        lua_pushvalue(L, MARK);
        lua_setmetatable(L, -2);
    }
    d->levels[d->depth++] = fresh;
}

/* {"__float__": "Infinity"}, on top, becomes the number. */
static void unwrap_float(decoder *d) {
    static const struct {
        const char *text;
        double value;
    } words[] = {{"Infinity", INFINITY}, {"-Infinity", -INFINITY}, {"NaN", NAN}};
    lua_State *L = d->L;
    lua_getfield(L, -1, "__float__");
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i].text) != 0)
            continue;
        lua_pop(L, 2);
        add_finding(d, "nonfinite", "a number written as {\"__float__\": ...}");
        lua_pushnumber(L, words[i].value);
        return;
    }
    lua_pop(L, 1);
}

static void close_container(decoder *d) {
    level *top = &d->levels[--d->depth];
    if (top->object && top->count == 1 && top->wraps_float)
        unwrap_float(d);
    store(d);
}

static void take_key(decoder *d, const msig_json_event *event) {
    lua_State *L = d->L;
    level *top = &d->levels[d->depth - 1];
    lua_pushlstring(L, event->text.ptr, event->text.len);
    top->wraps_float = lua_rawlen(L, -1) == 9 && strcmp(lua_tostring(L, -1), "__float__") == 0;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) {
        lua_pop(L, 1);
        add_finding(d, "duplicate_key", "a key twice, the last one counts");
        top->count--;
    } else {
        lua_pop(L, 1);
    }
    if (event->marks & MSIG_JSON_REPLACED)
        add_mark_findings(d, event);
}

static void take(decoder *d, const msig_json_event *event) {
    switch (event->kind) {
    case MSIG_JSON_OBJECT: open_container(d, true); break;
    case MSIG_JSON_ARRAY: open_container(d, false); break;
    case MSIG_JSON_OBJECT_END:
    case MSIG_JSON_ARRAY_END: close_container(d); break;
    case MSIG_JSON_KEY: take_key(d, event); break;
    default:
        add_mark_findings(d, event);
        push_scalar(d, event);
        store(d);
    }
}

static lua_Integer option(lua_State *L, const char *name, lua_Integer standard, lua_Integer most) {
    if (lua_isnoneornil(L, OPTIONS))
        return standard;
    lua_getfield(L, OPTIONS, name);
    lua_Integer value = luaL_optinteger(L, -1, standard);
    lua_pop(L, 1);
    luaL_argcheck(L, value >= 1 && value <= most, OPTIONS, name);
    return value;
}

/* Names an HTML page, a pointer text and the like; err is what the reader said. */
static void explain(const msig_alloc *alloc, msig_span text, msig_err *err) {
    msig_source *source;
    msig_err ignored;
    if (text.len == 0)
        msig_err_set(err, MSIG_ETRUNCATED, 0, "expected JSON, found an empty file");
    else if (msig_source_open_memory(alloc, text.ptr, text.len, &source, &ignored) == MSIG_OK) {
        msig_sniff_explain(source, "JSON", err->code, err);
        msig_source_close(source);
    }
    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0 && err->code == MSIG_EMALFORMED)
        msig_err_set(err, MSIG_EMALFORMED, 0, "expected JSON, found a byte order mark before it");
}

int msig_json_decode(lua_State *L) {
    msig_span text;
    text.ptr = luaL_checklstring(L, TEXT, &text.len);
    if (!lua_isnoneornil(L, OPTIONS))
        luaL_checktype(L, OPTIONS, LUA_TTABLE);
    lua_settop(L, OPTIONS);
    msig_json_options options = {0, 0, 0, true};
    options.max_bytes = (uint64_t)option(L, "max_bytes", MAX_BYTES, LUA_MAXINTEGER);
    options.max_depth = (size_t)option(L, "max_depth", MAX_DEPTH, MAX_DEPTH);
    options.max_string = SIZE_MAX;
    msig_alloc alloc = msig_bind_alloc(L);
    decoder *d = msig_handle_new(L, sizeof *d, READER);
    lua_toclose(L, HANDLE);
    lua_newtable(L);                        /* FINDINGS */
    luaL_getmetatable(L, MSIG_BIND_ARRAY); /* MARK */
    d->L = L;
    msig_err err;
    msig_json_event event;
    msig_status status = msig_json_open_text(&d->json, &alloc, text, 0, &options, &err);
    while (status == MSIG_OK) {
        status = msig_json_next(&d->json, &event, &err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_END)
            break;
        take(d, &event);
    }
    if (status != MSIG_OK) {
        explain(&alloc, text, &err);
        return msig_fail(L, &err);
    }
    count_unkept(d);
    lua_pushvalue(L, FINDINGS);
    return 2;
}

static int json_array(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_setmetatable(L, MSIG_BIND_ARRAY);
    return 1;
}

static int json_is_array(lua_State *L) {
    bool is = false;
    luaL_checkany(L, 1);
    if (lua_istable(L, 1) && lua_getmetatable(L, 1)) {
        luaL_getmetatable(L, MSIG_BIND_ARRAY);
        is = lua_rawequal(L, -1, -2);
    }
    lua_pushboolean(L, is);
    return 1;
}

static const luaL_Reg functions[] = {{"decode", msig_json_decode},
                                     {"spans", msig_json_spans},
                                     {"array", json_array},
                                     {"is_array", json_is_array},
                                     {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", reader_close}, {"__close", reader_close}, {NULL, NULL}};

int luaopen_modelsig_native_json(lua_State *L) {
    luaL_newmetatable(L, MSIG_BIND_ARRAY);
    lua_pop(L, 1);
    if (luaL_newmetatable(L, READER))
        luaL_setfuncs(L, metamethods, 0);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    msig_json_writer_open(L);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
