#include "format/json_window.h"

#include <string.h>

#define WINDOW ((size_t)1 << 18)

/* Makes the window's memory, or doubles it. */
static bool enlarge(msig_json *json) {
    uint64_t whole = json->end - json->base + MSIG_SOURCE_LINE;
    size_t size = whole < WINDOW ? (size_t)whole : WINDOW;
    if (json->own)
        size = json->own_size * 2;
    char *grown = msig_resize(&json->alloc, json->own, json->own_size, size, 1);
    if (!grown)
        return false;
    json->own = grown;
    json->own_size = size;
    return true;
}

msig_status msig_json_more(msig_json *json, bool *got, msig_err *err) {
    *got = false;
    if (!json->source || json->base + json->len >= json->end)
        return MSIG_OK;
    size_t keep = json->token < json->mark ? json->token : json->mark;
    if (keep > json->pos)
        keep = json->pos;
    size_t kept = json->len - keep;
    size_t at = json->own ? (size_t)(json->buf - json->own) + keep : 0;
    if ((!json->own || kept > json->own_size / 2) && !enlarge(json))
        return msig_err_nomem(err);
    uint64_t offset = json->base + json->len;
    size_t start = msig_source_lies_like(offset - kept, json->own);
    memmove(json->own + start, json->own + at, kept);
    json->buf = json->own + start;
    json->base += keep;
    json->pos -= keep;
    json->len = kept;
    if (json->token != SIZE_MAX)
        json->token -= keep;
    if (json->mark != SIZE_MAX)
        json->mark -= keep;
    uint64_t left = json->end - offset;
    size_t room = json->own_size - start - kept;
    size_t n = left < room ? (size_t)left : room;
    size_t count;
    msig_status status =
        msig_source_some(json->source, offset, json->own + start + kept, n, &count, err);
    json->len += count;
    *got = count > 0;
    return status;
}

msig_status msig_json_unexpected(const msig_json *json, const char *expected, msig_err *err) {
    int64_t offset = (int64_t)(json->base + json->pos);
    if (json->pos >= json->len)
        return msig_err_set(err, MSIG_ETRUNCATED, offset, "JSON: expected %s, found the end",
                            expected);
    unsigned char c = (unsigned char)json->buf[json->pos];
    if (c >= 0x21 && c < 0x7f)
        return msig_err_set(err, MSIG_EMALFORMED, offset, "JSON: expected %s, found '%c'", expected,
                            c);
    return msig_err_set(err, MSIG_EMALFORMED, offset, "JSON: expected %s, found byte 0x%02x",
                        expected, c);
}
