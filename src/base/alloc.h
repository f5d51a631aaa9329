/*
 * Where memory comes from: one function for everything, of the shape of lua_Alloc, so that a Lua
 * state's allocator (and its memory cap) can serve directly. Objects take a `const msig_alloc *`
 * when they are made and copy it. Sizes are multiplied with a check. There are no globals.
 */
#ifndef MSIG_BASE_ALLOC_H
#define MSIG_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Resizes ptr (NULL: new) from old_size to new_size bytes; new_size 0 frees and returns NULL.
 * NULL otherwise means that memory ran out and ptr is untouched. */
typedef void *(*msig_realloc_fn)(void *ctx, void *ptr, size_t old_size, size_t new_size);

typedef struct msig_alloc {
    msig_realloc_fn fn;
    void *ctx;
} msig_alloc;

/* The C library's realloc and free. */
extern const msig_alloc msig_alloc_system;

/* Allocates count * size zeroed bytes. NULL when memory runs out or the product overflows; never
 * NULL for zero bytes otherwise (one byte is taken). Free with msig_free and the same product. */
void *msig_new(const msig_alloc *alloc, size_t count, size_t size);

/* Frees count * size bytes that msig_new or msig_resize gave. NULL is accepted. */
void msig_free(const msig_alloc *alloc, void *ptr, size_t count, size_t size);

/* Resizes an array; new elements are not zeroed. NULL (and ptr untouched) when it cannot be. */
void *msig_resize(const msig_alloc *alloc, void *ptr, size_t old_count, size_t new_count,
                  size_t size);

/* Makes room for at least `needed` elements in the array at *array (of *capacity elements),
 * growing by half. Returns false, with nothing changed, when memory runs out. `array` is the
 * address of the array's pointer, whatever its type. */
bool msig_grow(const msig_alloc *alloc, void *array, size_t *capacity, size_t needed, size_t size);

/* An allocator for tests: counts what is live and lets allocation number `fail_at` (from 0) and,
 * if `lasting`, all later ones fail. `fail_at` SIZE_MAX never fails. */
typedef struct msig_alloc_failing {
    size_t fail_at;
    bool lasting;
    size_t count; /* allocations asked for so far; frees and shrinking do not count */
    size_t live;  /* bytes */
    size_t peak;
} msig_alloc_failing;

/* Makes an msig_alloc of a failing allocator, which stays borrowed. */
msig_alloc msig_alloc_failing_borrow(msig_alloc_failing *failing);

#endif
