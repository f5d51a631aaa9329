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
        m->template_count = SIZE_MAX;
    return m;
}

static inline bool same_ranges(const msig_ranges *a, const msig_ranges *b) {
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->list, b->list, a->count * sizeof *a->list) == 0);
}

static inline bool same_texts(const msig_intern *a, const msig_intern *b) {
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = msig_span_equal(a->spans[i], b->spans[i]);
    return same;
}

static inline bool same_variants(const msig_manifest *a, const msig_manifest *b) {
    bool same = a->variant_count == b->variant_count;
    for (size_t i = 0; same && i < a->variant_count; i++) {
        const msig_variant *x = &a->variants[i];
        const msig_variant *y = &b->variants[i];
        same = x->key == y->key && x->dtype == y->dtype && x->bytes == y->bytes &&
               x->elements == y->elements && x->rank == y->rank && x->first == y->first &&
               x->next == y->next && x->count == y->count && same_ranges(&x->layers, &y->layers) &&
               same_ranges(&x->experts, &y->experts) &&
               (x->rank == 0 || memcmp(x->dims, y->dims, x->rank * sizeof *x->dims) == 0);
    }
    return same;
}

static inline bool same_tensors(msig_manifest *a, msig_manifest *b) {
    bool same = a->tensor_count == b->tensor_count;
    for (size_t i = 0; same && i < a->tensor_count; i++)
        same = a->tensors[i].variant == b->tensors[i].variant &&
               msig_span_equal(msig_manifest_tensor_name(a, i), msig_manifest_tensor_name(b, i)) &&
               msig_span_equal(msig_manifest_file(a, i), msig_manifest_file(b, i));
    return same;
}

static inline bool same_entries(const msig_manifest *a, const msig_manifest *b) {
    bool same = a->entries.count == b->entries.count && a->shard_count == b->shard_count;
    for (size_t i = 0; same && i < a->entries.count; i++) {
        const msig_entry *x = &a->entries.list[i];
        const msig_entry *y = &b->entries.list[i];
        same = x->index[0] == y->index[0] && x->index[1] == y->index[1] && x->shard == y->shard &&
               x->seen == y->seen;
    }
    return same;
}

static inline bool same_findings(const msig_manifest *a, const msig_manifest *b) {
    bool same = a->finding_count == b->finding_count;
    for (size_t i = 0; same && i < a->finding_count; i++)
        same = strcmp(a->findings[i].code, b->findings[i].code) == 0 &&
               msig_span_equal(a->findings[i].message, b->findings[i].message) &&
               msig_span_equal(a->findings[i].where, b->findings[i].where);
    return same;
}

/* Names what two manifests differ in; NULL if they say the same. */
static inline const char *disagreement(msig_manifest *a, msig_manifest *b) {
    if (a->bytes != b->bytes || a->params != b->params || a->total_size != b->total_size)
        return "sums";
    if (!same_texts(&a->keys, &b->keys) || !same_texts(&a->odd_names, &b->odd_names) ||
        !same_texts(&a->files, &b->files) || !same_texts(&a->dtypes, &b->dtypes))
        return "texts";
    if (!same_variants(a, b))
        return "variants";
    if (!same_tensors(a, b))
        return "tensors";
    if (!same_entries(a, b))
        return "entries";
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
