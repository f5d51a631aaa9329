/*
 * An arena: many small allocations, one release. What it gives stays where it is until
 * msig_arena_clear. Alignment is that of uint64_t. Not for use by two threads at once.
 */
#ifndef MSIG_BASE_ARENA_H
#define MSIG_BASE_ARENA_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/span.h"

typedef struct msig_arena {
    msig_alloc alloc;
    struct msig_arena_block *blocks; /* the newest first */
    char *next;                      /* free space of the newest block */
    char *end;
    size_t bytes; /* all blocks together */
} msig_arena;

/* Prepares an arena; takes no memory yet. */
void msig_arena_init(msig_arena *arena, const msig_alloc *alloc);

/* Gives size bytes, not zeroed (a valid pointer also for 0); NULL when memory runs out. */
void *msig_arena_alloc(msig_arena *arena, size_t size);

/* Copies len bytes and adds a terminating zero byte; NULL when memory runs out. */
char *msig_arena_dup(msig_arena *arena, const void *ptr, size_t len);

/* Releases everything; the arena can be used again. A zeroed arena is accepted. */
void msig_arena_clear(msig_arena *arena);

#endif
