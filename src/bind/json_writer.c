/*
 * Writes a Lua value as JSON text: lists of plain values on one line, the keys of objects in byte
 * order. The canonical text, of which digests are made, is not for reading: equal numbers are equal
 * in it, texts stand as Lua quotes them, and a comma follows each item.
 *
 * The names of an object are sorted outside Lua. They and their values wait in the scratch table
 * SLOTS, the value under the number that its name carries and the name below it; objects inside use
 * the places above.
 */
#include "bind/json_writer.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/bind.h"
#include "format/json_write.h"

#define WRITER "modelsig.json.writer"

#define PAIRS lua_upvalueindex(1) /* the base library's */

enum { VALUE = 1, STEP, HANDLE, MARK, SLOTS, MEMO, MAX_DEPTH = 256, MAX_STEP = 16 };

/* Texts that are shorter are made again as fast as they are found. */
enum { LEAST_SPAN = 24 };

typedef struct name {
    const char *ptr; /* of the string in SLOTS */
    size_t len;
    lua_Integer slot;
} name;

typedef struct span {
    size_t start, len, depth;
} span;

typedef struct writer {
    lua_State *L;
    msig_json_text text;
    name *names; /* of the open objects, one above the other */
    size_t count, capacity;
    span *spans;
    size_t span_count, span_capacity;
    const void *open[MAX_DEPTH]; /* tables we are inside of */
    size_t depth, step;
    bool broken_lines, canonical;
    const char *between; /* parts of the canonical text */
} writer;

static int writer_close(lua_State *L) {
    writer *w = luaL_checkudata(L, 1, WRITER);
    msig_free(&w->text.alloc, w->names, w->capacity, sizeof *w->names);
    msig_free(&w->text.alloc, w->spans, w->span_capacity, sizeof *w->spans);
    w->names = NULL;
    w->spans = NULL;
    w->count = w->capacity = w->span_count = w->span_capacity = 0;
    msig_json_text_clear(&w->text);
    return 0;
}

static void put(writer *w, const char *text) { msig_json_put(&w->text, text, strlen(text)); }

static void put_break(writer *w, size_t depth) {
    if (w->broken_lines)
        msig_json_put_break(&w->text, depth * w->step);
}

static bool is_null(lua_State *L, int index) {
    return lua_isnil(L, index) || (lua_islightuserdata(L, index) && !lua_touserdata(L, index));
}

static void refuse(lua_State *L, int index, const char *what) {
    lua_pushfstring(L, "json.encode: a %s cannot be %s", luaL_typename(L, index), what);
    lua_error(L);
}

/* Begins a part of the canonical text: a scalar, a name with its colon, or a sign. */
static void begin_part(writer *w) {
    if (w->text.len > 0)
        put(w, w->between);
}

static void put_sign(writer *w, const char *sign) {
    begin_part(w);
    put(w, sign);
}

static bool is_control(char c) { return (unsigned char)c < ' ' || c == 0x7f; }

/* A control character by its number, which the next digit must not lengthen. */
static void put_control(writer *w, char c, bool before_digit) {
    char word[8];
    snprintf(word, sizeof word, before_digit ? "\\%03d" : "\\%d", c);
    put(w, word);
}

/* As %q of Lua's string.format. */
static void put_quoted(writer *w, const char *text, size_t len) {
    size_t start = 0;
    put(w, "\"");
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool by_number = is_control(c) && c != '\n';
        if (!by_number && c != '"' && c != '\\' && c != '\n')
            continue;
        msig_json_put(&w->text, text + start, i - start);
        start = by_number ? i + 1 : i;
        if (by_number)
            put_control(w, c, i + 1 < len && text[i + 1] >= '0' && text[i + 1] <= '9');
        else
            put(w, "\\");
    }
    msig_json_put(&w->text, text + start, len - start);
    put(w, "\"");
}

/* The float on top as an integer where it is one, else as Lua's tostring. */
static void put_canonical_real(writer *w) {
    static const double exact = 9007199254740992.0;
    lua_State *L = w->L;
    double value = lua_tonumber(L, -1);
    if (fabs(value) < exact && !(value < floor(value)) && !(value > floor(value))) {
        msig_json_put_integer(&w->text, (int64_t)value);
        return;
    }
    size_t len;
    const char *text = luaL_tolstring(L, -1, &len);
    msig_json_put(&w->text, text, len);
    lua_pop(L, 1);
}

static void put_text(writer *w, const char *text, size_t len) {
    if (w->canonical)
        put_quoted(w, text, len);
    else
        msig_json_put_string(&w->text, text, len);
}

static void put_real(writer *w) {
    if (w->canonical)
        put_canonical_real(w);
    else
        msig_json_put_real(&w->text, lua_tonumber(w->L, -1));
}

/* Writes the value on top, which is no table, and pops it. */
static void put_scalar(writer *w) {
    lua_State *L = w->L;
    size_t len;
    if (w->canonical)
        begin_part(w);
    if (lua_type(L, -1) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, -1, &len);
        put_text(w, text, len);
    } else if (lua_isinteger(L, -1)) {
        msig_json_put_integer(&w->text, lua_tointeger(L, -1));
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
        put_real(w);
    } else if (lua_isboolean(L, -1)) {
        put(w, lua_toboolean(L, -1) ? "true" : "false");
    } else if (is_null(L, -1)) {
        put(w, "null");
    } else {
        refuse(L, -1, "written");
    }
    lua_pop(L, 1);
}

