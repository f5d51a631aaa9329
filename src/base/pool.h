/*
 * Small blocks by the hundred thousand, as a Lua state takes and gives them: a list of free blocks
 * for each size, cut from big slabs. Blocks carry no header, so the size must be told again. Slabs
 * are freed all at once, with the pool. One pool per thread of use.
 */
#ifndef MSIG_BASE_POOL_H
#define MSIG_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Larger blocks are the C library's business. */
enum { MSIG_POOL_LARGEST = 512, MSIG_POOL_STEP = 16 };

typedef struct msig_pool {
    void *unused[MSIG_POOL_LARGEST / MSIG_POOL_STEP];
    char *next, *end; /* what is left of the newest slab */
    void *slabs;
} msig_pool; /* a zeroed one is empty */

/* Is a block of this size freed with the pool, if not before? Sanitizers watch the C library's
 * blocks; ours they would not see. */
static inline bool msig_pool_holds(size_t size) {
#ifdef MSIG_NO_POOL
    (void)size;
    return false;
#else
    return size <= MSIG_POOL_LARGEST;
#endif
}

/* As msig_pool_resize, for any block. */
void *msig_pool_move(msig_pool *pool, void *ptr, size_t old_size, size_t new_size);

/* The number of the list of unused blocks of a size, which is not 0. */
static inline size_t msig_pool_class(size_t size) { return (size - 1) / MSIG_POOL_STEP; }

/* A small block, NULL where a new slab is needed. */
static inline void *msig_pool_take(msig_pool *pool, size_t size) {
    size_t class = msig_pool_class(size), room = (class + 1) * MSIG_POOL_STEP;
    void *found = pool->unused[class];
    if (found) {
        memcpy(&pool->unused[class], found, sizeof found);
    } else if ((size_t)(pool->end - pool->next) >= room) {
        found = pool->next;
        pool->next += room;
    }
    return found;
}

/* Makes ptr (NULL: new) of old_size bytes one of new_size, as realloc does; new_size 0 frees. With
 * ptr NULL, old_size means nothing. NULL when memory runs out, and ptr is untouched; making a block
 * smaller never fails. What nearly all calls want, a small block taken or given back, happens here:
 * the first word of an unused block points at the one before it. */
static inline void *msig_pool_resize(msig_pool *pool, void *ptr, size_t old_size, size_t new_size) {
    if (!ptr && new_size != 0 && msig_pool_holds(new_size)) {
        void *found = msig_pool_take(pool, new_size);
        if (found)
            return found;
    } else if (ptr && new_size == 0 && msig_pool_holds(old_size)) {
        void **list = &pool->unused[msig_pool_class(old_size)];
        memcpy(ptr, list, sizeof *list);
        *list = ptr;
        return NULL;
    }
    return msig_pool_move(pool, ptr, old_size, new_size);
}

/* Frees the small blocks. Larger ones must have been freed one by one. */
void msig_pool_clear(msig_pool *pool);

#endif
