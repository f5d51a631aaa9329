/* The scalars of JSON text, and what happens when memory runs out under them. */
#include "support.h"

#include "format/json_write.h"

static void expect(msig_json_text *text, const char *wanted) {
    assert_false(text->failed);
    assert_int_equal(text->len, strlen(wanted));
    assert_memory_equal(text->ptr, wanted, text->len);
    msig_json_text_clear(text);
}

static void strings_are_escaped_and_repaired(void **state) {
    static const struct {
        const char *given;
        size_t len;
        const char *wanted;
    } cases[] = {
        {"", 0, "\"\""},
        {"a/b\"\\\n\0\x1f\x7f", 9, "\"a/b\\\"\\\\\\n\\u0000\\u001f\\u007f\""},
        {"\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {"\xc2\x9b\xe2\x80\xa8\xe2\x80\xae", 8, "\"\\u009b\\u2028\\u202e\""},
        {"\xff", 1, "\"\xef\xbf\xbd\""},
        {"\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    msig_json_text text = {.alloc = msig_alloc_system};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        msig_json_put_string(&text, cases[i].given, cases[i].len);
        expect(&text, cases[i].wanted);
    }
}

static void numbers_read_back(void **state) {
    static const struct {
        double given;
        const char *wanted;
    } cases[] = {{0.1, "0.1"},         {1.0 / 3, "0.3333333333333333"},
                 {5e-324, "5e-324"},   {9007199254740992.0, "9007199254740992.0"},
                 {-0.0, "-0.0"},       {1e300, "1e+300"},
                 {123456.5, "123456.5"}};
    msig_json_text text = {.alloc = msig_alloc_system};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        msig_json_put_real(&text, cases[i].given);
        expect(&text, cases[i].wanted);
    }
    msig_json_put_integer(&text, INT64_MIN);
    expect(&text, "-9223372036854775808");
}

static void write_all(msig_json_text *text) {
    msig_json_put_string(text, "name", 4);
    msig_json_put_break(text, 300);
    msig_json_put_again(text, 0, 6);
    msig_json_put_real(text, 0.5);
}

static void lack_of_memory_is_remembered(void **state) {
    (void)state;
    for (size_t at = 0;; at++) {
        msig_alloc_failing failing = {at, true, 0, 0, 0};
        msig_json_text text = {.alloc = msig_alloc_failing_borrow(&failing)};
        write_all(&text);
        bool failed = text.failed;
        msig_json_text_clear(&text);
        assert_int_equal(failing.live, 0);
        if (!failed)
            break;
        assert_true(at < 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped_and_repaired),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(lack_of_memory_is_remembered),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
