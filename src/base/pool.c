#define _DEFAULT_SOURCE /* madvise */
#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A huge page where there are such: one fault in the place of five hundred. */
enum { SLAB = 1 << 21 };

/* Sanitizers watch the C library's blocks; ours they would not see. */
#ifdef MSIG_NO_POOL
static const bool pooled = false;
#else
static const bool pooled = true;
#endif

static bool is_small(size_t size) { return pooled && size <= MSIG_POOL_LARGEST; }

static size_t class_of(size_t size) { return (size - 1) / MSIG_POOL_STEP; }

/* The first word of a slab, and of an unused block, points at the one before it. */
static void *previous(void *block) {
    void *found;
    memcpy(&found, block, sizeof found);
    return found;
}

static bool new_slab(msig_pool *pool) {
    void *slab = NULL;
    if (posix_memalign(&slab, SLAB, SLAB) != 0)
        return false;
#ifdef MADV_HUGEPAGE
    madvise(slab, SLAB, MADV_HUGEPAGE);
#endif
    memcpy(slab, &pool->slabs, sizeof pool->slabs);
    pool->slabs = slab;
    pool->next = (char *)slab + MSIG_POOL_STEP;
    pool->end = (char *)slab + SLAB;
    return true;
}

static void give(msig_pool *pool, void *ptr, size_t size) {
    if (!is_small(size)) {
        free(ptr);
        return;
    }
    void **list = &pool->unused[class_of(size)];
    memcpy(ptr, list, sizeof *list);
    *list = ptr;
}

static void *take(msig_pool *pool, size_t size) {
    if (!is_small(size))
        return malloc(size);
    size_t class = class_of(size), room = (class + 1) * MSIG_POOL_STEP;
    void *found = pool->unused[class];
    if (found) {
        pool->unused[class] = previous(found);
        return found;
    }
    if ((size_t)(pool->end - pool->next) < room && !new_slab(pool))
        return NULL;
    found = pool->next;
    pool->next += room;
    return found;
}

void *msig_pool_resize(msig_pool *pool, void *ptr, size_t old_size, size_t new_size) {
    if (!ptr)
        return new_size ? take(pool, new_size) : NULL;
    if (new_size == 0) {
        give(pool, ptr, old_size);
        return NULL;
    }
    bool was_small = is_small(old_size), small = is_small(new_size);
    if (!was_small && !small)
        return realloc(ptr, new_size);
    if (was_small && small && class_of(old_size) == class_of(new_size))
        return ptr;
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
