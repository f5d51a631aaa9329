/*
 * Element types: safetensors' 22 names and their sizes. Other names are kept as they are by the
 * manifest, with a size that only the file can tell. Pure.
 */
#ifndef MSIG_FORMAT_DTYPE_H
#define MSIG_FORMAT_DTYPE_H

#include <stdint.h>

#include "base/span.h"

#define MSIG_DTYPE_LIST(X)                                                                         \
    X(F4, 4) X(F6_E2M3, 6) X(F6_E3M2, 6)                                                           \
    X(BOOL, 8) X(U8, 8) X(I8, 8) X(F8_E5M2, 8) X(F8_E4M3, 8) X(F8_E8M0, 8)                         \
    X(F8_E4M3FNUZ, 8) X(F8_E5M2FNUZ, 8)                                                            \
    X(I16, 16) X(U16, 16) X(F16, 16) X(BF16, 16)                                                   \
    X(I32, 32) X(U32, 32) X(F32, 32)                                                               \
    X(C64, 64) X(F64, 64) X(I64, 64) X(U64, 64)

#define MSIG_DTYPE_COUNT 22u

/* Number of a dtype's name; MSIG_DTYPE_COUNT if it is none of ours. */
uint32_t msig_dtype_find(msig_span name);

/* Name of a dtype below MSIG_DTYPE_COUNT. */
const char *msig_dtype_name(uint32_t dtype);

/* Bits of one element of a dtype below MSIG_DTYPE_COUNT. */
unsigned msig_dtype_bits(uint32_t dtype);

#endif
