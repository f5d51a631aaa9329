/*
 * Range requests: the Content-Range header, and whether an answer is what was asked for. libcurl
 * checks nothing of it. Pure functions.
 */
#ifndef MSIG_NET_RANGE_H
#define MSIG_NET_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

typedef struct msig_content_range {
    bool has_range; /* false: "bytes *" in front of the slash */
    uint64_t first, last;
    bool has_total; /* false: "*" behind the slash */
    uint64_t total;
} msig_content_range;

/* Reads "bytes 0-9/100", "bytes 0-9/" followed by "*", or "bytes *" followed by "/100". False for
 * anything else: another unit, signs, spaces within, last < first, last >= total. */
bool msig_range_parse(msig_span value, msig_content_range *range);

typedef struct msig_range_wanted {
    uint64_t first, last;
    bool has_total;
    uint64_t total;      /* the file's size, if it is known */
    msig_span validator; /* an entity tag that must not have changed, empty if none */
} msig_range_wanted;

/* What an answer of status 206 says; header values are empty where they are missing. */
typedef struct msig_range_found {
    msig_span content_range, content_encoding, etag;
    bool has_length;
    uint64_t length; /* Content-Length */
} msig_range_found;

/* Checks the headers of a 206; on success *range is what will come. Codes: mismatch (start, end,
 * total, length, validator, or no Content-Range), unsupported (encoded). */
msig_status msig_range_check(const msig_range_wanted *wanted, const msig_range_found *found,
                             msig_content_range *range, msig_err *err);

#endif
