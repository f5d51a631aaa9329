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

/* Unused blocks of a size, which is not 0. */
static inline void **msig_pool_unused(msig_pool *pool, size_t size) {
    return &pool->unused[(size - 1) / MSIG_POOL_STEP];
}

/* Makes ptr (NULL: new) of old_size bytes one of new_size, as realloc does; new_size 0 frees. With
 * ptr NULL, old_size means nothing. NULL when memory runs out, and ptr is untouched; making a block
 * smaller never fails. Small blocks that come back or are taken again, which nearly all calls are
 * about, are linked here: the first word of an unused block points at the one before it. */
static inline void *msig_pool_resize(msig_pool *pool, void *ptr, size_t old_size, size_t new_size) {
    if (!ptr && new_size != 0 && msig_pool_holds(new_size)) {
        void **list = msig_pool_unused(pool, new_size), *found = *list;
        if (found) {
            memcpy(list, found, sizeof *list);
            return found;
        }
    } else if (ptr && new_size == 0 && msig_pool_holds(old_size)) {
        void **list = msig_pool_unused(pool, old_size);
        memcpy(ptr, list, sizeof *list);
        *list = ptr;
        return NULL;
    }
    return msig_pool_move(pool, ptr, old_size, new_size);
}

/* Frees the small blocks. Larger ones must have been freed one by one. */
void msig_pool_clear(msig_pool *pool);

#endif
