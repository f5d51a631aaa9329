#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *system_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size) {
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

const msig_alloc msig_alloc_system = {system_realloc, NULL};

static bool product(size_t count, size_t size, size_t *bytes) {
    if (size != 0 && count > SIZE_MAX / size)
        return false;
    *bytes = count * size;
    if (*bytes == 0)
        *bytes = 1;
    return true;
}

void *msig_new(const msig_alloc *alloc, size_t count, size_t size) {
    size_t bytes;
    if (!product(count, size, &bytes))
        return NULL;
    void *ptr = alloc->fn(alloc->ctx, NULL, 0, bytes);
    if (ptr)
        memset(ptr, 0, bytes);
    return ptr;
}

void msig_free(const msig_alloc *alloc, void *ptr, size_t count, size_t size) {
    size_t bytes;
    if (ptr && product(count, size, &bytes))
        alloc->fn(alloc->ctx, ptr, bytes, 0);
}

void *msig_resize(const msig_alloc *alloc, void *ptr, size_t old_count, size_t new_count,
                  size_t size) {
    size_t old_bytes = 0;
    size_t new_bytes;
    if (ptr && !product(old_count, size, &old_bytes))
        return NULL;
    if (!product(new_count, size, &new_bytes))
        return NULL;
    return alloc->fn(alloc->ctx, ptr, old_bytes, new_bytes);
}

bool msig_grow(const msig_alloc *alloc, void *array, size_t *capacity, size_t needed, size_t size) {
    if (needed <= *capacity)
        return true;
    size_t wanted = *capacity + *capacity / 2;
    if (wanted < needed)
        wanted = needed;
    if (wanted < 8)
        wanted = 8;
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = msig_resize(alloc, old, *capacity, wanted, size);
    if (!grown)
        return false;
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}

static void *failing_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size) {
    msig_alloc_failing *failing = ctx;
    if (new_size == 0) {
        if (ptr)
            failing->live -= old_size;
        free(ptr);
        return NULL;
    }
    if (!ptr || new_size > old_size) {
        size_t number = failing->count++;
        if (number == failing->fail_at || (failing->lasting && number > failing->fail_at))
            return NULL;
    }
    void *moved = realloc(ptr, new_size);
    if (!moved)
        return NULL;
    failing->live += new_size - (ptr ? old_size : 0);
    if (failing->live > failing->peak)
        failing->peak = failing->live;
    return moved;
}

msig_alloc msig_alloc_failing_borrow(msig_alloc_failing *failing) {
    msig_alloc alloc = {failing_realloc, failing};
    return alloc;
}
