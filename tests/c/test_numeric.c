/* Expressions, digests and all pairs. */
#include "support.h"

#include "numeric/digest.h"
#include "numeric/pairs.h"
#include "numeric/solve.h"
#include "numeric/urn.h"

enum { SETS = 150, VOCABULARY = 3000, KEYS = 120 };

static msig_symbol symbol(const char *name, int64_t a, int64_t b) {
    msig_symbol made = {{name, strlen(name)}, a, b};
    return made;
}

static void expect_solution(const msig_symbol *symbols, size_t count, int64_t a, int64_t b,
                            const char *text) {
    char out[MSIG_SOLVE_TEXT];
    msig_symbol copy[64];
    bool found;
    memcpy(copy, symbols, count * sizeof *symbols);
    assert_int_equal(
        msig_solve_common(&msig_alloc_system, copy, count, a, b, out, &found, NULL), MSIG_OK);
    assert_string_equal(out, text ? text : "");
    assert_int_equal(found, text != NULL);
}

static void one_expression_holds_on_both_sides(void **state) {
    msig_symbol s[] = {symbol("width", 30, 50), symbol("hidden", 100, 200), symbol("flat", 1, 1),
                       symbol("none", 0, -3), symbol("huge", INT64_MAX, INT64_MAX)};
    size_t n = sizeof s / sizeof s[0];
    (void)state;
    expect_solution(s, n, 100, 200, "hidden");
    expect_solution(s, n, 7, 7, "7");
    expect_solution(s, n, 0, 0, "0");
    expect_solution(s, n, 300, 600, "3*hidden");
    expect_solution(s, n, 25, 50, "hidden//4");
    expect_solution(s, n, 3000, 10000, "hidden*width");
    expect_solution(s, n, 130, 250, "hidden+width");
    expect_solution(s, n, 70, 150, "hidden-width");
    expect_solution(s, n, 101, 201, "hidden+1");
    expect_solution(s, n, 90000, 500000, "hidden*width*width");
    expect_solution(s, n, 100, 201, NULL);
    expect_solution(s, n, -1, -1, NULL);
    expect_solution(s, n, INT64_MAX, INT64_MAX, NULL);
    expect_solution(s, 0, 5, 6, NULL);
}

/* Projections of attention and of Mamba 2, in two sizes each. */
static void fused_projections_are_sums_of_products(void **state) {
    msig_symbol attention[] = {symbol("head_dim", 96, 128), symbol("heads", 24, 40),
                               symbol("hidden", 2304, 5120), symbol("kv_heads", 6, 8)};
    msig_symbol mamba[] = {symbol("groups", 8, 4),  symbol("head_dim", 64, 64),
                           symbol("heads", 64, 128), symbol("hidden", 2688, 4096),
                           symbol("state", 128, 256)};
    (void)state;
    expect_solution(attention, 4, 24 * 96 + 2 * 6 * 96, 40 * 128 + 2 * 8 * 128,
                    "hidden+2*head_dim*kv_heads");
    attention[2] = symbol("hidden", 2000, 5000);
    expect_solution(attention, 4, 24 * 96 + 2 * 6 * 96, 40 * 128 + 2 * 8 * 128,
                    "head_dim*heads+2*head_dim*kv_heads");
    expect_solution(mamba, 5, 64 * 64 + 2 * 8 * 128, 128 * 64 + 2 * 4 * 256,
                    "2*groups*state+head_dim*heads");
    expect_solution(mamba, 5, 2 * 64 * 64 + 2 * 8 * 128 + 64, 2 * 128 * 64 + 2 * 4 * 256 + 128,
                    "2*groups*state+2*head_dim*heads+heads");
    expect_solution(mamba, 5, 2 * 64 * 64 + 2 * 8 * 128 + 65, 2 * 128 * 64 + 2 * 4 * 256 + 128,
                    NULL);
}

static void solver_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t at = 0;; at++) {
        msig_alloc_failing failing = {at, true, 0, 0, 0};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        msig_symbol s[] = {symbol("b", 30, 50), symbol("a", 100, 200)};
        char out[MSIG_SOLVE_TEXT];
        bool found = true;
        msig_err err = garbage_err();
        msig_status status = msig_solve_common(&alloc, s, 2, 31, 77, out, &found, &err);
        assert_int_equal(failing.live, 0);
        if (status == MSIG_OK)
            break;
        assert_int_equal(status, MSIG_ENOMEM);
        assert_int_equal(err.code, MSIG_ENOMEM);
        assert_false(found);
        assert_true(at < 10);
    }
}

