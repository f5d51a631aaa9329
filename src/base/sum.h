/*
 * Sums and products of sizes that come from files: each tells when it does not fit 64 bits and
 * then leaves the result as it was. Pure functions.
 */
#ifndef MSIG_BASE_SUM_H
#define MSIG_BASE_SUM_H

#include <stdbool.h>
#include <stdint.h>

/* *result = a + b */
static inline bool msig_add(uint64_t a, uint64_t b, uint64_t *result) {
    if (a > UINT64_MAX - b)
        return false;
    *result = a + b;
    return true;
}

/* *result = a * b */
static inline bool msig_mul(uint64_t a, uint64_t b, uint64_t *result) {
    /* Two numbers below 2^32 cannot overflow: this spares the division in all ordinary cases. */
    if ((a | b) >> 32 && b != 0 && a > UINT64_MAX / b)
        return false;
    *result = a * b;
    return true;
}

#endif
