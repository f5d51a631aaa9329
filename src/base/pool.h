/*
 * Small blocks by the hundred thousand, as a Lua state takes and gives them: a list of free blocks
 * for each size, cut from big slabs. Blocks carry no header, so the size must be told again. Slabs
 * are freed all at once, with the pool. One pool per thread of use.
 */
#ifndef MSIG_BASE_POOL_H
#define MSIG_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* Larger blocks are the C library's business. */
enum { MSIG_POOL_LARGEST = 512, MSIG_POOL_STEP = 16 };

typedef struct msig_pool {
    void *unused[MSIG_POOL_LARGEST / MSIG_POOL_STEP];
    char *next, *end; /* what is left of the newest slab */
    void *slabs;
} msig_pool; /* a zeroed one is empty */

/* Makes ptr (NULL: new) of old_size bytes one of new_size, as realloc does; new_size 0 frees. With
 * ptr NULL, old_size means nothing. NULL when memory runs out, and ptr is untouched; making a block
 * smaller never fails. */
void *msig_pool_resize(msig_pool *pool, void *ptr, size_t old_size, size_t new_size);

/* Is a block of this size freed with the pool, if not before? */
bool msig_pool_holds(size_t size);

/* Frees the small blocks. Larger ones must have been freed one by one. */
void msig_pool_clear(msig_pool *pool);

#endif
