#include "numeric/digest.h"

#include <stdint.h>
#include <string.h>

/* FIPS 180-4. The words are the first 32 bits of the fractional parts of the cube roots of the
 * first 64 primes. */
enum { BLOCK = 64, ROUNDS = 64, WORDS = 8, LENGTH_BYTES = 8 };

static const uint32_t round_words[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turned(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

static uint32_t read_word(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The eight variables of the standard, a to h, stand in `s` from `-i` on, round the corner: so they
 * need not move. */
static void round_of(uint32_t s[WORDS], unsigned i, uint32_t word) {
    uint32_t a = s[-i & 7], b = s[(1 - i) & 7], c = s[(2 - i) & 7];
    uint32_t e = s[(4 - i) & 7], f = s[(5 - i) & 7], g = s[(6 - i) & 7];
    uint32_t one = s[(7 - i) & 7] + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
                   (g ^ (e & (f ^ g))) + word;
    s[(3 - i) & 7] += one;
    s[(7 - i) & 7] =
        one + (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) | (c & (a | b)));
}

static void take_block(uint32_t state[WORDS], const uint8_t *block) {
    uint32_t w[ROUNDS], s[WORDS];
    for (int i = 0; i < 16; i++)
        w[i] = read_word(block + 4 * i);
    for (int i = 16; i < ROUNDS; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turned(x, 7) ^ turned(x, 18) ^ x >> 3) +
               (turned(y, 17) ^ turned(y, 19) ^ y >> 10);
    }
    memcpy(s, state, sizeof s);
    for (unsigned i = 0; i < ROUNDS; i += WORDS)
        for (unsigned j = 0; j < WORDS; j++)
            round_of(s, j, round_words[i + j] + w[i + j]);
    for (int i = 0; i < WORDS; i++)
        state[i] += s[i];
}

/* What is left over, a set bit, zeros, and the length in bits: one block or two. */
static void take_rest(uint32_t state[WORDS], const uint8_t *rest, size_t len, uint64_t total) {
    uint8_t block[2 * BLOCK] = {0};
    if (len)
        memcpy(block, rest, len);
    block[len] = 0x80;
    size_t end = len + 1 + LENGTH_BYTES <= BLOCK ? BLOCK : 2 * BLOCK;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        block[end - 1 - i] = (uint8_t)(total * 8 >> 8 * i);
    for (size_t at = 0; at < end; at += BLOCK)
        take_block(state, block + at);
}

void msig_sha256(const void *ptr, size_t len, char out[MSIG_SHA256_HEX]) {
    static const char digits[] = "0123456789abcdef";
    uint32_t state[WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const uint8_t *at = ptr;
    size_t left = len;
    for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
        take_block(state, at);
    take_rest(state, at, left, len);
    for (size_t i = 0; i < MSIG_SHA256_HEX - 1; i++)
        out[i] = digits[state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    out[MSIG_SHA256_HEX - 1] = '\0';
}
