/*
 * Sums of draws from an urn: what some draws of a few lengths add up to, in whatever order, and how
 * likely each sum is. What was drawn goes back with one more of its kind, where the urn is only
 * known from a sample, or stays out, where it is known how many there are. Only the likeliest sums
 * of each number of draws are followed. Pure but for the allocator.
 */
#ifndef MSIG_NUMERIC_URN_H
#define MSIG_NUMERIC_URN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

#define MSIG_URN_KINDS 32

typedef struct msig_urn_kind {
    int64_t length;
    double weight; /* how many of it there are, or were seen */
} msig_urn_kind;

typedef struct msig_urn_sum {
    int64_t sum;
    double share;
} msig_urn_sum;

/* Draws asked[count - 1] times (ascending) from at most MSIG_URN_KINDS kinds. For each number asked
 * for it writes the sums to sums[i * most], the likeliest first, and how many to found[i]; `most`
 * is at most 4096. Code: nomem. */
msig_status msig_urn_draw(const msig_alloc *alloc, const msig_urn_kind *kinds, size_t kind_count,
                          bool stays_out, const uint32_t *asked, size_t count, size_t most,
                          msig_urn_sum *sums, size_t *found, msig_err *err);

#endif
