/* Tests of the manifest: names as numbers, what an index assigns, what is counted per key. */
#include "support.h"

#include "../fuzz/agree.h"
#include "format/entries.h"
#include "format/index.h"
#include "format/safetensors.h"

static msig_status read_index(msig_manifest *m, const char *text, size_t window, msig_err *err) {
    msig_index_info info;
    narrow_source source = narrow_over(msig_span_of(text), window);
    return msig_index_read(m, &source.base, msig_span_of("index"), &info, err);
}

/* Reads U8 tensors of one element each, with these names, as a file. */
static msig_status read_names(msig_manifest *m, const char *const *names, size_t count,
                              const char *file, msig_err *err) {
    static const msig_safetensors_options options = {false};
    msig_safetensors_info info;
    char bytes[8192];
    size_t len = 8;
    for (size_t i = 0; i < count; i++)
        len +=
            (size_t)snprintf(bytes + len, sizeof bytes - len,
                             "%s\"%s\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%zu,%zu]}",
                             i ? "," : "{", names[i], i, i + 1);
    len += (size_t)snprintf(bytes + len, sizeof bytes - len, count ? "}" : "{}");
    assert_true(len < sizeof bytes);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)(len - 8) >> 8 * i & 0xff);
    msig_span text = {bytes, len};
    hollow_source source = hollow_over(text, count, SIZE_MAX);
    return msig_safetensors_read(m, &source.base, msig_span_of(file), &options, &info, err);
}

static const msig_finding *finding(const msig_manifest *m, const char *code) {
    for (size_t i = 0; i < msig_manifest_finding_count(m); i++)
        if (strcmp(msig_manifest_finding(m, i)->code, code) == 0)
            return msig_manifest_finding(m, i);
    return NULL;
}

static void expect_finding(const msig_manifest *m, const char *code, const char *where,
                           const char *part) {
    const msig_finding *found = finding(m, code);
    if (!found)
        fail_msg("no finding %s", code);
    assert_true(msig_span_equal(found->where, msig_span_of(where)));
    if (!strstr(found->message.ptr, part))
        fail_msg("%s: %s, expected %s", code, found->message.ptr, part);
}

static const char *const odd_and_plain[] = {
    "",       "a",        "7",         "a.0",          "a.10",          "a.010",
    "a.N",    "a.N.3",    "1.2",       "1.2.3",        "1.2.3.4.5",     "a.4294967294.b",
    "a..b.",  "N",        "a.b.N.c",   "a.4294967295", "x.99999999999", "h10.w",
    "a.1.b2", "a.1.b.22", "\xc3\xa9.1"};

#define NAMES (sizeof odd_and_plain / sizeof *odd_and_plain)

static void names_come_back(void **state) {
    (void)state;
    msig_manifest *m = new_manifest(false);
    assert_int_equal(read_names(m, odd_and_plain, NAMES, "x", NULL), MSIG_OK);
    assert_int_equal(msig_manifest_count(m), NAMES);
    for (size_t i = 0; i < NAMES; i++) {
        msig_span name = msig_manifest_tensor(m, i).name;
        if (!msig_span_equal(name, msig_span_of(odd_and_plain[i])))
            fail_msg("expected %s, found %.*s", odd_and_plain[i], (int)name.len, name.ptr);
    }
    msig_manifest_close(m);
}

