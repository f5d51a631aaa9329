/*
 * The state of a JSON reader (json.h), and the window through which it sees its text.
 *
 *   text:    ....|consumed|token so far|unread|........
 *   window:      buf       token        pos    len
 *
 * When the window is used up, the bytes from the token (or an earlier mark) on move to its front
 * and more are read behind them, so that a token is always in one piece.
 */
#ifndef MSIG_FORMAT_JSON_WINDOW_H
#define MSIG_FORMAT_JSON_WINDOW_H

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

/* Reads more text behind the window, keeping what is marked; *got is false at the end. */
msig_status msig_json_more(msig_json *json, bool *got, msig_err *err);

/* Reports that something else was expected at the current position. */
msig_status msig_json_unexpected(const msig_json *json, const char *expected, msig_err *err);

#endif
