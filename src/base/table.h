/*
 * Tables of strings and of numbers in open addressing.
 *
 * msig_intern gives equal strings one small number, counted from 0 in order of appearance, and
 * keeps a copy. msig_slots is the bare table behind it: it maps a hash to a number and asks its
 * user whether the thing of that number is the one meant. Not for use by two threads at once.
 */
#ifndef MSIG_BASE_TABLE_H
#define MSIG_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/span.h"

#define MSIG_NONE UINT32_MAX

typedef struct msig_slot {
    uint32_t hash;
    uint32_t id; /* MSIG_NONE: free */
} msig_slot;

typedef struct msig_slots {
    msig_alloc alloc;
    msig_slot *slots;
    size_t size; /* a power of two, or 0 */
    size_t used;
} msig_slots;

/* Tells whether the thing numbered id is the one that is looked for. */
typedef bool (*msig_slot_is)(const void *ctx, uint32_t id, const void *wanted);

/* Prepares an empty table; takes no memory yet. */
void msig_slots_init(msig_slots *slots, const msig_alloc *alloc);

/* Frees the table; a zeroed one is accepted. */
void msig_slots_clear(msig_slots *slots);

/* Finds the number of `wanted`, MSIG_NONE if it is not there. */
uint32_t msig_slots_find(const msig_slots *slots, uint64_t hash, msig_slot_is is, const void *ctx,
                         const void *wanted);

/* Adds a number that is not there yet; false when memory runs out. */
bool msig_slots_add(msig_slots *slots, uint64_t hash, uint32_t id);

typedef struct msig_intern {
    msig_arena *arena;
    msig_slots slots;
    msig_span *spans;
    size_t count, capacity;
    uint64_t seed;
} msig_intern;

/* Prepares an empty table that copies into the arena, which stays borrowed. */
void msig_intern_init(msig_intern *intern, const msig_alloc *alloc, msig_arena *arena);

/* Frees the table but not the arena; a zeroed one is accepted. */
void msig_intern_clear(msig_intern *intern);

/* Gives the number of a string, a new one if need be; MSIG_NONE when memory runs out. */
uint32_t msig_intern_put(msig_intern *intern, msig_span text);

/* Gives the number of a string, MSIG_NONE if it is not there. */
uint32_t msig_intern_find(const msig_intern *intern, msig_span text);

/* The string of a number that msig_intern_put gave. */
static inline msig_span msig_intern_text(const msig_intern *intern, uint32_t id) {
    return intern->spans[id];
}

#endif
