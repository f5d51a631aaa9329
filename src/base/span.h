/*
 * A run of bytes that somebody else owns. Spans may hold any byte, zero included, and are not
 * terminated. Pure functions.
 */
#ifndef MSIG_BASE_SPAN_H
#define MSIG_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct msig_span {
    const char *ptr;
    size_t len;
} msig_span;

/* Makes a span of a terminated string, without the terminator. */
static inline msig_span msig_span_of(const char *text) {
    msig_span span = {text, strlen(text)};
    return span;
}

/* Tells whether two spans hold the same bytes. */
static inline bool msig_span_equal(msig_span a, msig_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Orders two spans by their bytes, a prefix first: negative, zero or positive. */
static inline int msig_span_order(msig_span a, msig_span b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

#endif
