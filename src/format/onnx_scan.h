/*
 * Headers of tensors in the middle of a file, found without the walk that leads there: what comes
 * before the values of a tensor says how many bytes they have, twice, so that hardly anything else
 * looks like it. Good for guessing which bytes are worth having; only the walk says what a file
 * holds. Pure functions.
 */
#ifndef MSIG_FORMAT_ONNX_SCAN_H
#define MSIG_FORMAT_ONNX_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/span.h"

typedef struct msig_onnx_header {
    size_t begin, payload; /* where dims, type and name begin, and where the values do */
    uint64_t bytes;        /* of the values */
} msig_onnx_header;

/* Finds the next header in a text from an offset on whose tensor has at least so many bytes of
 * values, in one run. Gives false if there is none. */
bool msig_onnx_scan(msig_span text, size_t from, uint64_t least, msig_onnx_header *header);

/* Finds where the fields begin with which a file ends, in a text that ends with the file: values
 * of a weight may lie before them, which hardly ever look like fields up to the very end. Gives
 * the length of the text if there are none, or no memory to look. */
size_t msig_onnx_tail(const msig_alloc *alloc, msig_span text);

#endif