static void put_value(writer *w);

static bool holds_tables(lua_State *L, lua_Integer count) {
    bool holds = false;
    for (lua_Integer i = 1; i <= count && !holds; i++) {
        holds = lua_geti(L, -1, i) == LUA_TTABLE;
        lua_pop(L, 1);
    }
    return holds;
}

/* Writes the list on top, which stays there. */
static void put_list(writer *w) {
    lua_State *L = w->L;
    lua_Integer count = luaL_len(L, -1);
    bool lines = holds_tables(L, count);
    put(w, "[");
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1)
            put(w, lines ? "," : ", ");
        if (lines)
            put_break(w, w->depth);
        lua_geti(L, -1, i);
        put_value(w);
    }
    if (lines)
        put_break(w, w->depth - 1);
    put(w, "]");
}

static void put_canonical_list(writer *w) {
    lua_State *L = w->L;
    lua_Integer count = luaL_len(L, -1);
    put_sign(w, "[");
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, -1, i);
        put_value(w);
        put_sign(w, ",");
    }
    put_sign(w, "]");
}

/* Puts a plain copy, with texts for keys, in the place of the table on top. */
static void make_plain(writer *w) {
    lua_State *L = w->L;
    lua_newtable(L);
    lua_pushvalue(L, PAIRS);
    lua_pushvalue(L, -3);
    lua_call(L, 1, 3); /* table copy step state key */
    for (;;) {
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -3);
        lua_call(L, 2, 2); /* ... step state key new value */
        if (lua_isnil(L, -2))
            break;
        if (lua_type(L, -2) != LUA_TSTRING && lua_type(L, -2) != LUA_TNUMBER)
            refuse(L, -2, "a key");
        lua_copy(L, -2, -3); /* ... step state new new value */
        size_t start = w->text.len;
        if (lua_isinteger(L, -2))
            msig_json_put_integer(&w->text, lua_tointeger(L, -2));
        else if (lua_type(L, -2) == LUA_TNUMBER)
            msig_json_put_real(&w->text, lua_tonumber(L, -2));
        if (w->text.len > start) {
            lua_pushlstring(L, w->text.ptr + start, w->text.len - start);
            lua_replace(L, -3);
            w->text.len = start;
        }
        lua_rawset(L, -6);
    }
    lua_pop(L, 5); /* table copy */
    lua_remove(L, -2);
}

static int by_name(const void *x, const void *y) {
    const name *a = x, *b = y;
    int order = memcmp(a->ptr, b->ptr, a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Collects names and values of the table on top. False when a key is no text. */
static bool collect(writer *w) {
    lua_State *L = w->L;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            lua_pop(L, 2);
            return false;
        }
        if (!msig_grow(&w->text.alloc, &w->names, &w->capacity, w->count + 1, sizeof *w->names)) {
            w->text.failed = true;
            lua_pop(L, 2);
            return true;
        }
        name *made = &w->names[w->count++];
        made->ptr = lua_tolstring(L, -2, &made->len);
        made->slot = 2 * (lua_Integer)w->count;
        lua_rawseti(L, SLOTS, made->slot);
        lua_pushvalue(L, -1);
        lua_rawseti(L, SLOTS, made->slot - 1);
    }
    return true;
}

/* Collects names and values of the object on top, or of the plain copy that takes its place, in
 * their order. Gives where the names begin; they end with the array. */
static size_t open_object(writer *w) {
    lua_State *L = w->L;
    size_t start = w->count;
    bool special = luaL_getmetafield(L, -1, "__pairs") != LUA_TNIL;
    if (special)
        lua_pop(L, 1);
    if (special || !collect(w)) {
        w->count = start;
        make_plain(w);
        collect(w);
    }
    if (w->count > start + 1)
        qsort(w->names + start, w->count - start, sizeof *w->names, by_name);
    return start;
}

/* The object on top; it stays there, or its plain copy. */
static void put_object(writer *w) {
    size_t start = open_object(w), end = w->count;
    put(w, "{");
    for (size_t i = start; i < end; i++) {
        name at = w->names[i]; /* the array moves */
        if (i > start)
            put(w, ",");
        put_break(w, w->depth);
        msig_json_put_string(&w->text, at.ptr, at.len);
        put(w, ": ");
        lua_rawgeti(w->L, SLOTS, at.slot);
        put_value(w);
    }
    w->count = start;
    if (end > start)
        put_break(w, w->depth - 1);
    put(w, "}");
}

static void put_canonical_object(writer *w) {
    size_t start = open_object(w), end = w->count;
    put_sign(w, "{");
    for (size_t i = start; i < end; i++) {
        name at = w->names[i]; /* the array moves */
        begin_part(w);
        put_quoted(w, at.ptr, at.len);
        put(w, ":");
        lua_rawgeti(w->L, SLOTS, at.slot);
        put_value(w);
        put_sign(w, ",");
    }
    w->count = start;
    put_sign(w, "}");
}

