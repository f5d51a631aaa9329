/* Tests of src/base: errors, memory, tables, bytes, sources. */
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/key.h"
#include "base/sum.h"
#include "base/table.h"
#include "base/utf8.h"

static void errors_have_names_and_printable_texts(void **state) {
    (void)state;
    msig_err err = garbage_err();
    assert_string_equal(msig_status_name(MSIG_OK), "ok");
    assert_string_equal(msig_status_name(MSIG_ETRUNCATED), "truncated");
    assert_string_equal(msig_status_name(MSIG_EOFFLINE), "offline");
    assert_string_equal(msig_status_name(MSIG_STATUS_COUNT), "unknown");
    assert_string_equal(msig_status_name((msig_status)-1), "unknown");
    for (int i = 0; i <= MSIG_STATUS_COUNT; i++)
        assert_non_null(msig_status_text((msig_status)i));
    assert_int_equal(msig_err_set(NULL, MSIG_EIO, 1, "x"), MSIG_EIO);
    assert_int_equal(msig_err_set(&err, MSIG_EIO, 7, "%s", "a\n\x7f\xff\xc3\xa9"), MSIG_EIO);
    assert_int_equal(err.code, MSIG_EIO);
    assert_int_equal(err.offset, 7);
    assert_string_equal(err.text, "a???\xc3\xa9");
    msig_err_set(&err, MSIG_EIO, 7, "%s", "\xc2\x9b" "2J\xc2\xa0");
    assert_string_equal(err.text, "??2J\xc2\xa0");
    msig_err_set(&err, MSIG_EIO, 7, "%s", "a\xe2\x80\xae" "b\xef\xbb\xbf\xe2\x82\xac");
    assert_string_equal(err.text, "a???b???\xe2\x82\xac");
    assert_int_equal(msig_err_nomem(&err), MSIG_ENOMEM);
    assert_int_equal(err.offset, MSIG_NO_OFFSET);
}

