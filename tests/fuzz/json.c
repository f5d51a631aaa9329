/*
 * Fuzz target: the JSON reader. Input: any text. Read from memory and through a window of a few
 * bytes, strictly and leniently: the events must be the same, whatever is strict is also lenient,
 * and skipping a value, or leaping over it, ends where reading it ends.
 */
#include "agree.h"

#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

typedef struct outcome {
    msig_status status;
    int64_t offset;
    uint64_t digest; /* of all events */
    size_t events;
} outcome;

static void fold(uint64_t *digest, const void *ptr, size_t len) {
    const unsigned char *bytes = ptr;
    for (size_t i = 0; i < len; i++)
        *digest = (*digest ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static outcome read_all(msig_json *json, size_t len) {
    outcome out = {MSIG_OK, 0, UINT64_C(0xcbf29ce484222325), 0};
    msig_json_event event;
    msig_err err;
    size_t open = 0;
    while ((out.status = msig_json_next(json, &event, &err)) == MSIG_OK) {
        demand(event.offset <= len, "events are in the text");
        demand(event.kind != MSIG_JSON_REAL || (event.marks & MSIG_JSON_NONFINITE) ||
                   event.text.len > 0,
               "numbers have a text");
        fold(&out.digest, &event.kind, sizeof event.kind);
        fold(&out.digest, &event.marks, sizeof event.marks);
        fold(&out.digest, &event.offset, sizeof event.offset);
        if (event.kind == MSIG_JSON_KEY || event.kind == MSIG_JSON_STRING)
            fold(&out.digest, event.text.ptr, event.text.len);
        if (event.kind >= MSIG_JSON_INTEGER && event.kind <= MSIG_JSON_REAL)
            fold(&out.digest, &event.number, sizeof event.number);
        open += event.kind == MSIG_JSON_OBJECT || event.kind == MSIG_JSON_ARRAY;
        open -= event.kind == MSIG_JSON_OBJECT_END || event.kind == MSIG_JSON_ARRAY_END;
        demand(open == json->depth, "depth is counted");
        out.events++;
        if (event.kind == MSIG_JSON_END)
            break;
    }
    if (out.status == MSIG_OK)
        return out;
    out.offset = err.offset;
    demand(err.code == out.status && err.offset >= 0 && err.offset <= (int64_t)len,
           "errors are in the text");
    demand(msig_json_next(json, &event, NULL) == out.status, "an error stays");
    return out;
}

static outcome run(msig_span text, size_t window, bool lenient) {
    msig_json_options options = {0, 64, 1000, lenient};
    msig_json json;
    outcome out;
    if (window == 0) {
        msig_json_open_text(&json, &msig_alloc_system, text, 0, &options, NULL);
        out = read_all(&json, text.len);
    } else {
        hollow_source source = hollow_over(text, 0, window);
        msig_json_open(&json, &msig_alloc_system, &source.base, 0, text.len, &options, NULL);
        out = read_all(&json, text.len);
    }
    msig_json_close(&json);
    return out;
}

static void skip_all(msig_span text) {
    msig_json_options options = {0, 64, 1000, true};
    msig_json json;
    msig_json_event event;
    msig_json_open_text(&json, &msig_alloc_system, text, 0, &options, NULL);
    msig_status status = msig_json_next(&json, &event, NULL);
    if (status == MSIG_OK)
        status = msig_json_skip(&json, &event, NULL);
    if (status == MSIG_OK)
        status = msig_json_next(&json, &event, NULL);
    demand(status == run(text, 0, true).status, "skipping is reading");
    msig_json_close(&json);
}

/* Of a valid text, leaping ends where skipping ends; of any other it ends within the text. */
static void leap_all(msig_span text, bool valid) {
    msig_json_options options = {0, 64, 1000, true};
    msig_json json;
    msig_json_event event;
    msig_json_open_text(&json, &msig_alloc_system, text, 0, &options, NULL);
    msig_status status = msig_json_next(&json, &event, NULL);
    if (status == MSIG_OK)
        status = msig_json_leap(&json, &event, NULL);
    demand(msig_json_offset(&json) <= text.len, "a leap stays in the text");
    if (status == MSIG_OK)
        status = msig_json_next(&json, &event, NULL);
    demand(!valid || (status == MSIG_OK && event.kind == MSIG_JSON_END), "leaping is skipping");
    msig_json_close(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    msig_span text = {len ? (const char *)input : "", len};
    outcome strict = run(text, 0, false);
    outcome narrow = run(text, 3, false);
    outcome lenient = run(text, 0, true);
    demand(strict.status == narrow.status && strict.offset == narrow.offset &&
               strict.digest == narrow.digest && strict.events == narrow.events,
           "windows do not matter");
    demand(strict.status != MSIG_OK ||
               (lenient.status == MSIG_OK && lenient.digest == strict.digest),
           "what is strict is lenient");
    skip_all(text);
    leap_all(text, lenient.status == MSIG_OK);
    return 0;
}
