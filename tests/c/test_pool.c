/* The pool of small blocks, against what must be in them. */
#include "support.h"

#include "base/pool.h"

enum { BLOCKS = 400, ROUNDS = 60000 };

typedef struct block {
    unsigned char *ptr, mark;
    size_t size;
} block;

static void check_block(const block *b, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (b->ptr[i] != b->mark)
            fail_msg("byte %zu of a block of %zu was overwritten", i, b->size);
}

static size_t random_size(uint32_t *seed) {
    *seed = *seed * 1664525 + 1013904223;
    uint32_t n = *seed >> 8;
    if (n % 997 == 0)
        return (n >> 4) % 5000000;
    return n % 7 == 0 ? 0 : n % 5 == 0 ? n % 3000 : n % (MSIG_POOL_LARGEST + 2);
}

static void blocks_keep_what_is_in_them(void **state) {
    static block blocks[BLOCKS];
    msig_pool pool = {0};
    uint32_t seed = 7;
    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        block *b = &blocks[(round * 7919) % BLOCKS];
        size_t size = random_size(&seed);
        unsigned char *moved = msig_pool_resize(&pool, b->ptr, b->ptr ? b->size : 5, size);
        b->ptr = moved;
        assert_int_equal(size == 0, moved == NULL);
        if (moved) {
            assert_int_equal((uintptr_t)moved % MSIG_POOL_STEP, 0);
            check_block(b, size < b->size ? size : b->size);
            b->mark = (unsigned char)round;
            memset(moved, b->mark, size);
        }
        b->size = size;
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i].ptr) {
            check_block(&blocks[i], blocks[i].size);
            msig_pool_resize(&pool, blocks[i].ptr, blocks[i].size, 0);
        }
    msig_pool_clear(&pool);
    assert_null(pool.slabs);
}

static void a_freed_block_serves_again(void **state) {
    msig_pool pool = {0};
    (void)state;
#ifdef MSIG_NO_POOL
    skip();
#endif
    void *first = msig_pool_resize(&pool, NULL, 0, 40);
    msig_pool_resize(&pool, first, 40, 0);
    assert_ptr_equal(first, msig_pool_resize(&pool, NULL, 0, 33));
    assert_ptr_equal(first, msig_pool_resize(&pool, first, 33, 48));
    msig_pool_clear(&pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_what_is_in_them),
        cmocka_unit_test(a_freed_block_serves_again),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
