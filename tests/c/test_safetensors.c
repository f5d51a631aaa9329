/* Tests of safetensors headers and shard indexes into a manifest. */
#include "support.h"

#include "format/index.h"
#include "format/json.h"
#include "format/manifest.h"
#include "format/safetensors.h"

static const msig_safetensors_options plain = {false};

/* Puts a length in front of a header and zeros behind it; free with free. */
static msig_span make_file(const char *header, size_t data) {
    size_t len = strlen(header);
    char *bytes = calloc(1, 8 + len + data + 1);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)len >> (8 * i) & 0xff);
    memcpy(bytes + 8, header, len);
    msig_span file = {bytes, 8 + len + data};
    return file;
}

static msig_status read_into(msig_manifest *m, msig_span file, size_t window,
                             const msig_safetensors_options *options, msig_err *err) {
    msig_safetensors_info info;
    narrow_source source = narrow_over(file, window);
    return msig_safetensors_read(m, &source.base, msig_span_of("x.safetensors"), options, &info,
                                 err);
}

static msig_status read_once(msig_span file, bool strict, msig_err *err) {
    msig_manifest *m;
    assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
    msig_manifest_set_strict(m, strict);
    msig_status status = read_into(m, file, 1 << 20, &plain, err);
    msig_manifest_close(m);
    return status;
}

static const char two_layers[] =
    "{\"__metadata__\":{\"format\":\"pt\"},"
    "\"m.layers.0.e.0.w\":{\"dtype\":\"BF16\",\"shape\":[2,4],\"data_offsets\":[0,16]},"
    "\"m.layers.0.e.1.w\":{\"dtype\":\"BF16\",\"shape\":[2,4],\"data_offsets\":[16,32]},"
    "\"m.layers.2.e.0.w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}}  ";

