/* SHA-256, for telling contents apart: a library for it would cost more at every start than all the
 * hashing of a run. Pure functions. */
#ifndef MSIG_NUMERIC_DIGEST_H
#define MSIG_NUMERIC_DIGEST_H

#include <stddef.h>

#define MSIG_SHA256_HEX 65

/* Writes the SHA-256 of len bytes in lower-case hexadecimal, with a final zero. `ptr` may be NULL
 * when len is 0. */
void msig_sha256(const void *ptr, size_t len, char out[MSIG_SHA256_HEX]);

#endif
