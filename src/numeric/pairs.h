/*
 * All pairs of many fingerprints at once: how many keys do two have in common, and are their
 * digests equal? Keys come as dense numbers (see base/table.h). No pair is left out.
 *
 * Frequent keys become bits and are counted by population count, rare ones go through lists of
 * who has them. Memory and time are bounded by the counts given; the results come row by row.
 */
#ifndef MSIG_NUMERIC_PAIRS_H
#define MSIG_NUMERIC_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

#define MSIG_PAIRS_KEYS UINT16_MAX /* keys of one fingerprint */

typedef struct msig_pairs_set {
    const uint32_t *keys; /* borrowed, each once, in any order, below the `vocabulary` */
    size_t count;
    const uint8_t *digest; /* borrowed, 32 bytes */
} msig_pairs_set;

/* Gets row i: common[j] and equal[j] (0 or 1) for j in i + 1 .. count - 1; the rest is undefined.
 * Returns false to stop. */
typedef bool (*msig_pairs_row)(void *ctx, size_t i, const uint16_t *common, const uint8_t *equal);

/* Goes through all pairs. MSIG_ENOMEM; MSIG_ELIMIT for a set with too many keys or a key outside
 * the vocabulary; MSIG_ECANCELLED when `row` says so. */
msig_status msig_pairs_all(const msig_alloc *alloc, const msig_pairs_set *sets, size_t count,
                           size_t vocabulary, msig_pairs_row row, void *ctx, msig_err *err);

#endif