/* Every order of writing an index gives the same assignment, in order of the names. */
static void order_of_an_index_does_not_matter(void **state) {
    (void)state;
    for (unsigned step = 1; step < 20; step++) {
        char text[8192];
        size_t len = (size_t)snprintf(text, sizeof text, "{\"weight_map\":{");
        msig_manifest *m = new_manifest(false);
        for (unsigned i = 0; i < 101; i++) {
            unsigned n = i * step % 101; /* 101 is prime: all numbers in another order */
            len += (size_t)snprintf(text + len, sizeof text - len, "%s\"m.%u.e.%u\":\"%s\"",
                                    i ? "," : "", n / 10, n % 10 * 3000, n % 3 ? "a" : "b");
        }
        snprintf(text + len, sizeof text - len, "}}");
        assert_int_equal(read_index(m, text, 100, NULL), MSIG_OK);
        assert_int_equal(msig_index_entry_count(m), 101);
        for (unsigned n = 0; n < 101; n++) {
            char spelt[32];
            snprintf(spelt, sizeof spelt, "m.%u.e.%u", n / 10, n % 10 * 3000);
            msig_index_entry entry = msig_index_entry_at(m, n);
            assert_true(msig_span_equal(entry.name, msig_span_of(spelt)));
            assert_true(msig_span_equal(entry.shard, msig_span_of(n % 3 ? "a" : "b")));
        }
        assert_int_equal(msig_manifest_finding_count(m), 0);
        msig_manifest_close(m);
    }
}