static void error_texts_are_cut_between_characters(void **state) {
    (void)state;
    char text[400];
    for (size_t pad = 0; pad < 4; pad++) {
        msig_err err = garbage_err();
        memset(text, 'x', pad);
        for (size_t i = pad; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        msig_err_set(&err, MSIG_EIO, 0, "%s", text);
        size_t len = strlen(err.text);
        assert_in_range(len, MSIG_ERR_TEXT - 4, MSIG_ERR_TEXT - 1);
        assert_int_equal(msig_utf8_valid(err.text, len), len);
        assert_null(strchr(err.text, '?'));
    }
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    size_t capacity = 0;
    char *array = NULL;
    assert_null(msig_new(&msig_alloc_system, SIZE_MAX / 2, 3));
    assert_null(msig_resize(&msig_alloc_system, NULL, 0, SIZE_MAX, 2));
    assert_false(msig_grow(&msig_alloc_system, &array, &capacity, SIZE_MAX / 4, 8));
    assert_null(array);
    assert_int_equal(capacity, 0);
    uint64_t sum = 5;
    assert_false(msig_add(UINT64_MAX, 1, &sum));
    assert_false(msig_mul(UINT64_C(1) << 32, UINT64_C(1) << 32, &sum));
    assert_int_equal(sum, 5);
    assert_true(msig_add(UINT64_MAX - 1, 1, &sum) && sum == UINT64_MAX);
    assert_true(msig_mul(UINT64_MAX, 1, &sum) && sum == UINT64_MAX);
    assert_true(msig_mul(UINT64_MAX, 0, &sum) && sum == 0);
    assert_true(msig_mul(0, UINT64_MAX, &sum) && sum == 0);
}

static void memory_is_zeroed_and_zero_bytes_are_some(void **state) {
    (void)state;
    unsigned char *bytes = msig_new(&msig_alloc_system, 10, 10);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(bytes[i], 0);
    msig_free(&msig_alloc_system, bytes, 10, 10);
    void *nothing = msig_new(&msig_alloc_system, 0, 8);
    assert_non_null(nothing);
    msig_free(&msig_alloc_system, nothing, 0, 8);
    msig_free(&msig_alloc_system, NULL, 3, 8);
}

static void the_failing_allocator_counts(void **state) {
    (void)state;
    msig_alloc_failing failing = {1, false, 0, 0, 0};
    msig_alloc alloc = msig_alloc_failing_borrow(&failing);
    void *first = msig_new(&alloc, 1, 10);
    assert_int_equal(failing.live, 10);
    assert_null(msig_new(&alloc, 1, 10));
    void *third = msig_new(&alloc, 1, 30);
    assert_non_null(third);
    assert_int_equal(failing.count, 3);
    first = msig_resize(&alloc, first, 10, 4, 1); /* shrinking never fails */
    assert_int_equal(failing.live, 34);
    assert_int_equal(failing.count, 3);
    msig_free(&alloc, first, 4, 1);
    msig_free(&alloc, third, 1, 30);
    assert_int_equal(failing.live, 0);
    assert_int_equal(failing.peak, 40);
    msig_alloc_failing lasting = {0, true, 0, 0, 0};
    alloc = msig_alloc_failing_borrow(&lasting);
    assert_null(msig_new(&alloc, 1, 1));
    assert_null(msig_new(&alloc, 1, 1));
}

static void arenas_keep_what_they_gave(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 7, 8, 100, 3000, 5000, 1, 300000, 1, 40, 100000, 9};
    msig_alloc_failing failing = {SIZE_MAX, false, 0, 0, 0};
    msig_alloc alloc = msig_alloc_failing_borrow(&failing);
    msig_arena arena;
    unsigned char *pieces[13];
    msig_arena_init(&arena, &alloc);
    assert_int_equal(failing.count, 0);
    for (size_t i = 0; i < 13; i++) {
        pieces[i] = msig_arena_alloc(&arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % sizeof(uint64_t), 0);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < 13; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(pieces[i][k], i + 1);
    assert_int_equal(arena.bytes, failing.live);
    assert_null(msig_arena_alloc(&arena, SIZE_MAX));
    assert_null(msig_arena_alloc(&arena, SIZE_MAX - 8));
    assert_null(msig_arena_dup(&arena, "", SIZE_MAX));
    assert_string_equal(msig_arena_dup(&arena, "abcdef", 3), "abc");
    assert_string_equal(msig_arena_dup(&arena, NULL, 0), "");
    msig_arena_clear(&arena);
    assert_int_equal(failing.live, 0);
    assert_non_null(msig_arena_alloc(&arena, 10)); /* can be used again */
    msig_arena_clear(&arena);
    assert_int_equal(failing.live, 0);
}

static msig_status intern_many(const msig_alloc *alloc, size_t count) {
    msig_arena arena;
    msig_intern intern;
    bool good = true;
    msig_arena_init(&arena, alloc);
    msig_intern_init(&intern, alloc, &arena);
    for (size_t i = 0; good && i < count; i++) {
        char text[32];
        msig_span span = {text, (size_t)snprintf(text, sizeof text, "name.%zu", i)};
        uint32_t id = msig_intern_put(&intern, span);
        good = id != MSIG_NONE;
        assert_true(!good || id == i);
        assert_int_equal(intern.count, good ? i + 1 : i);
        assert_int_equal(msig_intern_find(&intern, span), good ? (uint32_t)i : MSIG_NONE);
    }
    for (size_t i = 0; i < intern.count; i++) {
        char text[32];
        msig_span span = {text, (size_t)snprintf(text, sizeof text, "name.%zu", i)};
        assert_int_equal(msig_intern_find(&intern, span), i);
        assert_true(msig_span_equal(msig_intern_text(&intern, (uint32_t)i), span));
    }
    msig_span other = {"name.1\0", 7};
    assert_int_equal(msig_intern_find(&intern, other), MSIG_NONE);
    msig_intern_clear(&intern);
    msig_arena_clear(&arena);
    return good ? MSIG_OK : MSIG_ENOMEM;
}

static void equal_strings_have_one_number(void **state) {
    (void)state;
    assert_int_equal(intern_many(&msig_alloc_system, 20000), MSIG_OK);
    msig_status status = MSIG_ENOMEM;
    for (size_t k = 0; status != MSIG_OK; k++) {
        msig_alloc_failing failing = {k, k % 2 == 0, 0, 0, 0};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        status = intern_many(&alloc, 300);
        assert_int_equal(failing.live, 0);
    }
}

static void cursors_never_leave_their_bytes(void **state) {
    (void)state;
    static const unsigned char bytes[] = {1, 2, 3, 4, 5, 6, 7, 0x88, 9};
    for (size_t len = 0; len <= sizeof bytes; len++) {
        msig_cursor cursor = msig_cursor_over(bytes, len, 100);
        uint64_t number = 42;
        bool whole = msig_cursor_u64le(&cursor, &number);
        assert_int_equal(whole, len >= 8);
        assert_true(number == (whole ? UINT64_C(0x8807060504030201) : 42));
        assert_int_equal(msig_cursor_offset(&cursor), whole ? 108 : 100);
        assert_int_equal(msig_cursor_left(&cursor), whole ? len - 8 : len);
        unsigned char byte = 0;
        assert_int_equal(msig_cursor_byte(&cursor, &byte), len != 0 && len != 8);
        msig_span span;
        size_t left = msig_cursor_left(&cursor);
        assert_false(msig_cursor_take(&cursor, (uint64_t)left + 1, &span));
        assert_false(msig_cursor_take(&cursor, UINT64_MAX, &span));
        assert_true(msig_cursor_take(&cursor, left, &span));
        assert_int_equal(span.len, left);
        assert_int_equal(msig_cursor_left(&cursor), 0);
    }
}

static void hashes_depend_on_bytes_length_and_seed(void **state) {
    (void)state;
    static const char zeros[40];
    for (size_t i = 0; i < sizeof zeros; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(msig_hash(zeros, i, 1) != msig_hash(zeros, k, 1));
    assert_true(msig_hash("abcdefgh1", 9, 1) != msig_hash("abcdefgh2", 9, 1));
    assert_true(msig_hash("abc", 3, 1) != msig_hash("abc", 3, 2));
    char moved[32];
    for (size_t i = 0; i < 8; i++) {
        memcpy(moved + i, "model.layers.1", 14);
        assert_true(msig_hash(moved + i, 14, 3) == msig_hash("model.layers.1", 14, 3));
    }
}

static void spans_are_ordered_by_bytes(void **state) {
    (void)state;
    static const char *const sorted[] = {"", "a", "a.1", "a.10", "a.2", "aa", "\xc3\xa9"};
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 7; k++) {
            int order = msig_span_order(msig_span_of(sorted[i]), msig_span_of(sorted[k]));
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
            assert_int_equal(msig_span_equal(msig_span_of(sorted[i]), msig_span_of(sorted[k])),
                             i == k);
        }
}

static void every_code_point_goes_there_and_back(void **state) {
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code += code < 0x11000 ? 1 : 61) {
        char out[4];
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        size_t len = msig_utf8_put(code, out);
        assert_int_equal(msig_utf8_char(out, len), len);
        assert_int_equal(msig_utf8_valid(out, len), len);
        for (size_t cut = 1; cut < len; cut++) {
            assert_int_equal(msig_utf8_char(out, cut), 0);
            assert_true(msig_utf8_is_cut(out, cut));
        }
        assert_false(msig_utf8_is_cut(out, len));
    }
}

