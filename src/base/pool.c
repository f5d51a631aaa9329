#define _DEFAULT_SOURCE /* madvise */
#include "base/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Slabs are huge pages where there are such: one fault in the place of five hundred. Blocks above
 * BIG have slabs of their own, so a growing array moves rarely. */
enum { SLAB = 1 << 21, BIG = 1 << 18 };

/* The first word of a slab points at the one before it. */
static void *previous(void *block) {
    void *found;
    memcpy(&found, block, sizeof found);
    return found;
}

/* Bytes that a block takes in whole slabs, 0 for one that is not big, or where there is no pool. */
static size_t slabs_of(size_t size) {
    if (!msig_pool_holds(0) || size <= BIG || size > SIZE_MAX - SLAB)
        return 0;
    return (size + SLAB - 1) / SLAB * SLAB;
}

static void *take_slabs(size_t bytes) {
    void *slabs = NULL;
    if (posix_memalign(&slabs, SLAB, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    madvise(slabs, bytes, MADV_HUGEPAGE);
#endif
    return slabs;
}

static bool new_slab(msig_pool *pool) {
    char *slab = take_slabs(SLAB);
    if (!slab)
        return false;
    memcpy(slab, &pool->slabs, sizeof pool->slabs);
    pool->slabs = slab;
    pool->next = slab + MSIG_POOL_STEP;
    pool->end = slab + SLAB;
    return true;
}

static void give(msig_pool *pool, void *ptr, size_t size) {
    if (msig_pool_holds(size))
        msig_pool_resize(pool, ptr, size, 0);
    else
        free(ptr);
}

static void *take(msig_pool *pool, size_t size) {
    if (slabs_of(size))
        return take_slabs(slabs_of(size));
    if (!msig_pool_holds(size))
        return malloc(size);
    void *found = msig_pool_take(pool, size);
    return found || !new_slab(pool) ? found : msig_pool_take(pool, size);
}

/* Does the block have room for the new size where it is, without wasting much? */
static bool fits(size_t old_size, size_t new_size) {
    if (msig_pool_holds(old_size))
        return msig_pool_holds(new_size) &&
               msig_pool_class(old_size) == msig_pool_class(new_size);
    return slabs_of(old_size) != 0 && slabs_of(old_size) == slabs_of(new_size);
}

void *msig_pool_move(msig_pool *pool, void *ptr, size_t old_size, size_t new_size) {
    if (!ptr)
        return new_size ? take(pool, new_size) : NULL;
    if (new_size == 0) {
        give(pool, ptr, old_size);
        return NULL;
    }
    if (fits(old_size, new_size))
        return ptr;
    if (!msig_pool_holds(old_size) && !msig_pool_holds(new_size) && !slabs_of(old_size) &&
        !slabs_of(new_size))
        return realloc(ptr, new_size);
    void *moved = take(pool, new_size);
    if (!moved)
        return new_size <= old_size ? ptr : NULL; /* Lua relies on it; the block stays ours then */
    memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
    give(pool, ptr, old_size);
    return moved;
}

void msig_pool_clear(msig_pool *pool) {
    while (pool->slabs) {
        void *before = previous(pool->slabs);
        free(pool->slabs);
        pool->slabs = before;
    }
    memset(pool, 0, sizeof *pool);
}
