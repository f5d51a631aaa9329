/*
 * Writes protobuf bytes, for tests of their readers: a growing text of fields. Static, as support.h
 * is, which goes before it.
 */
#ifndef MSIG_TESTS_WIRE_H
#define MSIG_TESTS_WIRE_H

typedef struct wire_text {
    char *ptr;
    size_t len;
} wire_text;

static inline void put_bytes(wire_text *text, const void *ptr, size_t len) {
    text->ptr = realloc(text->ptr, text->len + len + 1);
    assert_non_null(text->ptr);
    if (len)
        memcpy(text->ptr + text->len, ptr, len);
    text->len += len;
}

static inline void put_varint(wire_text *text, uint64_t value) {
    do {
        unsigned char byte = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        put_bytes(text, &byte, 1);
        value >>= 7;
    } while (value);
}

static inline void put_key(wire_text *text, unsigned number, unsigned type) {
    put_varint(text, (uint64_t)number << 3 | type);
}

static inline void put_number(wire_text *text, unsigned number, uint64_t value) {
    put_key(text, number, 0);
    put_varint(text, value);
}

static inline void put_blob(wire_text *text, unsigned number, const void *ptr, size_t len) {
    put_key(text, number, 2);
    put_varint(text, len);
    put_bytes(text, ptr, len);
}

static inline void put_string(wire_text *text, unsigned number, const char *string) {
    put_blob(text, number, string, strlen(string));
}

/* Puts a message into another one and frees it. */
static inline void put_message(wire_text *text, unsigned number, wire_text *inner) {
    put_blob(text, number, inner->ptr, inner->len);
    free(inner->ptr);
    inner->ptr = NULL;
    inner->len = 0;
}

static inline msig_span wire_span(const wire_text *text) {
    msig_span span = {text->ptr ? text->ptr : "", text->len};
    return span;
}

#endif