static void stale_and_missing_tensors_are_found(void **state) {
    (void)state;
    static const char *const first[] = {"w.0", "w.1", "w.2", "old.7", "w.03"};
    static const char *const second[] = {"w.3"};
    msig_manifest *m = new_manifest(false);
    assert_int_equal(
        read_index(m,
                   "{\"metadata\":{\"total_size\":4},\"weight_map\":{\"w.0\":\"a\",\"w.1\":"
                   "\"a\",\"w.2\":\"b\",\"w.3\":\"b\",\"w.04\":\"b\",\"w.5\":\"c\"}}",
                   3, NULL),
        MSIG_OK);
    assert_int_equal(read_names(m, first, 5, "a", NULL), MSIG_OK);
    assert_int_equal(read_names(m, second, 1, "b", NULL), MSIG_OK);
    assert_int_equal(msig_manifest_finish(m, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_count(m), 3);
    assert_int_equal(msig_manifest_finding_count(m), 4);
    expect_finding(m, "stale", "a", "3 tensors that the index does not put here, first 'w.2'");
    expect_finding(m, "missing_shard", "c", "not read");
    expect_finding(m, "missing_tensor", "b", "2 tensors of the index");
    expect_finding(m, "total_size", "", "4 bytes, the tensors have 3");
    assert_true(msig_span_equal(msig_manifest_tensor(m, 1).file, msig_span_of("a")));
    assert_true(msig_span_equal(msig_manifest_tensor(m, 2).file, msig_span_of("b")));
    assert_int_equal(msig_manifest_finish(m, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_finding_count(m), 4);
    msig_manifest_close(m);
}

static void of_equal_names_in_an_index_the_last_counts(void **state) {
    (void)state;
    static const char *const names[] = {"w.1", "w.01", "x"};
    msig_manifest *m = new_manifest(false);
    assert_int_equal(
        read_index(m,
                   "{\"weight_map\":{\"w.1\":\"a\",\"w.01\":\"a\",\"x\":\"b\",\"w.1\":\"b\","
                   "\"w.\\u0031\":\"a\",\"x\":\"a\",\"w.01\":\"b\"}}",
                   2, NULL),
        MSIG_OK);
    expect_finding(m, "duplicate_name", "index", "4 names twice");
    assert_int_equal(msig_index_entry_count(m), 3);
    assert_int_equal(read_names(m, names, 3, "a", NULL), MSIG_OK);
    assert_int_equal(msig_manifest_count(m), 2);
    expect_finding(m, "stale", "a", "1 tensors that the index does not put here, first 'w.01'");
    msig_manifest_close(m);
}

static void a_dropped_tensor_leaves_a_hole(void **state) {
    (void)state;
    static const char *const names[] = {"w.1", "w.2", "w.1", "w.3", "w.\\u0032"};
    msig_manifest *m = new_manifest(false);
    /* As for the official parser. */
    assert_int_equal(read_names(m, names, 5, "a", NULL), MSIG_EMALFORMED);
    msig_manifest_close(m);
}

static void files_without_an_index_may_repeat_names(void **state) {
    (void)state;
    static const char *const first[] = {"w.0", "w.1", "w.01", "x"};
    static const char *const second[] = {"w.2", "w.1", "w.01", "y"};
    msig_manifest *m = new_manifest(false);
    assert_int_equal(read_names(m, first, 4, "a", NULL), MSIG_OK);
    assert_int_equal(read_names(m, second, 4, "b", NULL), MSIG_OK);
    assert_int_equal(msig_manifest_finish(m, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_count(m), 8);
    assert_int_equal(msig_manifest_finding_count(m), 1);
    expect_finding(m, "repeated_tensor", "", "2 tensors");
    msig_manifest_close(m);
    m = new_manifest(false);
    assert_int_equal(read_names(m, first + 1, 3, "a", NULL), MSIG_OK);
    assert_int_equal(read_names(m, second, 1, "b", NULL), MSIG_OK);
    assert_int_equal(read_names(m, first, 1, "c", NULL), MSIG_OK);
    assert_int_equal(msig_manifest_finish(m, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_finding_count(m), 0);
    msig_manifest_close(m);
}

static void strict_makes_findings_errors(void **state) {
    (void)state;
    static const char *const names[] = {"w.0", "w.1"};
    static const struct {
        const char *index;
        msig_status at_index, at_header, at_end;
    } cases[] = {
        {"{\"weight_map\":{\"w.0\":\"a\",\"w.1\":\"a\"}}", MSIG_OK, MSIG_OK, MSIG_OK},
        {"{\"weight_map\":{\"w.0\":\"a\",\"w.0\":\"a\"}}", MSIG_EMALFORMED, MSIG_OK, MSIG_OK},
        {"{\"weight_map\":{\"w.0\":\"a\",\"w.1\":\"b\"}}", MSIG_OK, MSIG_EMISMATCH, MSIG_OK},
        {"{\"weight_map\":{\"w.0\":\"a\",\"w.1\":\"a\",\"x\":\"a\"}}", MSIG_OK, MSIG_OK,
         MSIG_EMISMATCH},
        {"{\"weight_map\":{\"w.0\":\"a\",\"w.1\":\"a\",\"x\":\"b\"}}", MSIG_OK, MSIG_OK,
         MSIG_EMISMATCH},
        {"{\"metadata\":{\"total_size\":3},\"weight_map\":{\"w.0\":\"a\",\"w.1\":\"a\"}}", MSIG_OK,
         MSIG_OK, MSIG_EMISMATCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        msig_err err = garbage_err();
        msig_manifest *m = new_manifest(false);
        msig_manifest_set_strict(m, true);
        msig_status status = read_index(m, cases[i].index, 10, &err);
        assert_int_equal(status, cases[i].at_index);
        if (status == MSIG_OK) {
            status = read_names(m, names, 2, "a", &err);
            assert_int_equal(status, cases[i].at_header);
        }
        if (status == MSIG_OK) {
            status = msig_manifest_finish(m, &err);
            assert_int_equal(status, cases[i].at_end);
        }
        assert_true(status == MSIG_OK || err.code == status);
        assert_int_equal(msig_manifest_finding_count(m), 0);
        msig_manifest_close(m);
    }
}

static size_t count_variants(const msig_manifest *m, uint32_t key) {
    size_t count = 0;
    const msig_variant *variant = msig_manifest_first_variant(m, key);
    for (; variant; variant = msig_manifest_next_variant(m, variant))
        count++;
    return count;
}

static void keys_count_variants_and_layers(void **state) {
    (void)state;
    static const uint64_t small[] = {2, 3};
    static const uint64_t large[] = {4, 3};
    msig_span nowhere = {"", 0};
    msig_manifest *m = new_manifest(false);
    for (unsigned i = 0; i < 12; i++) {
        char name[32];
        snprintf(name, sizeof name, "m.%u.e.%u.w", 11 - i, i % 4);
        msig_tensor tensor = {msig_span_of(name),    msig_span_of(i % 6 ? "F32" : "Q9"),
                              i < 4 ? large : small, 2,
                              i < 4 ? 48 : 24,       nowhere};
        assert_int_equal(msig_manifest_add(m, &tensor, NULL), MSIG_OK);
    }
    assert_int_equal(msig_manifest_finish(m, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_key_count(m), 1);
    const msig_variant *q9 = msig_manifest_first_variant(m, 0);
    const msig_variant *f32 = msig_manifest_next_variant(m, q9);
    assert_int_equal(count_variants(m, 0), 4);
    assert_true(msig_span_equal(msig_manifest_dtype_name(m, q9->dtype), msig_span_of("Q9")));
    assert_int_equal(q9->count, 1);
    assert_int_equal(f32->count, 3);
    assert_int_equal(f32->bytes, 48);
    assert_int_equal(f32->first, 1);
    assert_int_equal(f32->layers.count, 1);
    assert_int_equal(f32->layers.list[0].first, 8);
    assert_int_equal(f32->layers.list[0].last, 10);
    assert_int_equal(msig_ranges_total(&f32->experts), 3);
    assert_int_equal(msig_manifest_params(m), 4 * 12 + 8 * 6);
    assert_int_equal(msig_manifest_bytes(m), 4 * 48 + 8 * 24);
    assert_int_equal(msig_manifest_tensor(m, 3).file.len, 0);
    msig_manifest_close(m);
}

static void a_finished_manifest_stays_as_it_is(void **state) {
    (void)state;
    static const char *const names[] = {"w.0"};
    static const msig_tensor late = {{"late", 4}, {"U8", 2}, NULL, 0, 1, {"", 0}};
    msig_manifest *m = new_manifest(false);
    msig_err err = garbage_err();
    assert_int_equal(read_names(m, names, 1, "a", &err), MSIG_OK);
    assert_int_equal(msig_manifest_finish(m, &err), MSIG_OK);
    assert_true(msig_manifest_is_finished(m));
    assert_int_equal(read_names(m, names, 1, "b", &err), MSIG_EMISMATCH);
    assert_int_equal(read_index(m, "{\"weight_map\":{}}", 9, &err), MSIG_EMISMATCH);
    assert_int_equal(msig_manifest_add(m, &late, &err), MSIG_EMISMATCH);
    assert_int_equal(msig_manifest_count(m), 1);
    assert_true(msig_span_equal(msig_manifest_tensor(m, 0).name, msig_span_of("w.0")));
    msig_manifest_close(m);
}

static void an_index_is_read_first_and_once(void **state) {
    (void)state;
    static const char *const names[] = {"w"};
    msig_manifest *m = new_manifest(false);
    msig_err err = garbage_err();
    assert_int_equal(read_index(m, "{\"weight_map\":{}}", 9, &err), MSIG_OK);
    assert_int_equal(read_index(m, "{\"weight_map\":{}}", 9, &err), MSIG_EMISMATCH);
    msig_manifest_close(m);
    m = new_manifest(false);
    assert_int_equal(read_names(m, names, 1, "a", &err), MSIG_OK);
    assert_int_equal(read_index(m, "{\"weight_map\":{}}", 9, &err), MSIG_EMISMATCH);
    msig_manifest_close(m);
}

static const char busy_index[] =
    "{\"metadata\":{\"total_size\":5,\"x\":[{}]},\"weight_map\":{\"w.0\":\"a\",\"w.1\":\"a\","
    "\"w.2\":\"a\",\"w.01\":\"a\",\"w.\\u0033\":\"b\\u0062\",\"w.4\":\"a\",\"w.3\":\"a\"},\"y\":"
    "null}";

static void an_index_cut_anywhere_is_an_error(void **state) {
    (void)state;
    for (size_t len = 0; len + 1 < sizeof busy_index; len++) {
        char text[sizeof busy_index];
        msig_err err = garbage_err();
        msig_manifest *m = new_manifest(false);
        memcpy(text, busy_index, len);
        text[len] = '\0';
        assert_int_equal(read_index(m, text, 13, &err), MSIG_ETRUNCATED);
        assert_int_equal(err.offset, len);
        msig_manifest_close(m);
    }
}

static msig_status whole_job(const msig_alloc *alloc, bool with_index) {
    static const char *const names[] = {"w.0",       "w.1", "w.2", "w.01",
                                        "w.\\u0033", "v",   "w.4", "a\\n"};
    msig_manifest *m;
    msig_err err = garbage_err();
    msig_status status = msig_manifest_open(alloc, &m, &err);
    if (status != MSIG_OK)
        return status;
    if (with_index)
        status = read_index(m, busy_index, 64, &err);
    if (status == MSIG_OK)
        status = read_names(m, names, 8, "a", &err);
    if (status == MSIG_OK)
        status = read_names(m, names, 4, "b", &err);
    if (status == MSIG_OK)
        status = msig_manifest_finish(m, &err);
    assert_true(status == MSIG_OK || status == err.code);
    for (size_t i = 0; i < msig_manifest_count(m); i++)
        assert_true(msig_manifest_tensor(m, i).name.len > 0);
    msig_manifest_close(m);
    return status;
}

static void lack_of_memory_is_reported(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        msig_status status = MSIG_ENOMEM;
        for (size_t k = 0; status != MSIG_OK; k++) {
            msig_alloc_failing failing = {k, kind % 2 == 0, 0, 0, 0};
            msig_alloc alloc = msig_alloc_failing_borrow(&failing);
            status = whole_job(&alloc, kind > 1);
            assert_int_equal(failing.live, 0);
            /* Without memory for a template the general reader goes on. */
            assert_true(status == MSIG_OK || status == MSIG_ENOMEM);
            if (status == MSIG_OK && failing.count > k)
                status = MSIG_ENOMEM;
        }
    }
}

static void names_beyond_the_index_have_no_entry(void **state) {
    (void)state;
    const uint32_t ids[] = {0, 1, MSIG_NAME_ODD}, beyond[] = {2, 3, MSIG_NAME_ODD | 1};
    msig_alloc alloc = msig_alloc_system;
    msig_entries entries = {0};
    size_t duplicates = 1;
    for (uint32_t i = 0; i < 3; i++)
        assert_true(msig_entries_add(&entries, &alloc, (msig_name){ids[i], {0, 0}}, i));
    assert_true(msig_entries_sort(&entries, &alloc, 2, 1, &duplicates));
    assert_int_equal(duplicates, 0);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(msig_entries_find(&entries, (msig_name){ids[i], {0, 0}})->shard, i);
        assert_null(msig_entries_find(&entries, (msig_name){ids[i], {0, 1}}));
        assert_null(msig_entries_find(&entries, (msig_name){beyond[i], {0, 0}}));
    }
    msig_entries_clear(&entries, &alloc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_back),
        cmocka_unit_test(names_beyond_the_index_have_no_entry),
        cmocka_unit_test(order_of_an_index_does_not_matter),
        cmocka_unit_test(stale_and_missing_tensors_are_found),
        cmocka_unit_test(of_equal_names_in_an_index_the_last_counts),
        cmocka_unit_test(a_dropped_tensor_leaves_a_hole),
        cmocka_unit_test(files_without_an_index_may_repeat_names),
        cmocka_unit_test(strict_makes_findings_errors),
        cmocka_unit_test(keys_count_variants_and_layers),
        cmocka_unit_test(a_finished_manifest_stays_as_it_is),
        cmocka_unit_test(an_index_is_read_first_and_once),
        cmocka_unit_test(an_index_cut_anywhere_is_an_error),
        cmocka_unit_test(lack_of_memory_is_reported),
    };
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