static void statistics_per_key(void **state) {
    (void)state;
    msig_manifest *m;
    msig_span file = make_file(two_layers, 40);
    assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
    assert_int_equal(read_into(m, file, 1, &plain, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_finish(m, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_count(m), 3);
    assert_int_equal(msig_manifest_key_count(m), 1);
    assert_true(msig_span_equal(msig_manifest_key(m, 0), msig_span_of("m.layers.N.e.N.w")));
    const msig_variant *first = msig_manifest_first_variant(m, 0);
    assert_int_equal(first->count, 2);
    assert_int_equal(first->layers.count, 1);
    assert_int_equal(msig_ranges_total(&first->experts), 2);
    const msig_variant *second = msig_manifest_next_variant(m, first);
    assert_int_equal(second->layers.list[0].first, 2);
    assert_null(msig_manifest_next_variant(m, second));
    assert_int_equal(msig_manifest_bytes(m), 40);
    assert_int_equal(msig_manifest_finding_count(m), 0);
    msig_manifest_close(m);
    free((void *)(uintptr_t)file.ptr);
}

static void cut_anywhere_is_an_error_with_its_place(void **state) {
    (void)state;
    msig_span file = make_file(two_layers, 40);
    for (size_t len = 0; len < file.len; len++) {
        msig_err err = garbage_err();
        msig_span part = {file.ptr, len};
        msig_status status = read_once(part, false, &err);
        assert_true(status == MSIG_ETRUNCATED || status == MSIG_EMALFORMED);
        assert_true(err.offset >= 0 && err.offset <= (int64_t)len);
    }
    free((void *)(uintptr_t)file.ptr);
}

static void findings_are_errors_when_strict(void **state) {
    (void)state;
    msig_err err = garbage_err();
    msig_span file =
        make_file(" {\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1);
    assert_int_equal(read_once(file, false, &err), MSIG_OK);
    assert_int_equal(read_once(file, true, &err), MSIG_EMALFORMED);
    assert_int_equal(err.offset, 8);
    free((void *)(uintptr_t)file.ptr);
}

static void other_things_are_named(void **state) {
    (void)state;
    static const char *const texts[] = {"<!DOCTYPE html><html></html>",
                                        "version https://git-lfs.github.com/spec/v1\noid sha256:0",
                                        "\x1f\x8b\b0123456789ab", "PK\3\4aaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        msig_err err = garbage_err();
        assert_int_equal(read_once(msig_span_of(texts[i]), false, &err), MSIG_EUNSUPPORTED);
        assert_int_equal(err.offset, 0);
    }
}

static void a_failed_file_leaves_nothing(void **state) {
    (void)state;
    msig_manifest *m;
    msig_span file = make_file(two_layers, 39);
    assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
    assert_int_equal(read_into(m, file, 100, &plain, NULL), MSIG_ETRUNCATED);
    assert_int_equal(msig_manifest_count(m), 0);
    assert_int_equal(msig_manifest_bytes(m), 0);
    assert_null(msig_manifest_first_variant(m, 0));
    msig_manifest_close(m);
    free((void *)(uintptr_t)file.ptr);
}

static void of_equal_names_the_last_counts(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{\"a.1\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        "\"a.1\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
        "{\"a.1\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        "\"\\u0061.1\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}"};
    for (size_t i = 0; i < 2; i++) {
        msig_manifest *m;
        msig_err err = garbage_err();
        msig_span file = make_file(texts[i], 2);
        assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
        assert_int_equal(read_into(m, file, 100, &plain, &err), MSIG_OK);
        assert_int_equal(msig_manifest_count(m), 1);
        assert_int_equal(msig_manifest_tensor(m, 0).dims[0], 2);
        assert_string_equal(msig_manifest_finding(m, 0)->code, "duplicate_name");
        assert_int_equal(read_once(file, true, &err), MSIG_EMALFORMED);
        msig_manifest_close(m);
        free((void *)(uintptr_t)file.ptr);
    }
}

static void a_hole_behind_the_end_is_at_the_end(void **state) {
    (void)state;
    msig_err err = garbage_err();
    msig_span file =
        make_file("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[9,10]}}", 1);
    assert_int_equal(read_once(file, false, &err), MSIG_EMALFORMED);
    assert_int_equal(err.offset, file.len);
    free((void *)(uintptr_t)file.ptr);
}

static void equal_keys_in_metadata_are_a_finding(void **state) {
    (void)state;
    static const char *const texts[] = {"{\"__metadata__\":{\"a\":\"1\",\"b\":\"1\"}}",
                                        "{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}}",
                                        "{\"__metadata__\":{\"a\":\"1\",\"\\u0061\":\"1\"}}"};
    for (size_t i = 0; i < 3; i++) {
        msig_manifest *m;
        msig_err err = garbage_err();
        msig_span file = make_file(texts[i], 0);
        assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
        assert_int_equal(read_into(m, file, 100, &plain, &err), MSIG_OK);
        assert_int_equal(msig_manifest_finding_count(m), i > 0);
        assert_true(i == 0 || strcmp(msig_manifest_finding(m, 0)->code, "duplicate_key") == 0);
        assert_int_equal(read_once(file, true, &err), i > 0 ? MSIG_EMALFORMED : MSIG_OK);
        assert_true(i == 0 || err.offset == 8 + (i == 1 ? 33 : 25));
        msig_manifest_close(m);
        free((void *)(uintptr_t)file.ptr);
    }
}

static const char index_text[] =
    "{\"metadata\":{\"total_size\":41},\"weight_map\":{\"m.layers.0.e.0.w\":\"x.safetensors\","
    "\"m.layers.0.e.1.w\":\"x.safetensors\",\"m.layers.2.e.0.w\":\"y.safetensors\","
    "\"gone\":\"x.safetensors\"}}";

static msig_status read_index(msig_manifest *m, const char *text, size_t window, msig_err *err) {
    msig_index_info info;
    narrow_source source = narrow_over(msig_span_of(text), window);
    return msig_index_read(m, &source.base, msig_span_of("index"), &info, err);
}

static bool has_finding(const msig_manifest *m, const char *code) {
    for (size_t i = 0; i < msig_manifest_finding_count(m); i++)
        if (strcmp(msig_manifest_finding(m, i)->code, code) == 0)
            return true;
    return false;
}

static void index_assigns_tensors(void **state) {
    (void)state;
    msig_manifest *m;
    msig_span file = make_file(two_layers, 40);
    assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
    assert_int_equal(read_index(m, index_text, 1, NULL), MSIG_OK);
    assert_int_equal(msig_index_shard_count(m), 2);
    assert_int_equal(read_into(m, file, 7, &plain, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_finish(m, NULL), MSIG_OK);
    assert_int_equal(msig_manifest_count(m), 2);
    assert_true(has_finding(m, "stale"));
    assert_true(has_finding(m, "missing_shard"));
    assert_true(has_finding(m, "missing_tensor"));
    assert_true(has_finding(m, "total_size"));
    msig_manifest_close(m);
    free((void *)(uintptr_t)file.ptr);
}

static void hostile_shard_names_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"../x",        "/x",     "",          "a\\\\b",
                                        "https://x/y", "a/../b", "a\\u0000b", "C:x",
                                        "a//b",        "./x",    ".."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[100];
        msig_manifest *m;
        msig_err err = garbage_err();
        snprintf(text, sizeof text, "{\"weight_map\":{\"t\":\"%s\"}}", names[i]);
        assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
        assert_int_equal(read_index(m, text, 100, &err), MSIG_EMALFORMED);
        assert_int_equal(err.offset, 19);
        msig_manifest_close(m);
    }
    assert_null(msig_index_bad_shard(msig_span_of("model.safetensors-00003-of-00004.safetensors")));
    assert_null(msig_index_bad_shard(msig_span_of("text_encoder/model..safetensors")));
}

static void odd_indexes_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"[]",
                                        "{}",
                                        "{\"weight_map\":[]}",
                                        "{\"weight_map\":{\"a\":1}}",
                                        "{\"weight_map\":{}} {\"weight_map\":{}}",
                                        "{\"weight_map\":{},\"weight_map\":{}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        msig_manifest *m;
        msig_err err = garbage_err();
        assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
        assert_int_equal(read_index(m, texts[i], 5, &err), MSIG_EMALFORMED);
        assert_true(err.offset >= 0);
        msig_manifest_close(m);
    }
}