static void what_is_not_utf8_is_found(void **state) {
    (void)state;
    static const char *const broken[] = {"\x80",
                                         "\xc0\x80",
                                         "\xc1\xbf",
                                         "\xe0\x80\x80",
                                         "\xe0\x9f\xbf",
                                         "\xed\xa0\x80",
                                         "\xed\xbf\xbf",
                                         "\xf0\x80\x80\x80",
                                         "\xf0\x8f\xbf\xbf",
                                         "\xf4\x90\x80\x80",
                                         "\xf5\x80\x80\x80",
                                         "\xff",
                                         "\xc3(",
                                         "\xe2\x82(",
                                         "\xf0\x9f\x98("};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char text[64];
        for (size_t at = 0; at < 20; at++) { /* the fast way goes 8 bytes at once */
            memset(text, 'a', sizeof text);
            memcpy(text + at, broken[i], strlen(broken[i]));
            assert_int_equal(msig_utf8_valid(text, sizeof text), at);
        }
        assert_int_equal(msig_utf8_char(broken[i], strlen(broken[i])), 0);
    }
    assert_int_equal(msig_utf8_valid("", 0), 0);
    assert_false(msig_utf8_is_cut("", 0));
    assert_false(msig_utf8_is_cut("\xed\xa0", 2));
}