/* Is the table on top a list? Metamethods are asked for its first item only if it has `__pairs`, as
 * a view has: a strict table would raise. */
static bool is_list(lua_State *L) {
    int top = lua_gettop(L);
    bool is = lua_rawgeti(L, -1, 1) != LUA_TNIL;
    if (!is && lua_getmetatable(L, top)) {
        is = lua_rawequal(L, -1, MARK) || (luaL_getmetafield(L, top, "__pairs") != LUA_TNIL &&
                                           lua_geti(L, top, 1) != LUA_TNIL);
    }
    lua_settop(L, top);
    return is;
}

static void enter(writer *w) {
    lua_State *L = w->L;
    const void *self = lua_topointer(L, -1);
    luaL_checkstack(L, LUA_MINSTACK, "JSON");
    for (size_t i = 0; i < w->depth; i++)
        if (w->open[i] == self) {
            lua_pushliteral(L, "json.encode: a table contains itself");
            lua_error(L);
        }
    if (w->depth == MAX_DEPTH) {
        lua_pushfstring(L, "json.encode: deeper than %d", MAX_DEPTH);
        lua_error(L);
    }
    w->open[w->depth++] = self;
}

/* Writes the table on top again if it was written at this depth before. */
static bool put_again(writer *w) {
    lua_State *L = w->L;
    bool known = false;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, MEMO) == LUA_TNUMBER) {
        span at = w->spans[lua_tointeger(L, -1)];
        known = at.depth == w->depth;
        if (known)
            msig_json_put_again(&w->text, at.start, at.len);
    }
    lua_pop(L, 1);
    return known;
}

/* Remembers the table on top, whose text begins at `start`. */
static void remember(writer *w, size_t start) {
    lua_State *L = w->L;
    span made = {start, w->text.len - start, w->depth};
    if (made.len < LEAST_SPAN || !msig_grow(&w->text.alloc, &w->spans, &w->span_capacity,
                                            w->span_count + 1, sizeof *w->spans))
        return;
    w->spans[w->span_count] = made;
    lua_pushvalue(L, -1);
    lua_pushinteger(L, (lua_Integer)w->span_count++);
    lua_rawset(L, MEMO);
}

static void put_table(writer *w) {
    lua_State *L = w->L;
    size_t start = w->text.len;
    if (!put_again(w)) {
        enter(w);
        lua_pushvalue(L, -1); /* a copy may take its place */
        if (is_list(L))
            w->canonical ? put_canonical_list(w) : put_list(w);
        else
            w->canonical ? put_canonical_object(w) : put_object(w);
        lua_pop(L, 1);
        w->depth--;
        remember(w, start);
    }
    lua_pop(L, 1);
}

/* Writes the value on top and pops it. */
static void put_value(writer *w) {
    if (lua_istable(w->L, -1))
        put_table(w);
    else
        put_scalar(w);
}

/* Pushes the writer, which the stack closes, and what else it keeps there. */
static writer *begin(lua_State *L) {
    lua_settop(L, STEP);
    writer *w = msig_handle_new(L, sizeof *w, WRITER);
    w->L = L;
    w->text.alloc = msig_bind_alloc(L);
    lua_toclose(L, HANDLE);
    luaL_getmetatable(L, MSIG_BIND_ARRAY);
    for (int i = SLOTS; lua_istable(L, VALUE) && i <= MEMO; i++)
        lua_newtable(L);
    return w;
}

static int write_value(writer *w) {
    lua_State *L = w->L;
    lua_pushvalue(L, VALUE);
    put_value(w);
    if (w->text.failed) {
        msig_err err;
        msig_err_nomem(&err);
        return msig_fail(L, &err);
    }
    lua_pushlstring(L, w->text.ptr, w->text.len);
    return 1;
}

/* encode(value, step) -> text */
static int json_encode(lua_State *L) {
    luaL_checkany(L, VALUE);
    bool one_line = lua_isnoneornil(L, STEP);
    lua_Integer step = one_line ? 0 : luaL_checkinteger(L, STEP);
    luaL_argcheck(L, step >= 0 && step <= MAX_STEP, STEP, "0 to 16 spaces");
    writer *w = begin(L);
    w->step = (size_t)step;
    w->broken_lines = !one_line;
    return write_value(w);
}

/* canonical(value, between) -> text */
static int json_canonical(lua_State *L) {
    luaL_checkany(L, VALUE);
    const char *between = luaL_optstring(L, STEP, "");
    writer *w = begin(L);
    w->canonical = true;
    w->between = between;
    return write_value(w);
}

static const luaL_Reg functions[] = {
    {"canonical", json_canonical}, {"encode", json_encode}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", writer_close}, {"__close", writer_close}, {NULL, NULL}};

void msig_json_writer_open(lua_State *L) {
    if (luaL_newmetatable(L, WRITER))
        luaL_setfuncs(L, metamethods, 0);
    lua_pop(L, 1);
    lua_getglobal(L, "pairs");
    luaL_setfuncs(L, functions, 1);
}
