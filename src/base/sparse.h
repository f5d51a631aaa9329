/*
 * A sparse source: a file of known size of which only some runs of bytes are there, as they come
 * from Range requests. Reading what was not put is an error, never zeros.
 */
#ifndef MSIG_BASE_SPARSE_H
#define MSIG_BASE_SPARSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/source.h"

/* Makes a sparse source of `size` bytes, none of which is there yet. Close with
 * msig_source_close. Code: nomem. */
msig_status msig_sparse_open(const msig_alloc *alloc, uint64_t size, msig_source **source,
                             msig_err *err);

/* Copies len bytes to `offset`. Runs that touch or overlap are joined; where they overlap, they
 * must agree (code mismatch). Bytes beyond the size are code limit. */
msig_status msig_sparse_put(msig_source *source, uint64_t offset, const void *ptr, size_t len,
                            msig_err *err);

#endif
