/*
 * The one table of dtypes: safetensors' 22 names first, then those that other formats add. Each is
 * stored in units: `items` elements in `bytes` bytes, one element of 16 bits or a block of 256 in
 * 144 bytes (GGUF's Q4_K). Names that are not here are kept as they are by the manifest, with a
 * size that only the file can tell. Pure.
 */
#ifndef MSIG_FORMAT_DTYPE_H
#define MSIG_FORMAT_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* X(name, items, bytes): elements, in the smallest unit of whole bytes. */
#define MSIG_DTYPE_SAFETENSORS_LIST(X)                                                             \
    X(F4, 2, 1)                                                                                    \
    X(F6_E2M3, 4, 3) X(F6_E3M2, 4, 3) X(BOOL, 1, 1) X(U8, 1, 1) X(I8, 1, 1) X(F8_E5M2, 1, 1)       \
        X(F8_E4M3, 1, 1) X(F8_E8M0, 1, 1) X(F8_E4M3FNUZ, 1, 1) X(F8_E5M2FNUZ, 1, 1) X(I16, 1, 2)   \
            X(U16, 1, 2) X(F16, 1, 2) X(BF16, 1, 2) X(I32, 1, 4) X(U32, 1, 4) X(F32, 1, 4)         \
                X(C64, 1, 8) X(F64, 1, 8) X(I64, 1, 8) X(U64, 1, 8)

/* ONNX: narrow integers, complex numbers, and texts, which have no size of their own. */
#define MSIG_DTYPE_ONNX_LIST(X)                                                                    \
    X(I4, 2, 1) X(U4, 2, 1) X(I2, 4, 1) X(U2, 4, 1) X(C128, 1, 16) X(STRING, 0, 0)

/* GGUF: blocks, which lie within a row (ggml's table of type sizes). */
#define MSIG_DTYPE_GGUF_LIST(X)                                                                    \
    X(Q4_0, 32, 18)                                                                                \
    X(Q4_1, 32, 20) X(Q5_0, 32, 22) X(Q5_1, 32, 24) X(Q8_0, 32, 34) X(Q8_1, 32, 36)                \
        X(Q2_K, 256, 84) X(Q3_K, 256, 110) X(Q4_K, 256, 144) X(Q5_K, 256, 176) X(Q6_K, 256, 210)   \
            X(Q8_K, 256, 292) X(IQ2_XXS, 256, 66) X(IQ2_XS, 256, 74) X(IQ3_XXS, 256, 98)           \
                X(IQ1_S, 256, 50) X(IQ4_NL, 32, 18) X(IQ3_S, 256, 110) X(IQ2_S, 256, 82)           \
                    X(IQ4_XS, 256, 136) X(IQ1_M, 256, 56) X(TQ1_0, 256, 54) X(TQ2_0, 256, 66)      \
                        X(MXFP4, 32, 17) X(NVFP4, 64, 36) X(Q1_0, 128, 18) X(Q2_0, 64, 18)

#define MSIG_DTYPE_COUNT_ONE(name, items, bytes) +1u
#define MSIG_DTYPE_SAFETENSORS (0u MSIG_DTYPE_SAFETENSORS_LIST(MSIG_DTYPE_COUNT_ONE))
#define MSIG_DTYPE_COUNT                                                                           \
    (MSIG_DTYPE_SAFETENSORS MSIG_DTYPE_ONNX_LIST(MSIG_DTYPE_COUNT_ONE)                             \
         MSIG_DTYPE_GGUF_LIST(MSIG_DTYPE_COUNT_ONE))

typedef struct msig_dtype {
    const char *name;
    uint32_t items, bytes; /* of a unit; 0 where the dtype says no size */
    bool block;            /* a unit lies within the last dimension */
} msig_dtype;

/* Number of a dtype's name; MSIG_DTYPE_COUNT if it is none of ours. Those that safetensors has are
 * below MSIG_DTYPE_SAFETENSORS. */
uint32_t msig_dtype_find(msig_span name);

/* The row of a dtype below MSIG_DTYPE_COUNT. */
const msig_dtype *msig_dtype_row(uint32_t dtype);

/* Bytes of a tensor of a dtype below MSIG_DTYPE_COUNT whose rows are its last dimension: products
 * in order, each checked, as safetensors' own parser does. False with *message set to what it
 * cannot be ("overflow", "no whole byte", "no whole block", "no size"). */
bool msig_dtype_measure(uint32_t dtype, const uint64_t *dims, uint32_t rank, uint64_t *bytes,
                        const char **message);

#endif
