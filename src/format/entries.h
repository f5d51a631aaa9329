/*
 * What an index says: the shard of each tensor. Names are numbers here (manifest.h, msig_name), so
 * an entry is 12 bytes and no name is kept. They are collected in any order, then
 * grouped by key and sorted by index; where the file has that order, nothing is compared. Asking
 * for the names of a key in their order is quick.
 *
 * Plain data; the owner passes the allocator.
 */
#ifndef MSIG_FORMAT_ENTRIES_H
#define MSIG_FORMAT_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

#define MSIG_NAME_ODD (UINT32_C(1) << 31)

/* A tensor's name: its abstract key and the indices in it (0 where there is none). What these do
 * not say exactly has MSIG_NAME_ODD set and the number of an odd name in place of a key. */
typedef struct msig_name {
    uint32_t id;
    uint32_t index[2];
} msig_name;

typedef struct msig_entry {
    uint32_t index[2];
    uint32_t shard : 31;
    uint32_t seen : 1;
} msig_entry;

/* An entry as it was read. */
typedef struct msig_assignment {
    msig_name name;
    uint32_t shard;
} msig_assignment;

/* The entries of one key, list[begin] to list[end - 1]. */
typedef struct msig_entry_group {
    uint32_t begin, end;
    uint32_t next; /* what is probably asked for next */
} msig_entry_group;

typedef struct msig_entries {
    msig_assignment *read; /* until they are sorted */
    size_t read_count, read_capacity;
    msig_entry *list;
    size_t count, capacity;
    msig_entry_group *groups; /* of keys, then of odd names */
    uint32_t keys, odd_names;
} msig_entries;

/* Makes room for that many entries at once; false when memory runs out. */
bool msig_entries_reserve(msig_entries *entries, const msig_alloc *alloc, size_t count);

/* Adds an entry; false when memory runs out. */
bool msig_entries_add(msig_entries *entries, const msig_alloc *alloc, msig_name name,
                      uint32_t shard);

/* Ends the collecting. Of entries with one name the last one stays; *duplicates counts the others.
 * `keys` and `odd_names` are above all numbers in use. False when memory runs out. */
bool msig_entries_sort(msig_entries *entries, const msig_alloc *alloc, uint32_t keys,
                         uint32_t odd_names, size_t *duplicates);

/* Finds the entry of a name; NULL if there is none. */
msig_entry *msig_entries_find(msig_entries *entries, msig_name name);

/* The name of an entry. */
msig_name msig_entries_name(const msig_entries *entries, size_t entry);

/* Frees everything; a zeroed one is accepted. */
void msig_entries_clear(msig_entries *entries, const msig_alloc *alloc);

#endif
