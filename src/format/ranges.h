/*
 * A set of numbers kept as ranges, for "which layers have this tensor": cheap where numbers come
 * in order, right in any order. Plain data; the owner passes the allocator.
 */
#ifndef MSIG_FORMAT_RANGES_H
#define MSIG_FORMAT_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

typedef struct msig_range {
    uint32_t first, last;
} msig_range;

typedef struct msig_ranges {
    msig_range *list; /* sorted and apart only after msig_ranges_sort */
    size_t count, capacity;
} msig_ranges;

/* Adds a number that is not in the last range; false when memory runs out. */
bool msig_ranges_extend(msig_ranges *ranges, const msig_alloc *alloc, uint32_t number);

/* Adds a number; false when memory runs out. */
static inline bool msig_ranges_add(msig_ranges *ranges, const msig_alloc *alloc, uint32_t number) {
    if (ranges->count > 0) {
        const msig_range *last = &ranges->list[ranges->count - 1];
        if (number >= last->first && number <= last->last)
            return true;
    }
    return msig_ranges_extend(ranges, alloc, number);
}

/* Sorts the ranges and joins those that touch. */
void msig_ranges_sort(msig_ranges *ranges);

/* Counts the numbers of a sorted set. */
uint64_t msig_ranges_total(const msig_ranges *ranges);

/* Frees the list. */
void msig_ranges_clear(msig_ranges *ranges, const msig_alloc *alloc);

#endif
