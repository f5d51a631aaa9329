#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

typedef struct file_source {
    msig_source base;
    int fd;
} file_source;

typedef struct memory_source {
    msig_source base;
    const char *ptr;
} memory_source;

/* One read() of Linux gives at most this many bytes. */
#define LARGEST_READ ((size_t)0x7ffff000)

static msig_status file_read(msig_source *source, uint64_t offset, void *buf, size_t n, size_t *got,
                             msig_err *err) {
    file_source *file = (file_source *)source;
    ssize_t count;
    if (n > LARGEST_READ)
        n = LARGEST_READ;
    do {
        count = pread(file->fd, buf, n, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return msig_err_set(err, MSIG_EIO, (int64_t)offset, "read: %s", strerror(errno));
    *got = (size_t)count;
    return MSIG_OK;
}

static void file_close(msig_source *source) {
    file_source *file = (file_source *)source;
    msig_alloc alloc = source->alloc;
    if (file->fd >= 0)
        close(file->fd);
    msig_free(&alloc, file, 1, sizeof *file);
}

static const msig_source_class file_class = {file_read, NULL, file_close};

static msig_status open_failed(const char *path, int number, msig_err *err) {
    msig_status code = number == ENOENT || number == ENOTDIR ? MSIG_ENOTFOUND : MSIG_EIO;
    return msig_err_set(err, code, MSIG_NO_OFFSET, "%s: %s", strerror(number), path);
}

msig_status msig_source_open_file(const msig_alloc *alloc, const char *path, msig_source **source,
                                  msig_err *err) {
    file_source *file = msig_new(alloc, 1, sizeof *file);
    if (!file)
        return msig_err_nomem(err);
    file->base.class = &file_class;
    file->base.alloc = *alloc;
    /* Not blocking: a pipe under a model's name must not hang us. */
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    msig_status status = MSIG_OK;
    if (file->fd < 0 || fstat(file->fd, &info) != 0)
        status = open_failed(path, errno, err);
    else if (!S_ISREG(info.st_mode))
        status = msig_err_set(err, MSIG_EIO, MSIG_NO_OFFSET, "expected a file, found %s: %s",
                              S_ISDIR(info.st_mode) ? "a folder" : "something else", path);
    if (status != MSIG_OK) {
        file_close(&file->base);
        return status;
    }
    file->base.size = (uint64_t)info.st_size;
    *source = &file->base;
    return MSIG_OK;
}

static msig_status memory_read(msig_source *source, uint64_t offset, void *buf, size_t n,
                               size_t *got, msig_err *err) {
    (void)err;
    memcpy(buf, ((memory_source *)source)->ptr + offset, n);
    *got = n;
    return MSIG_OK;
}

static const char *memory_borrow(msig_source *source, uint64_t offset, size_t n) {
    (void)n;
    return ((memory_source *)source)->ptr + offset;
}

static void memory_close(msig_source *source) {
    msig_alloc alloc = source->alloc;
    msig_free(&alloc, source, 1, sizeof(memory_source));
}

static const msig_source_class memory_class = {memory_read, memory_borrow, memory_close};

msig_status msig_source_open_memory(const msig_alloc *alloc, const void *ptr, size_t len,
                                    msig_source **source, msig_err *err) {
    memory_source *memory = msig_new(alloc, 1, sizeof *memory);
    if (!memory)
        return msig_err_nomem(err);
    memory->base.class = &memory_class;
    memory->base.alloc = *alloc;
    memory->base.size = len;
    memory->ptr = len ? ptr : "";
    *source = &memory->base;
    return MSIG_OK;
}

msig_status msig_source_some(msig_source *source, uint64_t offset, void *buf, size_t n, size_t *got,
                             msig_err *err) {
    *got = 0;
    if (offset >= source->size || n == 0)
        return MSIG_OK;
    uint64_t left = source->size - offset;
    if (n > left)
        n = (size_t)left;
    return source->class->read(source, offset, buf, n, got, err);
}

msig_status msig_source_read(msig_source *source, uint64_t offset, void *buf, size_t n,
                             msig_err *err) {
    char *out = buf;
    size_t done = 0;
    while (done < n) {
        size_t got;
        msig_status status =
            msig_source_some(source, offset + done, out + done, n - done, &got, err);
        if (status != MSIG_OK)
            return status;
        if (got == 0)
            return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)(offset + done),
                                "expected %zu bytes at %" PRIu64 ", found %zu", n, offset, done);
        done += got;
    }
    return MSIG_OK;
}

const char *msig_source_borrow(msig_source *source, uint64_t offset, size_t n) {
    if (!source->class->borrow || offset > source->size || n > source->size - offset)
        return NULL;
    return source->class->borrow(source, offset, n);
}

uint64_t msig_source_size(const msig_source *source) {
    return source->size;
}

void msig_source_close(msig_source *source) {
    if (source)
        source->class->close(source);
}
