/*
 * The headers of one answer, as they come line by line: names in lower case, the lines of an
 * interim answer (1xx) forgotten, trailers left out. Bounded in number and bytes. Spans that are
 * given are borrowed until the next line.
 */
#ifndef MSIG_NET_HEADERS_H
#define MSIG_NET_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/span.h"
#include "net/text.h"

typedef struct msig_header {
    size_t name, name_len; /* places in the text */
    size_t value, value_len;
} msig_header;

typedef struct msig_headers {
    msig_text text;
    msig_header *list;
    size_t count, capacity;
    unsigned status; /* 0: no status line yet */
    bool ended;      /* the final answer's headers are complete */
} msig_headers;

/* Prepares an empty set; takes no memory yet. */
void msig_headers_init(msig_headers *headers, const msig_alloc *alloc);

/* Frees the set; a zeroed one is accepted. */
void msig_headers_clear(msig_headers *headers);

/* Takes one line, with or without its end. A status line begins anew, an empty line ends the set
 * (unless the status is 1xx), lines behind that are left out. Codes: limit, nomem. */
msig_status msig_headers_line(msig_headers *headers, msig_span line, msig_err *err);

/* The name and the value of header i. */
msig_span msig_headers_name(const msig_headers *headers, size_t i);
msig_span msig_headers_value(const msig_headers *headers, size_t i);

/* Finds the first header of a name, given in lower case; false (and an empty value) without one. */
bool msig_headers_find(const msig_headers *headers, const char *name, msig_span *value);

/* Reads the header as a number of plain digits; false if it is not one. */
bool msig_headers_number(const msig_headers *headers, const char *name, uint64_t *value);

/* Reads plain digits that fit 64 bits; false for anything else, also for none. */
bool msig_headers_digits(msig_span text, uint64_t *value);

/* The opaque part of an entity tag: W/ and quotes taken off, nothing else. */
msig_span msig_headers_etag(msig_span value);

#endif