static void keys_have_n_for_every_index(void **state) {
    (void)state;
    static const struct {
        const char *name, *key;
        size_t count;
        bool exact;
        uint32_t first;
    } cases[] = {
        {"model.layers.12.mlp.experts.7.w", "model.layers.N.mlp.experts.N.w", 2, true, 12},
        {"0.a.1", "N.a.N", 2, true, 0},
        {"1.2.3", "N.N.N", 3, true, 1},
        {"5", "N", 1, true, 5},
        {"", "", 0, true, 0},
        {"a..b.", "a..b.", 0, true, 0},
        {"h1.w", "h1.w", 0, true, 0},
        {"a.007", "a.N", 1, false, 7},
        {"a.N", "a.N", 0, false, 0},
        {"a.4294967294", "a.N", 1, true, 4294967294u},
        {"a.4294967295", "a.N", 1, false, UINT32_MAX},
        {"a.99999999999999999999999", "a.N", 1, false, UINT32_MAX},
        {"1.2.3.4.5", "N.N.N.N.N", 5, false, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];
        msig_key_indices indices;
        msig_span name = msig_span_of(cases[i].name);
        msig_span key = {out, msig_key_abstract(name, out, &indices)};
        assert_true(msig_span_equal(key, msig_span_of(cases[i].key)));
        assert_int_equal(indices.count, cases[i].count);
        assert_int_equal(indices.exact, cases[i].exact);
        if (indices.count)
            assert_int_equal(indices.value[0], cases[i].first);
        for (size_t k = 0; k < indices.count && k < MSIG_KEY_KEPT; k++) {
            const char *digits = name.ptr + indices.at[k];
            assert_int_equal(strspn(digits, "0123456789"), indices.digits[k]);
            assert_true(digits == name.ptr || digits[-1] == '.');
        }
        assert_int_equal(msig_key_abstract(name, out, NULL), key.len);
        char again[64];
        size_t len = msig_key_name(key, indices.value, indices.exact ? indices.count : 0, again);
        assert_true(msig_span_equal((msig_span){again, len}, indices.exact ? name : key));
    }
    char out[64];
    size_t len = msig_key_name(msig_span_of("N.aN.N.N"), (uint32_t[]){7, UINT32_MAX - 1}, 2, out);
    assert_true(msig_span_equal((msig_span){out, len}, msig_span_of("7.aN.4294967294.N")));
}