static void digest_is_sha256(void **state) {
    char hex[MSIG_SHA256_HEX];
    static char many[1000000];
    (void)state;
    msig_sha256(NULL, 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    msig_sha256("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    msig_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(many, 'a', sizeof many);
    msig_sha256(many, sizeof many, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

typedef struct pool {
    msig_pairs_set sets[SETS];
    uint32_t keys[SETS][KEYS];
    uint8_t digests[SETS][32];
    bool has[SETS][VOCABULARY];
    size_t pairs, stop;
} pool;

static void make_pool(pool *self) {
    uint32_t seed = 7;
    memset(self, 0, sizeof *self);
    for (size_t i = 0; i < SETS; i++) {
        size_t wanted = i % (KEYS + 1), n = 0;
        while (n < wanted) {
            seed = seed * 1664525U + 1013904223U;
            /* Some keys are common, so that both ways of counting are used. */
            uint32_t key = (seed >> 9) % (seed & 256 ? 200 : VOCABULARY);
            if (self->has[i][key])
                continue;
            self->has[i][key] = true;
            self->keys[i][n++] = key;
        }
        self->sets[i].keys = self->keys[i];
        self->sets[i].count = n;
        self->digests[i][31] = (uint8_t)(i % 11);
        self->sets[i].digest = self->digests[i];
    }
    self->stop = SETS;
}

static bool check_row(void *ctx, size_t i, const uint16_t *common, const uint8_t *equal) {
    pool *self = ctx;
    for (size_t j = i + 1; j < SETS; j++) {
        unsigned n = 0;
        for (size_t key = 0; key < VOCABULARY; key++)
            n += self->has[i][key] && self->has[j][key];
        assert_int_equal(common[j], n);
        assert_int_equal(equal[j], i % 11 == j % 11);
        self->pairs++;
    }
    return i + 1 < self->stop;
}

static void all_pairs_are_counted_as_one_by_one(void **state) {
    pool *self = malloc(sizeof *self);
    msig_status status;
    (void)state;
    assert_non_null(self);
    make_pool(self);
    status =
        msig_pairs_all(&msig_alloc_system, self->sets, SETS, VOCABULARY, check_row, self, NULL);
    assert_int_equal(status, MSIG_ECANCELLED); /* check_row ends the last row, too */
    assert_int_equal(self->pairs, SETS * (SETS - 1) / 2);
    self->stop = SETS + 1;
    self->pairs = 0;
    status =
        msig_pairs_all(&msig_alloc_system, self->sets, SETS, VOCABULARY, check_row, self, NULL);
    assert_int_equal(status, MSIG_OK);
    assert_int_equal(self->pairs, SETS * (SETS - 1) / 2);
    free(self);
}

static bool ignore_row(void *ctx, size_t i, const uint16_t *common, const uint8_t *equal) {
    (void)ctx, (void)i, (void)common, (void)equal;
    return true;
}

static void pairs_survive_every_failing_allocation(void **state) {
    pool *self = malloc(sizeof *self);
    (void)state;
    assert_non_null(self);
    make_pool(self);
    for (size_t at = 0;; at++) {
        msig_alloc_failing failing = {at, true, 0, 0, 0};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        msig_err err = garbage_err();
        msig_status status =
            msig_pairs_all(&alloc, self->sets, SETS, VOCABULARY, ignore_row, NULL, &err);
        assert_int_equal(failing.live, 0);
        if (status == MSIG_OK)
            break;
        assert_int_equal(status, MSIG_ENOMEM);
        assert_true(at < 20);
    }
    free(self);
}

static void pairs_refuse_what_is_out_of_bounds(void **state) {
    uint32_t key = 5;
    uint8_t digest[32] = {0};
    msig_pairs_set set = {&key, 1, digest};
    msig_err err = garbage_err();
    const msig_alloc *alloc = &msig_alloc_system;
    (void)state;
    assert_int_equal(msig_pairs_all(alloc, &set, 1, 5, ignore_row, NULL, &err),
                     MSIG_ELIMIT);
    assert_int_equal(msig_pairs_all(alloc, &set, 1, 6, ignore_row, NULL, &err), MSIG_OK);
    assert_int_equal(msig_pairs_all(alloc, NULL, 0, 0, ignore_row, NULL, &err), MSIG_OK);
    set.count = MSIG_PAIRS_KEYS + 1;
    assert_int_equal(msig_pairs_all(alloc, &set, 1, 6, ignore_row, NULL, &err),
                     MSIG_ELIMIT);
}

static void an_urn_survives_every_failing_allocation(void **state) {
    const msig_urn_kind kinds[] = {{10, 2}, {3, 1}};
    const uint32_t asked[] = {1, 3};
    msig_urn_sum sums[2 * 4];
    size_t found[2];
    msig_err err;
    msig_status status = MSIG_ENOMEM;
    (void)state;
    for (size_t at = 0; status != MSIG_OK; at++) {
        msig_alloc_failing failing = {.fail_at = at};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        status = msig_urn_draw(&alloc, kinds, 2, true, asked, 2, 4, sums, found, &err);
        assert_true(status == MSIG_OK || status == MSIG_ENOMEM);
        assert_int_equal(failing.live, 0);
        assert_true(status != MSIG_OK || at > 0);
    }
    assert_int_equal(found[0], 2);
    assert_int_equal(sums[0].sum, 10);
    assert_int_equal(found[1], 1); /* all are drawn */
    assert_int_equal(sums[4].sum, 23);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_expression_holds_on_both_sides),
        cmocka_unit_test(fused_projections_are_sums_of_products),
        cmocka_unit_test(solver_survives_every_failing_allocation),
        cmocka_unit_test(digest_is_sha256),
        cmocka_unit_test(all_pairs_are_counted_as_one_by_one),
        cmocka_unit_test(pairs_survive_every_failing_allocation),
        cmocka_unit_test(pairs_refuse_what_is_out_of_bounds),
        cmocka_unit_test(an_urn_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
