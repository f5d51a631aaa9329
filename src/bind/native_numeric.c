/*
 * modelsig.native.numeric: abstract keys, expressions, similarity, digests and sets. Each call
 * works on whole lists, so that Lua never goes through them element by element.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include "base/hash.h"
#include "base/key.h"
#include "base/table.h"
#include "bind/bind.h"
#include "numeric/digest.h"
#include "numeric/pairs.h"
#include "numeric/solve.h"
#include "numeric/urn.h"

#define PAIRS "modelsig.numeric.pairs"

enum { DIGEST_BYTES = 32, PAIR_BYTES = 11 };

/* What a run over all pairs holds; owned by a userdata, so that an error frees it. */
typedef struct pool {
    msig_alloc alloc;
    msig_arena arena;
    msig_intern intern;
    msig_pairs_set *sets;
    uint32_t *keys;
    char *found; /* PAIR_BYTES per pair */
    size_t count, key_count, found_size, found_capacity;
    double least;
    bool ready, no_memory;
} pool;

/* abstract(name) -> abstract key */
static int numeric_abstract(lua_State *L) {
    msig_span name;
    luaL_Buffer buffer;
    name.ptr = luaL_checklstring(L, 1, &name.len);
    char *out = luaL_buffinitsize(L, &buffer, name.len + 1);
    luaL_pushresultsize(&buffer, msig_key_abstract(name, out, NULL));
    return 1;
}

static const char *string_at(lua_State *L, int list, lua_Integer i, size_t *len) { /* [+1] */
    if (lua_geti(L, list, i) != LUA_TSTRING)
        luaL_error(L, "a list of strings in byte order expected, item %d is a %s", (int)i,
                   luaL_typename(L, -1));
    return lua_tolstring(L, -1, len);
}

/* The sizes of a table name -> integer as an array in a userdata; floats, flags and other values
 * are no sizes. With side b only what both have is kept. [-0, +1] */
static msig_symbol *push_symbols(lua_State *L, int a, int b, size_t *count) {
    msig_symbol *symbols;
    size_t capacity = 0, n = 0;
    luaL_checktype(L, a, LUA_TTABLE);
    luaL_checktype(L, b, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, a); lua_pop(L, 1))
        capacity++;
    symbols = lua_newuserdatauv(L, (capacity + 1) * sizeof *symbols, 0);
    for (lua_pushnil(L); lua_next(L, a); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isinteger(L, -1))
            continue;
        lua_pushvalue(L, -2);
        lua_rawget(L, b);
        if (lua_isinteger(L, -1)) {
            symbols[n].name.ptr = lua_tolstring(L, -3, &symbols[n].name.len);
            symbols[n].a = lua_tointeger(L, -2);
            symbols[n].b = lua_tointeger(L, -1);
            n++;
        }
        lua_pop(L, 1);
    }
    *count = n;
    return symbols;
}

/* common_expression(dim_a, sizes_a, dim_b, sizes_b) -> text, or nil where there is none */
static int numeric_common_expression(lua_State *L) {
    lua_Integer dim_a = luaL_checkinteger(L, 1);
    lua_Integer dim_b = luaL_checkinteger(L, 3);
    char text[MSIG_SOLVE_TEXT];
    size_t count;
    bool found;
    msig_err err;
    msig_alloc alloc = msig_bind_alloc(L);
    msig_symbol *symbols = push_symbols(L, 2, 4, &count);
    if (msig_solve_common(&alloc, symbols, count, dim_a, dim_b, text, &found, &err) != MSIG_OK)
        return msig_fail(L, &err);
    if (found)
        lua_pushstring(L, text);
    else
        lua_pushnil(L);
    return 1;
}

/* cosine(a, b) -> similarity of two tables name -> count: 1 where both are empty, 0 where one is */
static int numeric_cosine(lua_State *L) {
    double dot = 0, squares[2] = {0, 0};
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    for (int side = 1; side <= 2; side++)
        for (lua_pushnil(L); lua_next(L, side); lua_pop(L, 1)) {
            double x = luaL_checknumber(L, -1);
            squares[side - 1] += x * x;
            if (side == 2)
                continue;
            lua_pushvalue(L, -2);
            if (lua_rawget(L, 2) == LUA_TNUMBER)
                dot += x * lua_tonumber(L, -1);
            lua_pop(L, 1);
        }
    if (squares[0] > 0 && squares[1] > 0)
        lua_pushnumber(L, fmin(1.0, dot / sqrt(squares[0] * squares[1])));
    else
        lua_pushnumber(L, squares[0] == 0 && squares[1] == 0);
    return 1;
}

