/*
 * The manifest: every tensor of a model, whatever its format: name, dtype, shape, bytes, file;
 * and what is known per abstract key, counted while the tensors come in.
 *
 * Tensors of one key that agree in dtype and shape share a `variant`, and a name is its key and the
 * indices in it, so a tensor is three numbers: a model of 100,000 tensors takes about 1 MB and the
 * text of its headers is not kept. Readers of formats (safetensors.h, index.h) fill it by way of
 * manifest_build.h; this header is for all who read it.
 *
 * Everything lives until msig_manifest_close. Strings given to callers are borrowed from the
 * manifest. Not for use by two threads at once.
 */
#ifndef MSIG_FORMAT_MANIFEST_H
#define MSIG_FORMAT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/span.h"
#include "format/ranges.h"

typedef struct msig_manifest msig_manifest;

/* Makes an empty manifest. Close with msig_manifest_close. Code: nomem. */
msig_status msig_manifest_open(const msig_alloc *alloc, msig_manifest **manifest, msig_err *err);

/* Frees everything; NULL is accepted. */
void msig_manifest_close(msig_manifest *manifest);

/* From the next call on: are findings errors? */
void msig_manifest_set_strict(msig_manifest *manifest, bool strict);

/* ---- tensors ---- */

/* A tensor as it is read and as it is added. */
typedef struct msig_tensor {
    msig_span name; /* of a tensor that is read: borrowed until the next call */
    msig_span dtype;
    const uint64_t *dims;
    uint32_t rank;
    uint64_t bytes;
    msig_span file; /* empty: none */
} msig_tensor;

/* Adds one tensor. Codes: limit, nomem; mismatch once the manifest is finished. */
msig_status msig_manifest_add(msig_manifest *manifest, const msig_tensor *tensor, msig_err *err);

/* Ends the manifest: names what the index promised and no file had. Further calls do nothing.
 * Codes: nomem; mismatch when findings are errors. */
msig_status msig_manifest_finish(msig_manifest *manifest, msig_err *err);

bool msig_manifest_is_finished(const msig_manifest *manifest);

/* How many tensors there are. */
size_t msig_manifest_count(const msig_manifest *manifest);

/* Tensor i, in the order of the files; i is below the count. */
msig_tensor msig_manifest_tensor(msig_manifest *manifest, size_t i);

/* Bytes and elements of all tensors; UINT64_MAX where they are more. */
uint64_t msig_manifest_bytes(const msig_manifest *manifest);
uint64_t msig_manifest_params(const msig_manifest *manifest);

/* ---- abstract keys ---- */

typedef struct msig_variant {
    uint32_t key;   /* number of its key */
    uint32_t dtype; /* for msig_manifest_dtype_name */
    uint64_t bytes; /* of one tensor */
    uint64_t elements;
    const uint64_t *dims;
    uint32_t rank;
    uint32_t first; /* ordinal of the first tensor */
    uint32_t next;  /* of the same key; for msig_manifest_next_variant */
    uint64_t count;
    msig_ranges layers;  /* the first index of the names */
    msig_ranges experts; /* the second */
} msig_variant;

/* How many keys there are, numbered in order of appearance. A file that failed may have left some
 * without tensors, which have no variant. */
size_t msig_manifest_key_count(const msig_manifest *manifest);

/* The text of a key. */
msig_span msig_manifest_key(const msig_manifest *manifest, uint32_t key);

/* The variants of a key in order of appearance; NULL where there is none. */
const msig_variant *msig_manifest_first_variant(const msig_manifest *manifest, uint32_t key);
const msig_variant *msig_manifest_next_variant(const msig_manifest *manifest,
                                               const msig_variant *variant);

/* The name of a variant's dtype. */
msig_span msig_manifest_dtype_name(const msig_manifest *manifest, uint32_t dtype);

/* ---- findings ---- */

/* Something odd but readable. `code` is one of a few fixed words. */
typedef struct msig_finding {
    const char *code;
    msig_span message;
    msig_span where; /* the file, or empty */
} msig_finding;

size_t msig_manifest_finding_count(const msig_manifest *manifest);
const msig_finding *msig_manifest_finding(const msig_manifest *manifest, size_t i);

/* ---- the fast way (template.h) ---- */

/* At most so many texts are remembered from now on; 0: every text goes the general way. */
void msig_manifest_limit_templates(msig_manifest *manifest, size_t most);

/* How many texts are remembered; 0 once the manifest is finished. */
size_t msig_manifest_template_count(const msig_manifest *manifest);

#endif
