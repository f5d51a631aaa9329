#include "numeric/digest.h"

#include <openssl/evp.h>

msig_status msig_sha256(const void *ptr, size_t len, char out[MSIG_SHA256_HEX], msig_err *err) {
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    out[0] = '\0';
    if (EVP_Digest(ptr, len, digest, &size, EVP_sha256(), NULL) != 1)
        return msig_err_nomem(err);
    for (unsigned int i = 0; i < size; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * size] = '\0';
    return MSIG_OK;
}
