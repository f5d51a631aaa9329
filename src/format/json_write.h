/*
 * JSON text, written piece by piece into memory that grows. Knows the scalars of JSON and nothing
 * of documents: what stands where, and in which order, is the caller's.
 *
 * Memory that runs out is remembered and makes what follows do nothing; ask `failed` at the end.
 */
#ifndef MSIG_FORMAT_JSON_WRITE_H
#define MSIG_FORMAT_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* A zeroed one with `alloc` set is empty. */
typedef struct msig_json_text {
    msig_alloc alloc;
    char *ptr;
    size_t len, capacity;
    bool failed;
} msig_json_text;

/* Frees the text, which is empty then. */
void msig_json_text_clear(msig_json_text *text);

/* Appends bytes as they are. */
void msig_json_put(msig_json_text *text, const char *ptr, size_t len);

/* Appends `len` bytes of the text itself that begin at `start`. */
void msig_json_put_again(msig_json_text *text, size_t start, size_t len);

/* Appends a line break and that many spaces. */
void msig_json_put_break(msig_json_text *text, size_t spaces);

/* Appends a string with its quotes. Quotes, backslashes and what is hidden (msig_utf8_is_hidden: a
 * terminal may obey it) are escaped, `/` is not; each byte that is no UTF-8 becomes U+FFFD. */
void msig_json_put_string(msig_json_text *text, const char *ptr, size_t len);

/* Appends an integer, exactly. */
void msig_json_put_integer(msig_json_text *text, int64_t value);

/* Appends a float as short as it reads back, whole ones with ".0". What JSON has no number for is
 * an object, {"__float__": "Infinity"}, "-Infinity" or "NaN". */
void msig_json_put_real(msig_json_text *text, double value);

#endif