/* sha256(text) -> 64 hexadecimal digits */
static int numeric_sha256(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    char hex[MSIG_SHA256_HEX];
    msig_sha256(text, len, hex);
    lua_pushstring(L, hex);
    return 1;
}

/* The kinds of an urn from a list {length, weight, ...}. [-0, +0] */
static size_t kinds_at(lua_State *L, int list, msig_urn_kind *kinds) {
    size_t count = (size_t)luaL_len(L, list) / 2;
    luaL_argcheck(L, count >= 1 && count <= MSIG_URN_KINDS, list, "1 to 32 lengths expected");
    for (size_t i = 0; i < count; i++) {
        lua_geti(L, list, (lua_Integer)(2 * i + 1));
        lua_geti(L, list, (lua_Integer)(2 * i + 2));
        kinds[i].length = luaL_checkinteger(L, -2);
        kinds[i].weight = luaL_checknumber(L, -1);
        lua_pop(L, 2);
    }
    return count;
}

static void push_sums(lua_State *L, const msig_urn_sum *sums, size_t count) { /* [+1] */
    lua_createtable(L, (int)(2 * count), 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushinteger(L, sums[i].sum);
        lua_rawseti(L, -2, (lua_Integer)(2 * i + 1));
        lua_pushnumber(L, sums[i].share);
        lua_rawseti(L, -2, (lua_Integer)(2 * i + 2));
    }
}

/* urn(kinds, stays_out, asked, most) -> for each number of draws asked for a list {sum, share,
 * ...}, the likeliest first */
