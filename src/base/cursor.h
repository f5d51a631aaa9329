/*
 * A bounded cursor over bytes in memory. Reading past the end is impossible: it gives false and
 * leaves the cursor where it was. `base` is the position of the first byte in the input, so that
 * msig_cursor_offset can be put into an error.
 */
#ifndef MSIG_BASE_CURSOR_H
#define MSIG_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

typedef struct msig_cursor {
    const unsigned char *ptr;
    size_t len;
    size_t pos;
    uint64_t base;
} msig_cursor;

/* Makes a cursor over len bytes, the first of which is at `base` of the input. */
static inline msig_cursor msig_cursor_over(const void *ptr, size_t len, uint64_t base) {
    msig_cursor cursor = {ptr, len, 0, base};
    return cursor;
}

/* Tells how many bytes are left. */
static inline size_t msig_cursor_left(const msig_cursor *cursor) {
    return cursor->len - cursor->pos;
}

/* Tells the position in the input, for errors. */
static inline int64_t msig_cursor_offset(const msig_cursor *cursor) {
    return (int64_t)(cursor->base + cursor->pos);
}

/* Takes one byte. */
static inline bool msig_cursor_byte(msig_cursor *cursor, unsigned char *byte) {
    if (cursor->pos >= cursor->len)
        return false;
    *byte = cursor->ptr[cursor->pos++];
    return true;
}

/* Takes len bytes as a span into the memory below. `len` may be any number from a file. */
static inline bool msig_cursor_take(msig_cursor *cursor, uint64_t len, msig_span *span) {
    if (len > msig_cursor_left(cursor))
        return false;
    span->ptr = (const char *)cursor->ptr + cursor->pos;
    span->len = (size_t)len;
    cursor->pos += (size_t)len;
    return true;
}

/* Takes a little-endian 64-bit number. */
static inline bool msig_cursor_u64le(msig_cursor *cursor, uint64_t *value) {
    if (msig_cursor_left(cursor) < 8)
        return false;
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++)
        number |= (uint64_t)cursor->ptr[cursor->pos + i] << (8 * i);
    cursor->pos += 8;
    *value = number;
    return true;
}

#endif