static msig_status whole_job(const msig_alloc *alloc, msig_span file) {
    msig_manifest *m;
    msig_err err = garbage_err();
    msig_status status = msig_manifest_open(alloc, &m, &err);
    if (status != MSIG_OK)
        return status;
    status = read_index(m, index_text, 64, &err);
    if (status == MSIG_OK)
        status = read_into(m, file, 64, &plain, &err);
    if (status == MSIG_OK)
        status = msig_manifest_finish(m, &err);
    assert_int_equal(status, status == MSIG_OK ? MSIG_OK : (int)err.code);
    msig_manifest_close(m);
    return status;
}

static void lack_of_memory_is_reported(void **state) {
    (void)state;
    msig_span file = make_file(two_layers, 40);
    msig_status status = MSIG_ENOMEM;
    for (size_t k = 0; status != MSIG_OK; k++) {
        msig_alloc_failing failing = {k, k % 2 == 0, 0, 0, 0};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        status = whole_job(&alloc, file);
        assert_int_equal(failing.live, 0);
        assert_true(status == MSIG_OK || status == MSIG_ENOMEM);
    }
    free((void *)(uintptr_t)file.ptr);
}

typedef struct golden_case {
    char *file;
    size_t len;
    size_t tensors;
    bool ok;
} golden_case;

static void count_tensors(msig_json *json, golden_case *golden) {
    msig_json_event event;
    msig_json_next(json, &event, NULL);
    if (event.kind != MSIG_JSON_ARRAY)
        return;
    while (msig_json_next(json, &event, NULL) == MSIG_OK && event.kind == MSIG_JSON_ARRAY) {
        golden->tensors++;
        msig_json_skip(json, &event, NULL);
    }
}

static golden_case read_case(msig_span line) {
    msig_json json;
    msig_json_event event;
    msig_json_options options = {0, 8, SIZE_MAX, true};
    golden_case golden = {calloc(1, line.len + 200000), 0, 0, false};
    msig_json_open_text(&json, &msig_alloc_system, line, 0, &options, NULL);
    msig_json_next(&json, &event, NULL);
    while (msig_json_next(&json, &event, NULL) == MSIG_OK && event.kind == MSIG_JSON_KEY) {
        if (msig_span_equal(event.text, msig_span_of("tensors"))) {
            count_tensors(&json, &golden);
            continue;
        }
        bool is_head = msig_span_equal(event.text, msig_span_of("head"));
        bool is_data = msig_span_equal(event.text, msig_span_of("data"));
        bool is_ok = msig_span_equal(event.text, msig_span_of("ok"));
        msig_json_next(&json, &event, NULL);
        if (is_head)
            golden.len += base64_decode(event.text, golden.file);
        if (is_data)
            golden.len += (size_t)event.number.integer;
        if (is_ok)
            golden.ok = event.kind == MSIG_JSON_TRUE;
    }
    msig_json_close(&json);
    return golden;
}

static void golden_cases(void **state) {
    (void)state;
    FILE *file = open_shared("golden/safetensors/cases.jsonl");
    char *line;
    size_t len;
    size_t count = 0;
    if (!file) {
        print_message("skipped: 245 golden safetensors cases are not there\n");
        skip();
    }
    while (read_line(file, &line, &len)) {
        msig_span whole = {line, len};
        golden_case golden = read_case(whole);
        msig_span text = {golden.file, golden.len};
        msig_manifest *m;
        msig_err err = garbage_err();
        assert_int_equal(msig_manifest_open(&msig_alloc_system, &m, NULL), MSIG_OK);
        msig_status status = read_into(m, text, 1 << 20, &plain, &err);
        if ((status == MSIG_OK) != golden.ok || msig_manifest_count(m) != golden.tensors)
            fail_msg("%.200s: %s", line, status ? err.text : "read");
        assert_true(status == MSIG_OK || err.offset >= 0);
        msig_manifest_close(m);
        free(golden.file);
        free(line);
        count++;
    }
    free(line);
    fclose(file);
    assert_int_equal(count, 245);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_per_key),
        cmocka_unit_test(cut_anywhere_is_an_error_with_its_place),
        cmocka_unit_test(findings_are_errors_when_strict),
        cmocka_unit_test(other_things_are_named),
        cmocka_unit_test(a_failed_file_leaves_nothing),
        cmocka_unit_test(of_equal_names_the_last_counts),
        cmocka_unit_test(a_hole_behind_the_end_is_at_the_end),
        cmocka_unit_test(equal_keys_in_metadata_are_a_finding),
        cmocka_unit_test(index_assigns_tensors),
        cmocka_unit_test(hostile_shard_names_are_refused),
        cmocka_unit_test(odd_indexes_are_refused),
        cmocka_unit_test(lack_of_memory_is_reported),
        cmocka_unit_test(golden_cases),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
