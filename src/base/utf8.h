/*
 * UTF-8: validation and encoding. Strict as RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF. Pure functions.
 */
#ifndef MSIG_BASE_UTF8_H
#define MSIG_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns the length (1 to 4) of the character at ptr, or 0 if there is no whole valid one. */
size_t msig_utf8_char(const char *ptr, size_t len);

/* Tells whether the len bytes at ptr (at most 3) are the beginning of a character that is cut. */
bool msig_utf8_is_cut(const char *ptr, size_t len);

/* Returns the length of the longest valid prefix: len itself when all is valid. */
size_t msig_utf8_valid(const char *ptr, size_t len);

/* The code point of the valid character of n bytes at ptr. */
uint32_t msig_utf8_code(const char *ptr, size_t n);

/* Tells whether the valid character of n bytes at ptr shows nothing itself and changes what is
 * shown: control characters (U+0080 to U+009F too, which terminals obey), marks that turn the
 * direction of writing, separators of lines, and what has no width. */
bool msig_utf8_is_hidden(const char *ptr, size_t n);

/* Writes the code point (a scalar value) to out, 1 to 4 bytes; returns their number. */
size_t msig_utf8_put(uint32_t code_point, char out[4]);

#endif
