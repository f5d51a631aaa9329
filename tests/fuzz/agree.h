/*
 * Shared by the fuzz targets and the differential tests: two manifests that must say the same, and
 * a file whose data is nowhere. Everything is static.
 */
#ifndef MSIG_TESTS_AGREE_H
#define MSIG_TESTS_AGREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/source.h"
#include "format/index.h"
#include "format/manifest.h"

/* A file of a header and `data` bytes that nobody may read; reads give at most `window` bytes. */
typedef struct hollow_source {
    msig_source base;
    msig_span text;
    size_t window;
} hollow_source;

static inline msig_status hollow_read(msig_source *source, uint64_t offset, void *buf, size_t n,
                                      size_t *got, msig_err *err) {
    const hollow_source *hollow = (const hollow_source *)source;
    (void)err;
    *got = 0;
    if (offset < hollow->text.len) {
        size_t left = hollow->text.len - (size_t)offset;
        *got = n < left ? n : left;
        *got = *got < hollow->window ? *got : hollow->window;
        memcpy(buf, hollow->text.ptr + offset, *got);
    }
    return MSIG_OK;
}

static inline void hollow_close(msig_source *source) {
    (void)source;
}

static inline hollow_source hollow_over(msig_span text, uint64_t data, size_t window) {
    static const msig_source_class class = {hollow_read, NULL, hollow_close};
    hollow_source hollow = {{&class, {NULL, NULL}, text.len + data}, text, window};
    return hollow;
}

/* An empty manifest; `general` keeps its readers from the fast way. */
static inline msig_manifest *new_manifest(bool general) {
    msig_manifest *m;
    if (msig_manifest_open(&msig_alloc_system, &m, NULL) != MSIG_OK)
        abort();
    if (general)
        msig_manifest_limit_templates(m, 0);
    return m;
}

static inline bool same_ranges(const msig_ranges *a, const msig_ranges *b) {
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->list, b->list, a->count * sizeof *a->list) == 0);
}

static inline bool same_dims(const uint64_t *a, const uint64_t *b, uint32_t rank) {
    return rank == 0 || memcmp(a, b, rank * sizeof *a) == 0;
}

static inline bool same_variant(const msig_variant *a, const msig_variant *b) {
    return a->dtype == b->dtype && a->bytes == b->bytes && a->elements == b->elements &&
           a->rank == b->rank && same_dims(a->dims, b->dims, a->rank) && a->first == b->first &&
           a->count == b->count && same_ranges(&a->layers, &b->layers) &&
           same_ranges(&a->experts, &b->experts);
}

static inline bool same_key(const msig_manifest *a, const msig_manifest *b, uint32_t key) {
    const msig_variant *x = msig_manifest_first_variant(a, key);
    const msig_variant *y = msig_manifest_first_variant(b, key);
    if (!msig_span_equal(msig_manifest_key(a, key), msig_manifest_key(b, key)))
        return false;
    while (x && y && same_variant(x, y)) {
        x = msig_manifest_next_variant(a, x);
        y = msig_manifest_next_variant(b, y);
    }
    return !x && !y;
}

static inline bool same_keys(const msig_manifest *a, const msig_manifest *b) {
    size_t count = msig_manifest_key_count(a);
    bool same = count == msig_manifest_key_count(b);
    for (uint32_t i = 0; same && i < count; i++)
        same = same_key(a, b, i);
    return same;
}

static inline bool same_tensors(msig_manifest *a, msig_manifest *b) {
    size_t count = msig_manifest_count(a);
    bool same = count == msig_manifest_count(b);
    for (size_t i = 0; same && i < count; i++) {
        msig_tensor x = msig_manifest_tensor(a, i);
        msig_tensor y = msig_manifest_tensor(b, i);
        same = msig_span_equal(x.name, y.name) && msig_span_equal(x.dtype, y.dtype) &&
               x.rank == y.rank && same_dims(x.dims, y.dims, x.rank) && x.bytes == y.bytes &&
               msig_span_equal(x.file, y.file);
    }
    return same;
}

/* Do two indexes that were read say the same? Asked before the manifests are finished. */
static inline bool same_entries(msig_manifest *a, msig_manifest *b) {
    size_t count = msig_index_entry_count(a);
    bool same = count == msig_index_entry_count(b);
    for (size_t i = 0; same && i < count; i++) {
        msig_index_entry x = msig_index_entry_at(a, i);
        msig_index_entry y = msig_index_entry_at(b, i);
        same = msig_span_equal(x.name, y.name) && msig_span_equal(x.shard, y.shard);
    }
    return same;
}

static inline bool same_findings(const msig_manifest *a, const msig_manifest *b) {
    size_t count = msig_manifest_finding_count(a);
    bool same = count == msig_manifest_finding_count(b);
    for (size_t i = 0; same && i < count; i++) {
        const msig_finding *x = msig_manifest_finding(a, i);
        const msig_finding *y = msig_manifest_finding(b, i);
        same = strcmp(x->code, y->code) == 0 && msig_span_equal(x->message, y->message) &&
               msig_span_equal(x->where, y->where);
    }
    return same;
}

/* Names what two manifests differ in; NULL if they say the same. */
static inline const char *disagreement(msig_manifest *a, msig_manifest *b) {
    if (msig_manifest_bytes(a) != msig_manifest_bytes(b) ||
        msig_manifest_params(a) != msig_manifest_params(b))
        return "sums";
    if (!same_keys(a, b))
        return "keys";
    if (!same_tensors(a, b))
        return "tensors";
    return same_findings(a, b) ? NULL : "findings";
}

/* Ends a fuzz target with a message. */
static inline void demand(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

#endif
