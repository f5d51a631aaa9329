/*
 * The expression solver: which expression of a model's own sizes is a dimension? With two models
 * it looks for one expression that holds on both sides. The forms are bounded: a size, a constant,
 * multiples and parts, products of up to three, sums and differences of two, and 2*x + 2*y + z.
 * Simplest first, names in byte order, so that the answer is always the same. Pure but for the
 * allocator.
 */
#ifndef MSIG_NUMERIC_SOLVE_H
#define MSIG_NUMERIC_SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/span.h"

#define MSIG_SOLVE_SYMBOLS 48 /* more are left out: products grow with the square */
#define MSIG_SOLVE_TEXT 512

typedef struct msig_symbol {
    msig_span name; /* borrowed */
    int64_t a, b;   /* its value on either side; only positive ones are used */
} msig_symbol;

/* Finds the simplest expression that is dim_a on side a and dim_b on side b; writes its text, cut
 * to MSIG_SOLVE_TEXT - 1 bytes, to out ("" if there is none) and tells so in *found. The symbols
 * are sorted in place. MSIG_ENOMEM is the only error. */
msig_status msig_solve_common(const msig_alloc *alloc, msig_symbol *symbols, size_t count,
                              int64_t dim_a, int64_t dim_b, char out[MSIG_SOLVE_TEXT],
                              bool *found, msig_err *err);

#endif
