#include "bind/manifest_push.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/sum.h"
#include "bind/context.h"

/* Fields that an entry has of its own: key and first; role and layer_type are given later. */
enum { OWN_FIELDS = 4 };

#define MANY_KEYS 10000

void msig_push_span(lua_State *L, msig_span span) {
    lua_pushlstring(L, span.ptr, span.len);
}

void msig_push_size(lua_State *L, uint64_t size) {
    if (size <= INT64_MAX)
        lua_pushinteger(L, (lua_Integer)size);
    else
        lua_pushnumber(L, (lua_Number)size);
}

void msig_push_shape(lua_State *L, const uint64_t *dims, uint32_t rank) {
    lua_createtable(L, (int)rank, 0);
    for (uint32_t i = 0; i < rank; i++) {
        msig_push_size(L, dims[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void set_size(lua_State *L, const char *name, uint64_t size) {
    msig_push_size(L, size);
    lua_setfield(L, -2, name);
}

static void set_span(lua_State *L, const char *name, msig_span span) {
    msig_push_span(L, span);
    lua_setfield(L, -2, name);
}

/* Pushes {{first, last}, ...}. [-0, +1] */
static void push_ranges(lua_State *L, const msig_ranges *ranges) {
    lua_createtable(L, (int)ranges->count, 0);
    for (size_t i = 0; i < ranges->count; i++) {
        lua_createtable(L, 2, 0);
        lua_pushinteger(L, ranges->list[i].first);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, ranges->list[i].last);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* Pushes one entry of a key's `shapes`. [-0, +1] */
static void push_variant(lua_State *L, const msig_manifest *m, const msig_variant *variant) {
    lua_createtable(L, 0, 6);
    msig_push_shape(L, variant->dims, variant->rank);
    lua_setfield(L, -2, "shape");
    set_span(L, "dtype", msig_manifest_dtype_name(m, variant->dtype));
    set_size(L, "count", variant->count);
    set_size(L, "bytes", variant->bytes);
    push_ranges(L, &variant->layers);
    lua_setfield(L, -2, "layers");
    if (variant->experts.count)
        set_size(L, "experts", msig_ranges_total(&variant->experts));
}

/* A sum, unknown once it leaves 63 bits. */
typedef struct total {
    uint64_t sum;
    bool unknown;
} total;

static void add_times(total *to, uint64_t count, uint64_t size) {
    uint64_t product;
    if (!msig_mul(count, size, &product) || !msig_add(to->sum, product, &to->sum) ||
        to->sum > INT64_MAX)
        to->unknown = true;
}

static void set_total(lua_State *L, const char *name, total value) {
    if (!value.unknown)
        set_size(L, name, value.sum);
}

/* Pushes what a key and others like it have in common. [-0, +1] */
static void push_statistics(lua_State *L, const msig_manifest *m, const msig_variant *first) {
    total count = {0, false}, params = {0, false}, bytes = {0, false};
    lua_Integer n = 0;
    lua_createtable(L, 0, 6);
    lua_createtable(L, 1, 0); /* statistics shapes */
    for (const msig_variant *variant = first; variant;
         variant = msig_manifest_next_variant(m, variant)) {
        add_times(&count, variant->count, 1);
        add_times(&params, variant->count, variant->elements);
        add_times(&bytes, variant->count, variant->bytes);
        push_variant(L, m, variant);
        if (n == 0) {
            lua_getfield(L, -1, "shape");
            lua_setfield(L, -4, "shape");
        }
        lua_rawseti(L, -2, ++n);
    }
    lua_setfield(L, -2, "shapes");
    set_span(L, "dtype", msig_manifest_dtype_name(m, first->dtype));
    set_total(L, "count", count);
    set_total(L, "params", params);
    set_total(L, "bytes", bytes);
}

static uint64_t hash_ranges(uint64_t hash, const msig_ranges *ranges) {
    return msig_hash(ranges->list, ranges->count * sizeof *ranges->list, hash);
}

static uint64_t hash_statistics(const msig_manifest *m, const msig_variant *variant) {
    uint64_t hash = 0;
    for (; variant; variant = msig_manifest_next_variant(m, variant)) {
        hash = msig_hash_mix(hash, variant->dtype);
        hash = msig_hash_mix(hash, variant->count);
        hash = msig_hash_mix(hash, variant->bytes);
        hash = msig_hash(variant->dims, variant->rank * sizeof *variant->dims, hash);
        hash = hash_ranges(hash_ranges(hash, &variant->layers), &variant->experts);
    }
    return hash;
}

static bool same_list(const void *a, const void *b, size_t count, size_t size) {
    return count == 0 || memcmp(a, b, count * size) == 0;
}

static bool same_ranges(const msig_ranges *a, const msig_ranges *b) {
    return a->count == b->count && same_list(a->list, b->list, a->count, sizeof *a->list);
}

static bool same_statistics(const msig_manifest *m, const msig_variant *a, const msig_variant *b) {
    for (; a && b; a = msig_manifest_next_variant(m, a), b = msig_manifest_next_variant(m, b))
        if (a->dtype != b->dtype || a->count != b->count || a->bytes != b->bytes ||
            a->rank != b->rank || !same_list(a->dims, b->dims, a->rank, sizeof *a->dims) ||
            !same_ranges(&a->layers, &b->layers) || !same_ranges(&a->experts, &b->experts))
            return false;
    return a == b;
}

typedef struct sorted_key {
    msig_span text;
    const msig_variant *first;
} sorted_key;

static int by_text(const void *a, const void *b) {
    return msig_span_order(((const sorted_key *)a)->text, ((const sorted_key *)b)->text);
}

/* Pushes the metatable that key i of the sorted list shares with others. `like` has the position
 * of the first key with each hash, `keys` the entries before. [-0, +1] */
static void push_shared(lua_State *L, const msig_manifest *m, const sorted_key *list, size_t i,
                        int keys, int like) {
    lua_Integer hash = (lua_Integer)hash_statistics(m, list[i].first);
    bool fresh = lua_rawgeti(L, like, hash) == LUA_TNIL;
    lua_Integer other = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (!fresh && same_statistics(m, list[other - 1].first, list[i].first)) {
        lua_rawgeti(L, keys, other);
        lua_getmetatable(L, -1);
        lua_remove(L, -2);
        return;
    }
    if (fresh) {
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_rawseti(L, like, hash);
    }
    lua_createtable(L, 0, 1);
    push_statistics(L, m, list[i].first);
    lua_setfield(L, -2, "__index");
}

void msig_push_keys(lua_State *L, const msig_manifest *m) {
    size_t all = msig_manifest_key_count(m);
    sorted_key *list = lua_newuserdatauv(L, (all + 1) * sizeof *list, 0);
    size_t count = 0;
    for (uint32_t i = 0; i < all; i++) {
        list[count].first = msig_manifest_first_variant(m, i);
        list[count].text = msig_manifest_key(m, i);
        count += list[count].first != NULL;
    }
    qsort(list, count, sizeof *list, by_text);
    if (count >= MANY_KEYS)
        msig_bind_grown(L);
    lua_createtable(L, (int)count, 0);
    lua_newtable(L); /* list keys like */
    int keys = lua_gettop(L) - 1;
    for (size_t i = 0; i < count; i++) {
        lua_createtable(L, 0, OWN_FIELDS);
        set_span(L, "key", list[i].text);
        set_size(L, "first", (uint64_t)list[i].first->first + 1);
        push_shared(L, m, list, i, keys, keys + 1);
        lua_setmetatable(L, -2);
        lua_rawseti(L, keys, (lua_Integer)i + 1);
    }
    lua_pop(L, 1);
    lua_remove(L, -2);
}
