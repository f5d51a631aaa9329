#include "base/arena.h"

#include <stdint.h>
#include <string.h>

typedef struct msig_arena_block {
    struct msig_arena_block *next;
    size_t size; /* of the whole block, this head included */
} msig_arena_block;

/* Blocks double from small to large: a config costs little, a big model few blocks. */
#define FIRST_BLOCK ((size_t)4096)
#define LARGEST_BLOCK ((size_t)1 << 18)

void msig_arena_init(msig_arena *arena, const msig_alloc *alloc) {
    memset(arena, 0, sizeof *arena);
    arena->alloc = *alloc;
}

static char *add_block(msig_arena *arena, size_t size) {
    size_t wanted = arena->bytes < FIRST_BLOCK ? FIRST_BLOCK : arena->bytes;
    if (wanted > LARGEST_BLOCK)
        wanted = LARGEST_BLOCK;
    if (size > SIZE_MAX - sizeof(msig_arena_block))
        return NULL;
    size_t bytes = size + sizeof(msig_arena_block);
    bool alone = bytes > wanted / 2;
    if (!alone)
        bytes = wanted;
    msig_arena_block *block = msig_resize(&arena->alloc, NULL, 0, bytes, 1);
    if (!block)
        return NULL;
    block->size = bytes;
    arena->bytes += bytes;
    char *space = (char *)(block + 1);
    if (alone && arena->blocks) {
        /* A large piece gets a block of its own behind the current one, which stays in use. */
        block->next = arena->blocks->next;
        arena->blocks->next = block;
        return space;
    }
    block->next = arena->blocks;
    arena->blocks = block;
    arena->next = space + size;
    arena->end = (char *)block + bytes;
    return space;
}

void *msig_arena_alloc(msig_arena *arena, size_t size) {
    if (size > SIZE_MAX - (sizeof(uint64_t) - 1))
        return NULL;
    size = (size + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
    if (arena->next && size <= (size_t)(arena->end - arena->next)) {
        void *space = arena->next;
        arena->next += size;
        return space;
    }
    return add_block(arena, size);
}

char *msig_arena_dup(msig_arena *arena, const void *ptr, size_t len) {
    if (len == SIZE_MAX)
        return NULL;
    char *copy = msig_arena_alloc(arena, len + 1);
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, ptr, len);
    copy[len] = '\0';
    return copy;
}

void msig_arena_clear(msig_arena *arena) {
    msig_arena_block *block = arena->blocks;
    while (block) {
        msig_arena_block *next = block->next;
        msig_free(&arena->alloc, block, block->size, 1);
        block = next;
    }
    arena->blocks = NULL;
    arena->next = NULL;
    arena->end = NULL;
    arena->bytes = 0;
}
