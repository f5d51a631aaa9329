/*
 * What a server says about its limits: RateLimit (draft-ietf-httpapi-ratelimit-headers-09) and
 * Retry-After in both forms. Pure functions.
 */
#ifndef MSIG_NET_RATE_H
#define MSIG_NET_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

typedef struct msig_rate {
    msig_span bucket; /* borrowed */
    bool has_remaining, has_reset;
    uint64_t remaining; /* requests left in the window */
    uint64_t reset;     /* seconds until it begins anew */
} msig_rate;

/* Reads `"api";r=489;t=189`; of several buckets the one with the fewest requests left. False if
 * there is none with a number. */
bool msig_rate_parse(msig_span value, msig_rate *rate);

/* Reads Retry-After: whole seconds, or a date, counted from the answer's own Date if there is one
 * (clocks differ), else from `now` (seconds since 1970). A date that is past gives 0. */
bool msig_rate_retry_after(msig_span value, msig_span date, int64_t now, uint64_t *seconds);

#endif
