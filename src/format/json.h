/*
 * A reader of JSON: events in the order of the text, pulled one by one, from memory or from a
 * source of any length in bounded memory. Strict (RFC 8259), UTF-8 checked, integers exact,
 * duplicates left to the caller, positions known. `lenient` accepts what configs in the wild have:
 * NaN, Infinity, -Infinity and lone surrogates (read as U+FFFD), each marked in the event.
 *
 * After an error the reader gives that error again. Not for use by two threads at once.
 */
#ifndef MSIG_FORMAT_JSON_H
#define MSIG_FORMAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/source.h"
#include "base/span.h"

typedef enum msig_json_kind {
    MSIG_JSON_END, /* the document is complete and nothing follows it */
    MSIG_JSON_OBJECT,
    MSIG_JSON_OBJECT_END,
    MSIG_JSON_ARRAY,
    MSIG_JSON_ARRAY_END,
    MSIG_JSON_KEY,
    MSIG_JSON_STRING,
    MSIG_JSON_INTEGER, /* fits int64_t */
    MSIG_JSON_NATURAL, /* above INT64_MAX, fits uint64_t */
    MSIG_JSON_REAL,
    MSIG_JSON_TRUE,
    MSIG_JSON_FALSE,
    MSIG_JSON_NULL
} msig_json_kind;

/* Marks of an event. */
#define MSIG_JSON_ESCAPED 1u   /* the text differs from what is written */
#define MSIG_JSON_REPLACED 2u  /* a lone surrogate became U+FFFD */
#define MSIG_JSON_NONFINITE 4u /* the bare word NaN, Infinity or -Infinity */
#define MSIG_JSON_OVERFLOW 8u  /* a number beyond double: an infinity */
#define MSIG_JSON_ROUNDED 16u  /* an integer that fits no 64 bits: the nearest double */

typedef struct msig_json_event {
    msig_json_kind kind;
    unsigned marks;
    uint64_t offset; /* of the token's first byte in the source */
    msig_span text;  /* string decoded, number as written; borrowed until the next call */
    union {
        int64_t integer;
        uint64_t natural;
        double real;
    } number;
} msig_json_event;

typedef struct msig_json_options {
    uint64_t max_bytes; /* of the text; 0: no limit */
    size_t max_depth;   /* at most MSIG_JSON_DEEPEST */
    size_t max_string;  /* bytes of a string or number as written */
    bool lenient;
} msig_json_options;

#define MSIG_JSON_DEEPEST 1024

typedef struct msig_json {
    msig_alloc alloc;
    msig_json_options options;
    msig_source *source; /* NULL: all text is in the window */
    uint64_t base;       /* offset of the window's first byte */
    uint64_t end;        /* offset behind the text */
    const char *buf;     /* the window */
    size_t len, pos;
    char *own; /* the window's memory if it is ours */
    size_t own_size;
    char *scratch; /* decoded strings */
    size_t scratch_size;
    size_t mark;  /* bytes from here on stay in the window; SIZE_MAX: none */
    size_t token; /* the same, for the token being read */
    size_t depth;
    int state;
    uint64_t stack[MSIG_JSON_DEEPEST / 64]; /* bit set: object */
    msig_err failed;
} msig_json;

/* Starts reading len bytes at offset of a source, which stays borrowed. */
msig_status msig_json_open(msig_json *json, const msig_alloc *alloc, msig_source *source,
                           uint64_t offset, uint64_t len, const msig_json_options *options,
                           msig_err *err);

/* Starts reading text in memory, which stays borrowed; `base` is its offset for errors. */
msig_status msig_json_open_text(msig_json *json, const msig_alloc *alloc, msig_span text,
                                uint64_t base, const msig_json_options *options, msig_err *err);

/* Frees what the reader holds; a zeroed one is accepted. */
void msig_json_close(msig_json *json);

/* Gives the next event. Codes: truncated, malformed, limit, nomem, and the source's. */
msig_status msig_json_next(msig_json *json, msig_json_event *event, msig_err *err);

/* Reads to the end of the value that `event` began; nothing to do for scalars. */
msig_status msig_json_skip(msig_json *json, const msig_json_event *event, msig_err *err);

/* The same for text in memory, several times as fast: goes to the bracket that closes the value and
 * checks nothing on the way, for callers who have the value read by another reader. */
msig_status msig_json_leap(msig_json *json, const msig_json_event *event, msig_err *err);

/* The offset of the next byte to be read. */
static inline uint64_t msig_json_offset(const msig_json *json) {
    return json->base + json->pos;
}

/* Keeps the bytes from here on in the window until msig_json_unmark. */
static inline void msig_json_mark(msig_json *json) {
    json->mark = json->pos;
}

/* The bytes since the mark as they are written; borrowed until the next call. */
static inline msig_span msig_json_marked(const msig_json *json) {
    msig_span span = {json->buf + json->mark, json->pos - json->mark};
    return span;
}

static inline void msig_json_unmark(msig_json *json) {
    json->mark = SIZE_MAX;
}

#endif
