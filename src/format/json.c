/*
 * The state machine of the JSON reader; json_window.c gives the text, json_token.c reads strings,
 * numbers and words.
 */
#include "format/json.h"

#include <string.h>

#include "format/json_token.h"

/* What may come next. */
enum {
    VALUE,          /* a value */
    FIRST_VALUE,    /* a value or the array's end */
    FIRST_KEY,      /* a key or the object's end */
    KEY,            /* a key, after a comma */
    COLON,          /* a colon, then a value */
    COMMA,          /* a comma or the end of array or object; outside, the end */
    DONE,
    FAILED
};

static void start(msig_json *json, const msig_alloc *alloc, const msig_json_options *options) {
    memset(json, 0, sizeof *json);
    json->alloc = *alloc;
    json->options = *options;
    if (json->options.max_depth > MSIG_JSON_DEEPEST)
        json->options.max_depth = MSIG_JSON_DEEPEST;
    json->mark = SIZE_MAX;
    json->token = SIZE_MAX;
    json->state = VALUE;
}

static msig_status check_length(const msig_json *json, uint64_t len, msig_err *err) {
    if (json->options.max_bytes && len > json->options.max_bytes)
        return msig_err_set(err, MSIG_ELIMIT, (int64_t)json->options.max_bytes,
                            "JSON text: %llu bytes, at most %llu allowed", (unsigned long long)len,
                            (unsigned long long)json->options.max_bytes);
    return MSIG_OK;
}

msig_status msig_json_open(msig_json *json, const msig_alloc *alloc, msig_source *source,
                           uint64_t offset, uint64_t len, const msig_json_options *options,
                           msig_err *err) {
    start(json, alloc, options);
    json->source = source;
    json->base = offset;
    json->end = offset + len;
    return check_length(json, len, err);
}

msig_status msig_json_open_text(msig_json *json, const msig_alloc *alloc, msig_span text,
                                uint64_t base, const msig_json_options *options, msig_err *err) {
    start(json, alloc, options);
    json->buf = text.len ? text.ptr : "";
    json->len = text.len;
    json->base = base;
    json->end = base + text.len;
    return check_length(json, text.len, err);
}

void msig_json_close(msig_json *json) {
    if (json->own)
        msig_free(&json->alloc, json->own, json->own_size, 1);
    if (json->scratch)
        msig_free(&json->alloc, json->scratch, json->scratch_size, 1);
    json->own = NULL;
    json->scratch = NULL;
    json->buf = "";
    json->len = json->pos = 0;
    json->source = NULL;
}

/* Steps over white space; *byte is -1 at the end of the text. */
static msig_status peek(msig_json *json, int *byte, msig_err *err) {
    for (;;) {
        while (json->pos < json->len) {
            char c = json->buf[json->pos];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                *byte = (unsigned char)c;
                return MSIG_OK;
            }
            json->pos++;
        }
        bool got;
        msig_status status = msig_json_more(json, &got, err);
        if (status != MSIG_OK)
            return status;
        if (!got) {
            *byte = -1;
            return MSIG_OK;
        }
    }
}

static bool in_object(const msig_json *json) {
    size_t top = json->depth - 1;
    return json->depth > 0 && (json->stack[top / 64] >> top % 64 & 1);
}

static msig_status descend(msig_json *json, bool object, msig_json_event *event, msig_err *err) {
    if (json->depth >= json->options.max_depth)
        return msig_err_set(err, MSIG_ELIMIT, (int64_t)msig_json_offset(json),
                            "JSON: nested deeper than %zu", json->options.max_depth);
    uint64_t bit = UINT64_C(1) << json->depth % 64;
    if (object)
        json->stack[json->depth / 64] |= bit;
    else
        json->stack[json->depth / 64] &= ~bit;
    json->depth++;
    json->pos++;
    json->state = object ? FIRST_KEY : FIRST_VALUE;
    event->kind = object ? MSIG_JSON_OBJECT : MSIG_JSON_ARRAY;
    return MSIG_OK;
}

static msig_status ascend(msig_json *json, msig_json_event *event) {
    event->offset = msig_json_offset(json);
    event->kind = in_object(json) ? MSIG_JSON_OBJECT_END : MSIG_JSON_ARRAY_END;
    json->depth--;
    json->pos++;
    json->state = COMMA;
    return MSIG_OK;
}

static msig_status value(msig_json *json, int byte, msig_json_event *event, msig_err *err) {
    event->offset = msig_json_offset(json);
    json->state = COMMA;
    if (byte == '{' || byte == '[')
        return descend(json, byte == '{', event, err);
    if (byte == '"') {
        event->kind = MSIG_JSON_STRING;
        return msig_json_string(json, event, err);
    }
    if (byte == '-' || (byte >= '0' && byte <= '9'))
        return msig_json_number(json, event, err);
    return msig_json_word(json, event, err);
}

