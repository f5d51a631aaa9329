/*
 * Abstract keys: a tensor name with every segment that is all digits replaced by N, wherever it
 * stands: "model.layers.3.mlp.experts.7.up_proj.weight" gives
 * "model.layers.N.mlp.experts.N.up_proj.weight". Segments are separated by dots. Pure functions.
 */
#ifndef MSIG_BASE_KEY_H
#define MSIG_BASE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define MSIG_KEY_KEPT 4

/* The indices of one name, in order. */
typedef struct msig_key_indices {
    size_t count; /* all of them; the arrays below know the first MSIG_KEY_KEPT */
    uint32_t value[MSIG_KEY_KEPT]; /* UINT32_MAX for any larger number */
    size_t at[MSIG_KEY_KEPT];      /* position of the first digit in the name */
    size_t digits[MSIG_KEY_KEPT];
    /* The name can be made again from key and values: no zeros in front, nothing too large or too
     * many, and no segment that is a literal N. */
    bool exact;
} msig_key_indices;

/* Writes the abstract key of a name to out, which has room for name.len bytes; returns the key's
 * length. `indices` may be NULL. */
size_t msig_key_abstract(msig_span name, char *out, msig_key_indices *indices);

/* The inverse: writes the name of a key whose first `count` indices have these values; the others
 * stay N. `out` has room for the key and 9 bytes more for each value. Returns the name's length. */
size_t msig_key_name(msig_span key, const uint32_t *values, size_t count, char *out);

#endif
