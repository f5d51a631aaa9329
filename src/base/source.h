/*
 * A source of bytes: "read n bytes at offset". Memory and files are here; others (a remote file)
 * put their own table of functions behind the same type. A source is read only and made by one
 * thread; reading it from several at once is allowed for memory and files.
 */
#ifndef MSIG_BASE_SOURCE_H
#define MSIG_BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

typedef struct msig_source msig_source;

typedef struct msig_source_class {
    /* Reads 1 to n bytes at offset (n > 0, the range is inside the size); *got says how many.
     * Fewer than n is no error; 0 means that the file became shorter. */
    msig_status (*read)(msig_source *source, uint64_t offset, void *buf, size_t n, size_t *got,
                        msig_err *err);
    /* Optional: the bytes themselves if they are in memory anyway, borrowed from the source; NULL
     * if they are not. */
    const char *(*borrow)(msig_source *source, uint64_t offset, size_t n);
    /* Frees the source. */
    void (*close)(msig_source *source);
} msig_source_class;

struct msig_source {
    const msig_source_class *class;
    msig_alloc alloc;
    uint64_t size;
};

/* Opens a regular file. Codes: notfound, io, nomem; a folder is io. Close with
 * msig_source_close. */
msig_status msig_source_open_file(const msig_alloc *alloc, const char *path, msig_source **source,
                                  msig_err *err);

/* Makes a source over memory, which stays borrowed until the source is closed. */
msig_status msig_source_open_memory(const msig_alloc *alloc, const void *ptr, size_t len,
                                    msig_source **source, msig_err *err);

/* Reads exactly n bytes at offset into buf; code truncated when the source ends before. */
msig_status msig_source_read(msig_source *source, uint64_t offset, void *buf, size_t n,
                             msig_err *err);

/* Reads up to n bytes at offset; *got is 0 only at the end (or for n 0). */
msig_status msig_source_some(msig_source *source, uint64_t offset, void *buf, size_t n, size_t *got,
                             msig_err *err);

/* Borrows n bytes at offset from the source's own memory; NULL if it has none or too few. */
const char *msig_source_borrow(msig_source *source, uint64_t offset, size_t n);

/* Bytes in a cache line. */
#define MSIG_SOURCE_LINE ((size_t)64)

/* Tells how many bytes behind ptr (fewer than MSIG_SOURCE_LINE) the byte at `offset` of a file
 * should go, so that both have the same place in their cache lines. Copying out of the page
 * cache takes three times as long where the target lies a few bytes farther in its page. */
static inline size_t msig_source_lies_like(uint64_t offset, const void *ptr) {
    return (size_t)(offset - (uint64_t)(uintptr_t)ptr) % MSIG_SOURCE_LINE;
}

/* Tells the size in bytes. */
uint64_t msig_source_size(const msig_source *source);

/* Closes and frees; NULL is accepted. */
void msig_source_close(msig_source *source);

#endif