static void memory_is_a_source(void **state) {
    (void)state;
    msig_source *source;
    char buf[8];
    size_t got;
    msig_err err = garbage_err();
    assert_int_equal(msig_source_open_memory(&msig_alloc_system, "0123456789", 10, &source, &err),
                     MSIG_OK);
    assert_int_equal(msig_source_size(source), 10);
    assert_int_equal(msig_source_read(source, 2, buf, 8, &err), MSIG_OK);
    assert_memory_equal(buf, "23456789", 8);
    assert_int_equal(msig_source_read(source, 3, buf, 8, &err), MSIG_ETRUNCATED);
    assert_int_equal(err.offset, 10);
    assert_int_equal(msig_source_some(source, 7, buf, 8, &got, &err), MSIG_OK);
    assert_int_equal(got, 3);
    assert_int_equal(msig_source_some(source, UINT64_MAX, buf, 8, &got, &err), MSIG_OK);
    assert_int_equal(got, 0);
    assert_memory_equal(msig_source_borrow(source, 9, 1), "9", 1);
    assert_non_null(msig_source_borrow(source, 10, 0));
    assert_null(msig_source_borrow(source, 9, 2));
    assert_null(msig_source_borrow(source, UINT64_MAX, 1));
    msig_source_close(source);
    assert_int_equal(msig_source_open_memory(&msig_alloc_system, NULL, 0, &source, &err), MSIG_OK);
    assert_int_equal(msig_source_read(source, 0, buf, 1, &err), MSIG_ETRUNCATED);
    assert_int_equal(err.offset, 0);
    msig_source_close(source);
    msig_source_close(NULL);
}

static void files_are_sources(void **state) {
    (void)state;
    char path[] = "/tmp/modelsig_base_XXXXXX";
    msig_source *source;
    msig_err err = garbage_err();
    char buf[16];
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, "0123456789", 10) == 10);
    assert_int_equal(msig_source_open_file(&msig_alloc_system, path, &source, &err), MSIG_OK);
    assert_int_equal(msig_source_size(source), 10);
    assert_null(msig_source_borrow(source, 0, 1));
    assert_int_equal(msig_source_read(source, 1, buf, 9, &err), MSIG_OK);
    assert_memory_equal(buf, "123456789", 9);
    assert_int_equal(ftruncate(fd, 4), 0); /* it becomes shorter while it is open */
    assert_int_equal(msig_source_read(source, 1, buf, 9, &err), MSIG_ETRUNCATED);
    assert_int_equal(err.offset, 4);
    msig_source_close(source);
    msig_alloc_failing failing = {0, false, 0, 0, 0};
    msig_alloc alloc = msig_alloc_failing_borrow(&failing);
    assert_int_equal(msig_source_open_file(&alloc, path, &source, &err), MSIG_ENOMEM);
    assert_int_equal(msig_source_open_memory(&alloc, "", 0, &source, &err), MSIG_OK);
    msig_source_close(source);
    close(fd);
    unlink(path);
    assert_int_equal(failing.live, 0);
}

static void what_is_no_file_is_not_opened(void **state) {
    (void)state;
    char path[] = "/tmp/modelsig_base_XXXXXX";
    char inside[64];
    msig_source *source = NULL;
    msig_err err = garbage_err();
    assert_non_null(mkdtemp(path));
    snprintf(inside, sizeof inside, "%s/pipe", path);
    assert_int_equal(msig_source_open_file(&msig_alloc_system, inside, &source, &err),
                     MSIG_ENOTFOUND);
    assert_int_equal(msig_source_open_file(&msig_alloc_system, path, &source, &err), MSIG_EIO);
    assert_int_equal(mkfifo(inside, 0600), 0);
    assert_int_equal(msig_source_open_file(&msig_alloc_system, inside, &source, &err), MSIG_EIO);
    assert_null(source);
    unlink(inside);
    rmdir(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_names_and_printable_texts),
        cmocka_unit_test(error_texts_are_cut_between_characters),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(memory_is_zeroed_and_zero_bytes_are_some),
        cmocka_unit_test(the_failing_allocator_counts),
        cmocka_unit_test(arenas_keep_what_they_gave),
        cmocka_unit_test(equal_strings_have_one_number),
        cmocka_unit_test(cursors_never_leave_their_bytes),
        cmocka_unit_test(hashes_depend_on_bytes_length_and_seed),
        cmocka_unit_test(spans_are_ordered_by_bytes),
        cmocka_unit_test(every_code_point_goes_there_and_back),
        cmocka_unit_test(what_is_not_utf8_is_found),
        cmocka_unit_test(keys_have_n_for_every_index),
        cmocka_unit_test(memory_is_a_source),
        cmocka_unit_test(files_are_sources),
        cmocka_unit_test(what_is_no_file_is_not_opened),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
