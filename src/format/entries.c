#include "format/entries.h"

#include <string.h>

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

bool msig_entries_reserve(msig_entries *entries, const msig_alloc *alloc, size_t count) {
    return msig_grow(alloc, &entries->read, &entries->read_capacity, count, sizeof *entries->read);
}

bool msig_entries_add(msig_entries *entries, const msig_alloc *alloc, msig_name name,
                      uint32_t shard) {
    if (entries->read_count >= MSIG_NAME_ODD ||
        !msig_grow(alloc, &entries->read, &entries->read_capacity, entries->read_count + 1,
                   sizeof *entries->read))
        return false;
    msig_assignment *read = &entries->read[entries->read_count++];
    read->name = name;
    read->shard = shard;
    return true;
}

static uint32_t group_of(const msig_entries *entries, msig_name name) {
    return name.id & MSIG_NAME_ODD ? entries->keys + (name.id ^ MSIG_NAME_ODD) : name.id;
}

static bool below(const uint32_t a[2], const uint32_t b[2]) {
    return a[0] != b[0] ? a[0] < b[0] : a[1] < b[1];
}

/* Moves the entries of each key together, without changing their order. */
static void group(msig_entries *entries) {
    size_t groups = (size_t)entries->keys + entries->odd_names;
    memset(entries->groups, 0, (groups + 1) * sizeof *entries->groups);
    for (size_t i = 0; i < entries->read_count; i++)
        entries->groups[group_of(entries, entries->read[i].name)].end++;
    uint32_t begin = 0;
    for (size_t g = 0; g < groups; g++) {
        entries->groups[g].begin = begin;
        entries->groups[g].next = begin;
        begin += entries->groups[g].end;
        entries->groups[g].end = begin;
    }
    for (size_t i = 0; i < entries->read_count; i++) {
        const msig_assignment *read = &entries->read[i];
        msig_entry *to = &entries->list[entries->groups[group_of(entries, read->name)].next++];
        to->index[0] = read->name.index[0];
        to->index[1] = read->name.index[1];
        to->shard = read->shard & ~MSIG_NAME_ODD;
        to->seen = 0;
    }
    for (size_t g = 0; g < groups; g++)
        entries->groups[g].next = entries->groups[g].begin;
}

static bool all_ascend(const msig_entries *entries) {
    size_t groups = (size_t)entries->keys + entries->odd_names;
    for (size_t g = 0; g < groups; g++)
        for (uint32_t i = entries->groups[g].begin + 1; i < entries->groups[g].end; i++)
            if (!below(entries->list[i - 1].index, entries->list[i].index))
                return false;
    return true;
}

/* One pass of a radix sort: orders by one digit of one index, stable. */
static void by_digit(const msig_assignment *from, msig_assignment *to, size_t count, unsigned which,
                     unsigned shift) {
    size_t places[DIGITS] = {0};
    for (size_t i = 0; i < count; i++)
        places[from[i].name.index[which] >> shift & (DIGITS - 1)]++;
    size_t place = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t here = places[d];
        places[d] = place;
        place += here;
    }
    for (size_t i = 0; i < count; i++)
        to[places[from[i].name.index[which] >> shift & (DIGITS - 1)]++] = from[i];
}

/* Sorts what was read by its indices, the second one first; equal ones keep their order. */
static bool sort(msig_entries *entries, const msig_alloc *alloc) {
    size_t count = entries->read_count;
    msig_assignment *spare = msig_resize(alloc, NULL, 0, entries->read_capacity, sizeof *spare);
    uint32_t bits[2] = {0, 0};
    if (!spare)
        return false;
    for (size_t i = 0; i < count; i++) {
        bits[0] |= entries->read[i].name.index[0];
        bits[1] |= entries->read[i].name.index[1];
    }
    for (unsigned which = 2; which-- > 0;)
        for (unsigned shift = 0; shift < 32 && bits[which] >> shift; shift += DIGIT_BITS) {
            msig_assignment *from = entries->read;
            by_digit(from, spare, count, which, shift);
            entries->read = spare;
            spare = from;
        }
    msig_free(alloc, spare, entries->read_capacity, sizeof *spare);
    return true;
}

