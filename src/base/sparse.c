/*
 * Runs are kept in the order of their offsets and never touch each other, so that a read that can
 * be answered lies within one run.
 */
#include "base/sparse.h"

#include <inttypes.h>
#include <string.h>

typedef struct run {
    uint64_t offset;
    char *ptr;
    size_t len;
} run;

typedef struct sparse_source {
    msig_source base;
    run *runs;
    size_t count, capacity;
} sparse_source;

/* The number of the first run that ends at or behind `offset`. */
static size_t find(const sparse_source *sparse, uint64_t offset) {
    size_t low = 0;
    size_t high = sparse->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const run *r = &sparse->runs[middle];
        if (r->offset + r->len < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const run *run_at(const sparse_source *sparse, uint64_t offset) {
    for (size_t i = find(sparse, offset); i < sparse->count; i++) {
        const run *r = &sparse->runs[i];
        if (offset < r->offset)
            return NULL;
        if (offset - r->offset < r->len)
            return r;
    }
    return NULL;
}

static msig_status sparse_read(msig_source *source, uint64_t offset, void *buf, size_t n,
                               size_t *got, msig_err *err) {
    const run *r = run_at((const sparse_source *)source, offset);
    if (!r)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)offset,
                            "expected bytes at %" PRIu64 ", which were not fetched", offset);
    size_t skip = (size_t)(offset - r->offset);
    size_t left = r->len - skip;
    *got = n < left ? n : left;
    memcpy(buf, r->ptr + skip, *got);
    return MSIG_OK;
}

static const char *sparse_borrow(msig_source *source, uint64_t offset, size_t n) {
    const run *r = run_at((const sparse_source *)source, offset);
    if (!r || n > r->len - (size_t)(offset - r->offset))
        return NULL;
    return r->ptr + (offset - r->offset);
}

static void sparse_close(msig_source *source) {
    sparse_source *sparse = (sparse_source *)source;
    msig_alloc alloc = source->alloc;
    for (size_t i = 0; i < sparse->count; i++)
        msig_free(&alloc, sparse->runs[i].ptr, sparse->runs[i].len, 1);
    msig_free(&alloc, sparse->runs, sparse->capacity, sizeof *sparse->runs);
    msig_free(&alloc, sparse, 1, sizeof *sparse);
}

static const msig_source_class sparse_class = {sparse_read, sparse_borrow, sparse_close};

msig_status msig_sparse_open(const msig_alloc *alloc, uint64_t size, msig_source **source,
                             msig_err *err) {
    sparse_source *sparse = msig_new(alloc, 1, sizeof *sparse);
    if (!sparse)
        return msig_err_nomem(err);
    sparse->base.class = &sparse_class;
    sparse->base.alloc = *alloc;
    sparse->base.size = size;
    *source = &sparse->base;
    return MSIG_OK;
}

/* Where a run and the new bytes overlap, they must say the same. */
static bool agrees(const run *r, uint64_t offset, const char *ptr, size_t len) {
    uint64_t begin = r->offset > offset ? r->offset : offset;
    uint64_t end = r->offset + r->len < offset + len ? r->offset + r->len : offset + len;
    return begin >= end ||
           memcmp(r->ptr + (begin - r->offset), ptr + (begin - offset), (size_t)(end - begin)) == 0;
}

/* Replaces runs [first, last) and the new bytes by one run. */
static msig_status join(sparse_source *sparse, size_t first, size_t last, uint64_t offset,
                        const char *ptr, size_t len, msig_err *err) {
    const msig_alloc *alloc = &sparse->base.alloc;
    uint64_t begin = offset;
    uint64_t end = offset + len;
    if (first < last) {
        const run *tail = &sparse->runs[last - 1];
        if (sparse->runs[first].offset < begin)
            begin = sparse->runs[first].offset;
        if (tail->offset + tail->len > end)
            end = tail->offset + tail->len;
    } else if (!msig_grow(alloc, &sparse->runs, &sparse->capacity, sparse->count + 1,
                          sizeof *sparse->runs)) {
        return msig_err_nomem(err);
    }
    run joined = {begin, msig_new(alloc, (size_t)(end - begin), 1), (size_t)(end - begin)};
    if (!joined.ptr)
        return msig_err_nomem(err);
    memcpy(joined.ptr + (offset - begin), ptr, len);
    for (size_t i = first; i < last; i++) {
        run *r = &sparse->runs[i];
        memcpy(joined.ptr + (r->offset - begin), r->ptr, r->len);
        msig_free(alloc, r->ptr, r->len, 1);
    }
    memmove(&sparse->runs[first + 1], &sparse->runs[last],
            (sparse->count - last) * sizeof *sparse->runs);
    sparse->runs[first] = joined;
    sparse->count = sparse->count - (last - first) + 1;
    return MSIG_OK;
}

msig_status msig_sparse_put(msig_source *source, uint64_t offset, const void *ptr, size_t len,
                            msig_err *err) {
    sparse_source *sparse = (sparse_source *)source;
    if (source->class != &sparse_class)
        return msig_err_set(err, MSIG_EUNSUPPORTED, MSIG_NO_OFFSET, "expected a sparse source");
    if (offset > source->size || len > source->size - offset)
        return msig_err_set(err, MSIG_ELIMIT, (int64_t)offset,
                            "expected bytes within a file of %" PRIu64 ", found %zu at %" PRIu64,
                            source->size, len, offset);
    if (len == 0)
        return MSIG_OK;
    size_t first = find(sparse, offset);
    size_t last = first;
    while (last < sparse->count && sparse->runs[last].offset <= offset + len) {
        if (!agrees(&sparse->runs[last], offset, ptr, len))
            return msig_err_set(err, MSIG_EMISMATCH, (int64_t)offset,
                                "bytes at %" PRIu64 " differ from those fetched before", offset);
        last++;
    }
    return join(sparse, first, last, offset, ptr, len, err);
}
