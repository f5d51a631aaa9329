/* SHA-256, by way of libcrypto. Pure functions. */
#ifndef MSIG_NUMERIC_DIGEST_H
#define MSIG_NUMERIC_DIGEST_H

#include <stddef.h>

#include "base/err.h"

#define MSIG_SHA256_HEX 65

/* Writes the SHA-256 of len bytes in lower-case hexadecimal, with a final zero. MSIG_ENOMEM when
 * the library cannot work. */
msig_status msig_sha256(const void *ptr, size_t len, char out[MSIG_SHA256_HEX], msig_err *err);

#endif
