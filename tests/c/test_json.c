/* Tests of the JSON reader: golden cases, positions, windows, limits, lack of memory. */
#include "support.h"

#include "format/json.h"

static const msig_json_options strict_options = {0, 128, 100000, false};
static const msig_json_options lenient_options = {0, 128, 100000, true};

/* Reads all events of a source; marks of all events together in *marks. */
static msig_status read_all(const msig_alloc *alloc, msig_source *source,
                            const msig_json_options *options, unsigned *marks, uint64_t *digest,
                            msig_err *err) {
    msig_json json;
    msig_json_event event;
    *marks = 0;
    *digest = 0;
    msig_status status = msig_json_open(&json, alloc, source, 0, source->size, options, err);
    while (status == MSIG_OK) {
        status = msig_json_next(&json, &event, err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_END)
            break;
        *marks |= event.marks;
        *digest = *digest * 31 + (uint64_t)event.kind * 7 + event.offset;
        if (event.kind == MSIG_JSON_KEY || event.kind == MSIG_JSON_STRING)
            for (size_t i = 0; i < event.text.len; i++)
                *digest = *digest * 31 + (unsigned char)event.text.ptr[i];
    }
    msig_json_close(&json);
    return status;
}

static msig_status read_by(size_t window, const char *text, const msig_json_options *options,
                           unsigned *marks, msig_err *err) {
    uint64_t digest;
    narrow_source source = narrow_over(msig_span_of(text), window);
    return read_all(&msig_alloc_system, &source.base, options, marks, &digest, err);
}

static msig_status read_text(const char *text, const msig_json_options *options, unsigned *marks,
                             msig_err *err) {
    return read_by(1 << 20, text, options, marks, err);
}

/* Input, caret under the byte that the error names, code. */
static const struct {
    const char *text, *caret;
    msig_status code;
} errors[] = {
    {"", "^", MSIG_ETRUNCATED},
    {"  ", "  ^", MSIG_ETRUNCATED},
    {"[1,2", "    ^", MSIG_ETRUNCATED},
    {"[1,]", "   ^", MSIG_EMALFORMED},
    {"[1 2]", "   ^", MSIG_EMALFORMED},
    {"{\"a\" 1}", "     ^", MSIG_EMALFORMED},
    {"{\"a\":1,}", "       ^", MSIG_EMALFORMED},
    {"{a:1}", " ^", MSIG_EMALFORMED},
    {"[01]", "  ^", MSIG_EMALFORMED},
    {"[1.]", "   ^", MSIG_EMALFORMED},
    {"[-]", "  ^", MSIG_EMALFORMED},
    {"[1e]", "   ^", MSIG_EMALFORMED},
    {"[tru]", "    ^", MSIG_EMALFORMED},
    {"\"abc", "    ^", MSIG_ETRUNCATED},
    {"\"a\\x\"", "  ^", MSIG_EMALFORMED},
    {"\"a\nb\"", "  ^", MSIG_EMALFORMED},
    {"\"a\\u12G4\"", "  ^", MSIG_EMALFORMED},
    {"\"\\ud800\"", " ^", MSIG_EMALFORMED},
    {"\"ab\xff\"", "   ^", MSIG_EMALFORMED},
    {"\"\\\\\xff\"", "   ^", MSIG_EMALFORMED},
    {"\"\\", "  ^", MSIG_ETRUNCATED},
    {"{} {}", "   ^", MSIG_EMALFORMED},
    {"NaN", "^", MSIG_EMALFORMED},
};

static void errors_name_code_and_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        for (size_t window = strlen(errors[i].text) + 1; window > 0; window--) {
            msig_err err = garbage_err();
            unsigned marks;
            msig_status status = read_by(window, errors[i].text, &strict_options, &marks, &err);
            if (status != errors[i].code || err.offset != (int64_t)strlen(errors[i].caret) - 1)
                fail_msg("%s\n%s\n%s at %lld: %s", errors[i].text, errors[i].caret,
                         msig_status_name(status), (long long)err.offset, err.text);
            assert_int_equal(err.code, status);
        }
    }
}

static void lenient_marks_what_is_no_json(void **state) {
    (void)state;
    unsigned marks;
    assert_int_equal(read_text("[NaN,Infinity,-Infinity]", &lenient_options, &marks, NULL),
                     MSIG_OK);
    assert_int_equal(marks, MSIG_JSON_NONFINITE);
    assert_int_equal(read_text("[\"\\ud800\"]", &lenient_options, &marks, NULL), MSIG_OK);
    assert_int_equal(marks, MSIG_JSON_REPLACED | MSIG_JSON_ESCAPED);
    assert_int_equal(read_text("[18446744073709551616]", &lenient_options, &marks, NULL), MSIG_OK);
    assert_int_equal(marks, MSIG_JSON_ROUNDED);
}

static void integers_are_exact(void **state) {
    (void)state;
    msig_json json;
    msig_json_event event;
    msig_span text =
        msig_span_of("[9007199254740993,-9223372036854775808,18446744073709551615,1.5]");
    assert_int_equal(msig_json_open_text(&json, &msig_alloc_system, text, 0, &strict_options, NULL),
                     MSIG_OK);
    msig_json_next(&json, &event, NULL);
    msig_json_next(&json, &event, NULL);
    assert_true(event.kind == MSIG_JSON_INTEGER && event.number.integer == 9007199254740993);
    msig_json_next(&json, &event, NULL);
    assert_true(event.kind == MSIG_JSON_INTEGER && event.number.integer == INT64_MIN);
    msig_json_next(&json, &event, NULL);
    assert_true(event.kind == MSIG_JSON_NATURAL && event.number.natural == UINT64_MAX);
    msig_json_next(&json, &event, NULL);
    assert_true(event.kind == MSIG_JSON_REAL && event.number.real > 1.4);
    msig_json_close(&json);
}