static int numeric_urn(lua_State *L) {
    enum { MOST = 4096, DRAWS = 4096 };
    msig_urn_kind kinds[MSIG_URN_KINDS];
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    size_t kind_count = kinds_at(L, 1, kinds);
    size_t count = (size_t)luaL_len(L, 3);
    lua_Integer most = luaL_checkinteger(L, 4);
    luaL_argcheck(L, most >= 1 && most <= MOST, 4, "1 to 4096 expected");
    luaL_argcheck(L, count <= DRAWS, 3, "at most 4096 expected");
    uint32_t *asked = lua_newuserdatauv(L, (count + 1) * sizeof *asked, 0);
    size_t *found = lua_newuserdatauv(L, (count + 1) * sizeof *found, 0);
    msig_urn_sum *sums = lua_newuserdatauv(L, (count * (size_t)most + 1) * sizeof *sums, 0);
    lua_Integer last = 0;
    for (size_t i = 0; i < count; i++) {
        lua_geti(L, 3, (lua_Integer)i + 1);
        lua_Integer draws = luaL_checkinteger(L, -1);
        luaL_argcheck(L, draws >= last && draws <= DRAWS, 3, "0 to 4096, ascending, expected");
        asked[i] = (uint32_t)draws;
        last = draws;
        lua_pop(L, 1);
    }
    msig_err err;
    msig_alloc alloc = msig_bind_alloc(L);
    if (msig_urn_draw(&alloc, kinds, kind_count, lua_toboolean(L, 2), asked, count, (size_t)most,
                      sums, found, &err) != MSIG_OK)
        return msig_fail(L, &err);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_sums(L, sums + i * (size_t)most, found[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int pool_close(lua_State *L) {
    pool *self = luaL_checkudata(L, 1, PAIRS);
    if (!self->ready)
        return 0;
    self->ready = false;
    msig_intern_clear(&self->intern);
    msig_arena_clear(&self->arena);
    msig_free(&self->alloc, self->sets, self->count, sizeof *self->sets);
    msig_free(&self->alloc, self->keys, self->key_count, sizeof *self->keys);
    msig_free(&self->alloc, self->found, self->found_capacity, 1);
    return 0;
}

static void put_number(char *out, uint32_t number, int bytes) {
    for (int i = 0; i < bytes; i++)
        out[i] = (char)(number >> (8 * i) & 0xff);
}

/* Keeps the pairs of a row that reach the rate asked for. */
static bool keep_row(void *ctx, size_t i, const uint16_t *common, const uint8_t *equal) {
    pool *self = ctx;
    for (size_t j = i + 1; j < self->count; j++) {
        size_t a = self->sets[i].count, b = self->sets[j].count, larger = a > b ? a : b;
        char *out;
        if ((double)common[j] < self->least * (double)larger && !equal[j])
            continue;
        self->no_memory = !msig_grow(&self->alloc, &self->found, &self->found_capacity,
                                     self->found_size + PAIR_BYTES, 1);
        if (self->no_memory)
            return false;
        out = self->found + self->found_size;
        put_number(out, (uint32_t)i + 1, 4);
        put_number(out + 4, (uint32_t)j + 1, 4);
        put_number(out + 8, common[j], 2);
        out[10] = (char)equal[j];
        self->found_size += PAIR_BYTES;
    }
    return true;
}

/* Interns the keys of fingerprint i, a table on top of the stack; false when memory runs out. */
static bool add_keys(lua_State *L, pool *self, size_t i, size_t *used) {
    size_t n = (size_t)luaL_len(L, -1);
    self->sets[i].keys = self->keys + *used;
    for (size_t k = 0; k < n && *used < self->key_count; k++) {
        msig_span text;
        text.ptr = string_at(L, lua_gettop(L), (lua_Integer)k + 1, &text.len);
        self->keys[*used] = msig_intern_put(&self->intern, text);
        lua_pop(L, 1);
        if (self->keys[(*used)++] == MSIG_NONE)
            return false;
        self->sets[i].count++;
    }
    return true;
}

/* The digests are kept by the table at index 2, which stays on the stack. */
static const uint8_t *digest_at(lua_State *L, size_t i) {
    size_t len = 0;
    const char *digest = NULL;
    if (lua_rawgeti(L, 2, (lua_Integer)i + 1) == LUA_TSTRING)
        digest = lua_tolstring(L, -1, &len);
    if (len != DIGEST_BYTES)
        luaL_error(L, "digest %d: a string of %d bytes expected", (int)i + 1, DIGEST_BYTES);
    lua_pop(L, 1);
    return (const uint8_t *)digest;
}

static size_t count_all_keys(lua_State *L, size_t count) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (lua_geti(L, 1, (lua_Integer)i + 1) != LUA_TTABLE)
            luaL_error(L, "keys %d: a list of strings expected", (int)i + 1);
        total += (size_t)luaL_len(L, -1);
        lua_pop(L, 1);
    }
    return total;
}

/* all_pairs(keys, digests, least) -> PAIR_BYTES for each pair that reaches the rate `least` */
static int numeric_all_pairs(lua_State *L) {
    pool *self;
    size_t used = 0;
    bool enough;
    msig_err err;
    msig_status status;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    self = msig_handle_new(L, sizeof *self, PAIRS);
    lua_toclose(L, -1);
    self->alloc = msig_bind_alloc(L);
    self->least = luaL_optnumber(L, 3, 0);
    self->count = (size_t)luaL_len(L, 1);
    self->key_count = count_all_keys(L, self->count);
    msig_arena_init(&self->arena, &self->alloc);
    msig_intern_init(&self->intern, &self->alloc, &self->arena);
    self->ready = true;
    self->sets = msig_new(&self->alloc, self->count, sizeof *self->sets);
    self->keys = msig_new(&self->alloc, self->key_count, sizeof *self->keys);
    enough = self->sets && self->keys;
    for (size_t i = 0; enough && i < self->count; i++) {
        self->sets[i].digest = digest_at(L, i);
        lua_geti(L, 1, (lua_Integer)i + 1);
        enough = add_keys(L, self, i, &used);
        lua_pop(L, 1);
    }
    status = enough ? msig_pairs_all(&self->alloc, self->sets, self->count, self->intern.count,
                                     keep_row, self, &err)
                    : msig_err_nomem(&err);
    if (self->no_memory)
        status = msig_err_nomem(&err);
    if (status != MSIG_OK)
        return msig_fail(L, &err);
    lua_pushlstring(L, self->found ? self->found : "", self->found_size);
    return 1;
}

/* checksum(text) -> 16 hexadecimal digits */
static int numeric_checksum(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, msig_hash(text, len, 0));
    lua_pushstring(L, hex);
    return 1;
}

static const luaL_Reg functions[] = {
    {"all_pairs", numeric_all_pairs}, /* for pools of thousands of models; nothing asks it yet */
    {"abstract", numeric_abstract},
    {"checksum", numeric_checksum},
    {"common_expression", numeric_common_expression},
    {"cosine", numeric_cosine},
    {"sha256", numeric_sha256},
    {"urn", numeric_urn},
    {NULL, NULL},
};

int luaopen_modelsig_native_numeric(lua_State *L) {
    if (luaL_newmetatable(L, PAIRS)) {
        lua_pushcfunction(L, pool_close);
        lua_setfield(L, -2, "__close");
        lua_pushcfunction(L, pool_close);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
