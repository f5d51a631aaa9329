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

/* Writes the code point (a scalar value) to out, 1 to 4 bytes; returns their number. */
size_t msig_utf8_put(uint32_t code_point, char out[4]);

#endif