static msig_status key(msig_json *json, int byte, const char *expected, msig_json_event *event,
                       msig_err *err) {
    if (byte != '"')
        return msig_json_unexpected(json, expected, err);
    event->offset = msig_json_offset(json);
    event->kind = MSIG_JSON_KEY;
    json->state = COLON;
    return msig_json_string(json, event, err);
}

static msig_status after_value(msig_json *json, int byte, msig_json_event *event, msig_err *err) {
    if (json->depth == 0) {
        if (byte >= 0)
            return msig_json_unexpected(json, "the end of the document", err);
        event->kind = MSIG_JSON_END;
        event->offset = msig_json_offset(json);
        json->state = DONE;
        return MSIG_OK;
    }
    bool object = in_object(json);
    if (byte == (object ? '}' : ']'))
        return ascend(json, event);
    if (byte != ',')
        return msig_json_unexpected(json, object ? "',' or '}'" : "',' or ']'", err);
    json->pos++;
    msig_status status = peek(json, &byte, err);
    if (status != MSIG_OK)
        return status;
    if (object)
        return key(json, byte, "a name in quotes", event, err);
    return value(json, byte, event, err);
}

static msig_status step(msig_json *json, msig_json_event *event, msig_err *err) {
    int byte;
    msig_status status = peek(json, &byte, err);
    if (status != MSIG_OK)
        return status;
    switch (json->state) {
    case FIRST_VALUE:
        if (byte == ']')
            return ascend(json, event);
        return value(json, byte, event, err);
    case FIRST_KEY:
        if (byte == '}')
            return ascend(json, event);
        return key(json, byte, "a name in quotes or '}'", event, err);
    case COLON:
        if (byte != ':')
            return msig_json_unexpected(json, "':'", err);
        json->pos++;
        status = peek(json, &byte, err);
        if (status != MSIG_OK)
            return status;
        return value(json, byte, event, err);
    case COMMA:
        return after_value(json, byte, event, err);
    case VALUE:
        return value(json, byte, event, err);
    default:
        event->kind = MSIG_JSON_END;
        event->offset = msig_json_offset(json);
        return MSIG_OK;
    }
}

msig_status msig_json_next(msig_json *json, msig_json_event *event, msig_err *err) {
    if (json->state == FAILED) {
        if (err)
            *err = json->failed;
        return json->failed.code;
    }
    event->marks = 0;
    msig_status status = step(json, event, &json->failed);
    json->token = SIZE_MAX;
    if (status != MSIG_OK) {
        json->state = FAILED;
        if (err)
            *err = json->failed;
    }
    return status;
}

msig_status msig_json_skip(msig_json *json, const msig_json_event *event, msig_err *err) {
    if (event->kind != MSIG_JSON_OBJECT && event->kind != MSIG_JSON_ARRAY)
        return MSIG_OK;
    size_t outside = json->depth - 1;
    while (json->depth > outside) {
        msig_json_event inner;
        msig_status status = msig_json_next(json, &inner, err);
        if (status != MSIG_OK)
            return status;
    }
    return MSIG_OK;
}

/* The end of a string whose text begins at ptr; NULL if there is none. */
static const char *string_end(const char *ptr, const char *end) {
    const char *text = ptr;
    while ((ptr = memchr(ptr, '"', (size_t)(end - ptr))) != NULL) {
        const char *before = ptr;
        while (before > text && before[-1] == '\\')
            before--;
        ptr++;
        if ((ptr - 1 - before) % 2 == 0)
            return ptr;
    }
    return NULL;
}

msig_status msig_json_leap(msig_json *json, const msig_json_event *event, msig_err *err) {
    const char *ptr = json->buf + json->pos;
    const char *end = json->buf + json->len;
    size_t open = event->kind == MSIG_JSON_OBJECT || event->kind == MSIG_JSON_ARRAY;
    if (open == 0)
        return MSIG_OK;
    while (ptr && ptr < end && open > 0) {
        char c = *ptr++;
        if (c == '"')
            ptr = string_end(ptr, end);
        else if (c == '{' || c == '[')
            open++;
        else if (c == '}' || c == ']')
            open--;
    }
    json->pos = open == 0 && ptr ? (size_t)(ptr - json->buf) : json->len;
    if (open > 0) {
        json->state = FAILED;
        msig_json_unexpected(json, "a closing bracket", &json->failed);
        if (err)
            *err = json->failed;
        return json->failed.code;
    }
    json->depth--;
    json->state = COMMA;
    return MSIG_OK;
}
