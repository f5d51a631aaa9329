/*
 * A fast 64-bit hash for strings in tables. Not for digests (numeric has SHA-256) and not stable
 * between versions. The seed should differ from table to table, so that nobody can prepare
 * colliding names; results must never depend on the order of a hash. Pure functions.
 */
#ifndef MSIG_BASE_HASH_H
#define MSIG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Folds one 64-bit word into a running hash. */
static inline uint64_t msig_hash_mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

/* Hashes len bytes. */
static inline uint64_t msig_hash(const void *ptr, size_t len, uint64_t seed) {
    const char *bytes = (const char *)ptr;
    uint64_t hash = seed ^ ((uint64_t)len * UINT64_C(0xd6e8feb86659fd93));
    uint64_t word;
    size_t left = len;
    while (left >= 8) {
        memcpy(&word, bytes, 8);
        hash = msig_hash_mix(hash, word);
        bytes += 8;
        left -= 8;
    }
    if (left) {
        word = 0;
        memcpy(&word, bytes, left);
        hash = msig_hash_mix(hash, word);
    }
    hash *= UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 32);
}

#endif