static void limits_are_limits(void **state) {
    (void)state;
    unsigned marks;
    msig_err err = garbage_err();
    msig_json_options options = {10, 3, 4, false};
    assert_int_equal(read_text("[[[[]]]]", &options, &marks, &err), MSIG_ELIMIT);
    assert_int_equal(err.offset, 3);
    assert_int_equal(read_text("\"abcdef\"", &options, &marks, &err), MSIG_ELIMIT);
    assert_int_equal(read_text("[1,2,3,4,5,6]", &options, &marks, &err), MSIG_ELIMIT);
    assert_int_equal(read_text("[[[]]]", &options, &marks, &err), MSIG_OK);
}

static const char sample[] =
    "{\"k\\u00e9y\":[1,-2.5e3,true,null,\"\xe2\x82\xac\"],\"b\":{\"c\":\"\\n\"}} ";

static void windows_do_not_matter(void **state) {
    (void)state;
    uint64_t whole = 0;
    unsigned marks;
    for (size_t window = sizeof sample; window > 0; window--) {
        uint64_t digest;
        narrow_source source = narrow_over(msig_span_of(sample), window);
        assert_int_equal(
            read_all(&msig_alloc_system, &source.base, &strict_options, &marks, &digest, NULL),
            MSIG_OK);
        if (window == sizeof sample)
            whole = digest;
        assert_true(digest == whole);
    }
}

static void cut_anywhere_is_an_error_with_its_place(void **state) {
    (void)state;
    size_t end = strlen(sample) - 1; /* the last byte is a space */
    for (size_t len = 0; len < end; len++) {
        msig_span text = {sample, len};
        narrow_source source = narrow_over(text, 3);
        msig_err err = garbage_err();
        unsigned marks;
        uint64_t digest;
        msig_status status =
            read_all(&msig_alloc_system, &source.base, &strict_options, &marks, &digest, &err);
        assert_true(status == MSIG_ETRUNCATED || status == MSIG_EMALFORMED);
        assert_true(err.offset >= 0 && err.offset <= (int64_t)len);
    }
}

static void lack_of_memory_is_reported(void **state) {
    (void)state;
    for (size_t k = 0;; k++) {
        msig_alloc_failing failing = {k, false, 0, 0, 0};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        narrow_source source = narrow_over(msig_span_of(sample), 7);
        msig_err err = garbage_err();
        unsigned marks;
        uint64_t digest;
        msig_status status = read_all(&alloc, &source.base, &strict_options, &marks, &digest, &err);
        assert_int_equal(failing.live, 0);
        if (status == MSIG_OK) {
            assert_true(k > 0);
            return;
        }
        assert_int_equal(status, MSIG_ENOMEM);
    }
}

/* Reads "name" and "file" of a golden case; file is "" for the two that are made here. */
static void golden_fields(msig_span line, char *name, char *file, size_t *file_len) {
    msig_json json;
    msig_json_event event;
    msig_json_options options = {0, 8, SIZE_MAX, true};
    msig_json_open_text(&json, &msig_alloc_system, line, 0, &options, NULL);
    *file_len = 0;
    msig_json_next(&json, &event, NULL);
    while (msig_json_next(&json, &event, NULL) == MSIG_OK && event.kind == MSIG_JSON_KEY) {
        bool is_name = msig_span_equal(event.text, msig_span_of("name"));
        bool is_file = msig_span_equal(event.text, msig_span_of("file"));
        msig_json_next(&json, &event, NULL);
        if (is_name)
            snprintf(name, 256, "%.*s", (int)event.text.len, event.text.ptr);
        if (is_file && event.kind == MSIG_JSON_STRING)
            *file_len = base64_decode(event.text, file);
    }
    msig_json_close(&json);
}

static void golden_cases(void **state) {
    (void)state;
    FILE *file = open_shared("golden/json/cases.jsonl");
    char *line;
    size_t len;
    size_t count = 0;
    if (!file) {
        print_message("skipped: 318 golden JSON cases are not there\n");
        skip();
    }
    while (read_line(file, &line, &len)) {
        char name[256];
        char *text = malloc(len + 1);
        size_t text_len;
        msig_span whole = {line, len};
        golden_fields(whole, name, text, &text_len);
        msig_span span = {text, text_len};
        for (size_t window = 1; window < 1000; window += 900) {
            narrow_source source = narrow_over(span, window);
            unsigned marks;
            uint64_t digest;
            msig_status status =
                read_all(&msig_alloc_system, &source.base, &lenient_options, &marks, &digest, NULL);
            if (name[0] == 'y')
                assert_int_equal(status, MSIG_OK);
            if (name[0] == 'n' && status == MSIG_OK && !(marks & MSIG_JSON_NONFINITE))
                fail_msg("accepted: %s", name);
        }
        count++;
        free(text);
        free(line);
    }
    free(line);
    fclose(file);
    assert_int_equal(count, 318);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_code_and_byte),
        cmocka_unit_test(lenient_marks_what_is_no_json),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(limits_are_limits),
        cmocka_unit_test(windows_do_not_matter),
        cmocka_unit_test(cut_anywhere_is_an_error_with_its_place),
        cmocka_unit_test(lack_of_memory_is_reported),
        cmocka_unit_test(golden_cases),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
