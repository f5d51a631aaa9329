#include "net/headers.h"

#include <string.h>

enum { MOST_HEADERS = 512, MOST_BYTES = 128 * 1024 };

void msig_headers_init(msig_headers *headers, const msig_alloc *alloc) {
    memset(headers, 0, sizeof *headers);
    msig_text_init(&headers->text, alloc);
}

void msig_headers_clear(msig_headers *headers) {
    if (headers->list)
        msig_free(&headers->text.alloc, headers->list, headers->capacity, sizeof *headers->list);
    headers->list = NULL;
    headers->count = headers->capacity = 0;
    msig_text_clear(&headers->text);
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static msig_span trim(msig_span text) {
    while (text.len && is_space(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* "HTTP/1.1 206 Partial Content", "HTTP/2 200" */
static void begin(msig_headers *headers, msig_span line) {
    headers->status = 0;
    headers->count = 0;
    headers->text.len = 0;
    headers->ended = false;
    const char *space = memchr(line.ptr, ' ', line.len);
    size_t at = space ? (size_t)(space - line.ptr) + 1 : line.len;
    for (size_t i = 0; i < 3 && at + i < line.len; i++) {
        char c = line.ptr[at + i];
        if (c < '0' || c > '9')
            break;
        headers->status = headers->status * 10 + (unsigned)(c - '0');
    }
}

static msig_status add(msig_headers *headers, msig_span name, msig_span value, msig_err *err) {
    if (headers->count >= MOST_HEADERS || headers->text.len + name.len + value.len > MOST_BYTES)
        return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET,
                            "answer: at most %d headers of %d bytes in all allowed", MOST_HEADERS,
                            MOST_BYTES);
    if (!msig_grow(&headers->text.alloc, &headers->list, &headers->capacity, headers->count + 1,
                   sizeof *headers->list))
        return msig_err_nomem(err);
    msig_header header = {headers->text.len, name.len, headers->text.len + name.len, value.len};
    if (!msig_text_span(&headers->text, name) || !msig_text_span(&headers->text, value))
        return msig_err_nomem(err);
    for (size_t i = 0; i < name.len; i++) {
        char *c = headers->text.ptr + header.name + i;
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    headers->list[headers->count++] = header;
    return MSIG_OK;
}

/* A line that begins with a space goes on with the value before; that form is long out of use. */
static msig_status fold(msig_headers *headers, msig_span value, msig_err *err) {
    if (headers->count == 0)
        return MSIG_OK;
    if (headers->text.len + value.len > MOST_BYTES)
        return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET,
                            "answer: at most %d bytes of headers allowed", MOST_BYTES);
    if (!msig_text_add(&headers->text, " ", 1) || !msig_text_span(&headers->text, value))
        return msig_err_nomem(err);
    headers->list[headers->count - 1].value_len += value.len + 1;
    return MSIG_OK;
}

msig_status msig_headers_line(msig_headers *headers, msig_span line, msig_err *err) {
    if (headers->ended)
        return MSIG_OK;
    if (line.len >= 5 && memcmp(line.ptr, "HTTP/", 5) == 0) {
        begin(headers, line);
        return MSIG_OK;
    }
    msig_span whole = trim(line);
    if (whole.len == 0) {
        headers->ended = headers->status >= 200;
        return MSIG_OK;
    }
    if (is_space(line.ptr[0]))
        return fold(headers, whole, err);
    const char *colon = memchr(whole.ptr, ':', whole.len);
    if (!colon || colon == whole.ptr)
        return MSIG_OK;
    msig_span name = {whole.ptr, (size_t)(colon - whole.ptr)};
    msig_span value = {colon + 1, whole.len - name.len - 1};
    return add(headers, trim(name), trim(value), err);
}

msig_span msig_headers_name(const msig_headers *headers, size_t i) {
    msig_span span = {headers->text.ptr + headers->list[i].name, headers->list[i].name_len};
    return span;
}

msig_span msig_headers_value(const msig_headers *headers, size_t i) {
    msig_span span = {headers->text.ptr + headers->list[i].value, headers->list[i].value_len};
    return span;
}

bool msig_headers_find(const msig_headers *headers, const char *name, msig_span *value) {
    msig_span wanted = msig_span_of(name);
    for (size_t i = 0; i < headers->count; i++) {
        if (msig_span_equal(msig_headers_name(headers, i), wanted)) {
            *value = msig_headers_value(headers, i);
            return true;
        }
    }
    *value = msig_span_of("");
    return false;
}

bool msig_headers_digits(msig_span text, uint64_t *value) {
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        unsigned digit = (unsigned)(text.ptr[i] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (text.len == 0)
        return false;
    *value = number;
    return true;
}

bool msig_headers_number(const msig_headers *headers, const char *name, uint64_t *value) {
    msig_span text;
    return msig_headers_find(headers, name, &text) && msig_headers_digits(text, value);
}

msig_span msig_headers_etag(msig_span value) {
    if (value.len >= 2 && value.ptr[0] == 'W' && value.ptr[1] == '/') {
        value.ptr += 2;
        value.len -= 2;
    }
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        value.ptr++;
        value.len -= 2;
    }
    return value;
}
