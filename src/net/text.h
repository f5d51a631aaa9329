/*
 * A text that grows, and server text made fit for messages. Not for use by two threads at once.
 */
#ifndef MSIG_NET_TEXT_H
#define MSIG_NET_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/span.h"

typedef struct msig_text {
    msig_alloc alloc;
    char *ptr; /* not terminated, unless msig_text_end was called */
    size_t len, size;
    bool failed; /* memory ran out at some time */
} msig_text;

/* Prepares an empty text; takes no memory yet. */
void msig_text_init(msig_text *text, const msig_alloc *alloc);

/* Frees the text and makes it empty again; a zeroed one is accepted. */
void msig_text_clear(msig_text *text);

/* Appends len bytes. False, and `failed` set, when memory runs out. */
bool msig_text_add(msig_text *text, const char *ptr, size_t len);

/* Appends a span. */
static inline bool msig_text_span(msig_text *text, msig_span span) {
    return msig_text_add(text, span.ptr, span.len);
}

/* Makes room for `size` bytes in all. False when memory runs out. */
bool msig_text_reserve(msig_text *text, size_t size);

/* Writes a zero byte behind the text, not counted in len. Returns the text, NULL if anything
 * failed since msig_text_init. */
const char *msig_text_end(msig_text *text);

/* The text as a span, borrowed until it changes. */
static inline msig_span msig_text_of(const msig_text *text) {
    msig_span span = {text->ptr ? text->ptr : "", text->len};
    return span;
}

/* Appends server text for people: control characters and bytes that are no UTF-8 as \xNN, cut to
 * `most` bytes with "..." behind. */
bool msig_text_printable(msig_text *text, msig_span from, size_t most);

#endif
