/*
 * Shared by the C tests: golden files, base64, failing allocators. Each test program includes it
 * once; everything is static.
 */
#ifndef MSIG_TESTS_SUPPORT_H
#define MSIG_TESTS_SUPPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/source.h"
#include "base/span.h"

/* An error record full of garbage: nobody may rely on what was in it. */
static inline msig_err garbage_err(void) {
    msig_err err;
    memset(&err, 0x5a, sizeof err);
    return err;
}

static inline size_t base64_decode(msig_span text, char *out) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned have = 0;
    size_t len = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
        bits = bits << 6 | (uint32_t)(strchr(alphabet, text.ptr[i]) - alphabet);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[len++] = (char)(bits >> have & 0xff);
        }
    }
    return len;
}

/* Opens a file below $MODELSIG_SHARED (or ../shared); NULL if it is not there. */
static inline FILE *open_shared(const char *path) {
    char full[1024];
    const char *root = getenv("MODELSIG_SHARED");
    snprintf(full, sizeof full, "%s/%s", root && *root ? root : "../shared", path);
    return fopen(full, "rb");
}

/* Reads one line of any length without its end; false at the end of the file. Free *line. */
static inline bool read_line(FILE *file, char **line, size_t *len) {
    size_t size = 1 << 16;
    char *text = malloc(size);
    size_t used = 0;
    int c;
    while ((c = fgetc(file)) != EOF && c != '\n') {
        if (used == size) {
            size *= 2;
            text = realloc(text, size);
        }
        text[used++] = (char)c;
    }
    *line = text;
    *len = used;
    return used > 0 || c != EOF;
}

/* A source that gives at most `window` bytes at once, to move the borders of reads. */
typedef struct narrow_source {
    msig_source base;
    msig_span text;
    size_t window;
} narrow_source;

static inline msig_status narrow_read(msig_source *source, uint64_t offset, void *buf, size_t n,
                                      size_t *got, msig_err *err) {
    narrow_source *narrow = (narrow_source *)source;
    (void)err;
    *got = n < narrow->window ? n : narrow->window;
    memcpy(buf, narrow->text.ptr + offset, *got);
    return MSIG_OK;
}

static inline void narrow_close(msig_source *source) {
    (void)source;
}

static inline narrow_source narrow_over(msig_span text, size_t window) {
    static const msig_source_class class = {narrow_read, NULL, narrow_close};
    narrow_source narrow = {{&class, {NULL, NULL}, text.len}, text, window};
    return narrow;
}

#endif