/* Of neighbours with one name the last one stays. */
static size_t drop_duplicates(msig_entries *entries) {
    size_t groups = (size_t)entries->keys + entries->odd_names;
    uint32_t kept = 0;
    for (size_t g = 0; g < groups; g++) {
        msig_entry_group *own = &entries->groups[g];
        uint32_t begin = kept;
        for (uint32_t i = own->begin; i < own->end; i++) {
            const msig_entry *entry = &entries->list[i];
            if (kept > begin && !below(entries->list[kept - 1].index, entry->index))
                kept--;
            entries->list[kept++] = *entry;
        }
        own->begin = own->next = begin;
        own->end = kept;
    }
    size_t dropped = entries->count - kept;
    entries->count = kept;
    return dropped;
}

static void free_read(msig_entries *entries, const msig_alloc *alloc) {
    if (entries->read)
        msig_free(alloc, entries->read, entries->read_capacity, sizeof *entries->read);
    entries->read = NULL;
    entries->read_count = entries->read_capacity = 0;
}

bool msig_entries_sort(msig_entries *entries, const msig_alloc *alloc, uint32_t keys,
                         uint32_t odd_names, size_t *duplicates) {
    *duplicates = 0;
    entries->groups = msig_new(alloc, (size_t)keys + odd_names + 1, sizeof *entries->groups);
    if (!entries->groups)
        return false;
    entries->keys = keys;
    entries->odd_names = odd_names;
    entries->list = msig_resize(alloc, NULL, 0, entries->read_count + 1, sizeof *entries->list);
    if (!entries->list)
        return false;
    entries->capacity = entries->read_count + 1;
    entries->count = entries->read_count;
    group(entries);
    if (!all_ascend(entries)) {
        if (!sort(entries, alloc))
            return false;
        group(entries);
        *duplicates = drop_duplicates(entries);
    }
    free_read(entries, alloc);
    return true;
}

msig_entry *msig_entries_find(msig_entries *entries, msig_name name) {
    bool odd = name.id & MSIG_NAME_ODD;
    if ((name.id & ~MSIG_NAME_ODD) >= (odd ? entries->odd_names : entries->keys))
        return NULL;
    msig_entry_group *own = &entries->groups[group_of(entries, name)];
    uint32_t low = own->begin;
    uint32_t high = own->end;
    uint32_t at = own->next;
    while (low < high) {
        if (at >= high)
            at = low + (high - low) / 2;
        msig_entry *entry = &entries->list[at];
        if (entry->index[0] == name.index[0] && entry->index[1] == name.index[1]) {
            own->next = at + 1;
            return entry;
        }
        if (below(entry->index, name.index))
            low = at + 1;
        else
            high = at;
        at = low + (high - low) / 2;
    }
    return NULL;
}

msig_name msig_entries_name(const msig_entries *entries, size_t entry) {
    size_t low = 0;
    size_t high = (size_t)entries->keys + entries->odd_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entries->groups[middle].end <= entry)
            low = middle + 1;
        else
            high = middle;
    }
    msig_name name = {(uint32_t)low,
                      {entries->list[entry].index[0], entries->list[entry].index[1]}};
    if (low >= entries->keys)
        name.id = (uint32_t)(low - entries->keys) | MSIG_NAME_ODD;
    return name;
}

void msig_entries_clear(msig_entries *entries, const msig_alloc *alloc) {
    free_read(entries, alloc);
    if (entries->list)
        msig_free(alloc, entries->list, entries->capacity, sizeof *entries->list);
    if (entries->groups)
        msig_free(alloc, entries->groups, (size_t)entries->keys + entries->odd_names + 1,
                  sizeof *entries->groups);
    entries->list = NULL;
    entries->groups = NULL;
    entries->count = entries->capacity = 0;
}
