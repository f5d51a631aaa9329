#include "format/ranges.h"

#include <stdlib.h>

static int by_first(const void *a, const void *b) {
    const msig_range *x = a;
    const msig_range *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

void msig_ranges_sort(msig_ranges *ranges) {
    if (ranges->count < 2)
        return;
    qsort(ranges->list, ranges->count, sizeof *ranges->list, by_first);
    size_t kept = 0;
    for (size_t i = 1; i < ranges->count; i++) {
        msig_range *last = &ranges->list[kept];
        msig_range next = ranges->list[i];
        if (last->last == UINT32_MAX || next.first <= last->last + 1) {
            if (next.last > last->last)
                last->last = next.last;
        } else {
            ranges->list[++kept] = next;
        }
    }
    ranges->count = kept + 1;
}

bool msig_ranges_extend(msig_ranges *ranges, const msig_alloc *alloc, uint32_t number) {
    if (ranges->count > 0) {
        msig_range *last = &ranges->list[ranges->count - 1];
        if (last->last != UINT32_MAX && number == last->last + 1) {
            last->last = number;
            return true;
        }
    }
    if (ranges->count == ranges->capacity) {
        /* Numbers that come back in cycles make many equal ranges: join before growing. */
        msig_ranges_sort(ranges);
        if (ranges->count * 2 >= ranges->capacity &&
            !msig_grow(alloc, &ranges->list, &ranges->capacity, ranges->capacity * 2 + 1,
                       sizeof *ranges->list))
            return false;
    }
    ranges->list[ranges->count].first = number;
    ranges->list[ranges->count].last = number;
    ranges->count++;
    return true;
}

uint64_t msig_ranges_total(const msig_ranges *ranges) {
    uint64_t total = 0;
    for (size_t i = 0; i < ranges->count; i++)
        total += (uint64_t)ranges->list[i].last - ranges->list[i].first + 1;
    return total;
}

void msig_ranges_clear(msig_ranges *ranges, const msig_alloc *alloc) {
    if (ranges->list)
        msig_free(alloc, ranges->list, ranges->capacity, sizeof *ranges->list);
    ranges->list = NULL;
    ranges->count = 0;
    ranges->capacity = 0;
}
