#include "numeric/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* The most frequent keys have a bit each, DENSE_WORDS words per fingerprint; eight words are one
 * cache line. */
enum { DENSE_WORDS = 8, DENSE = DENSE_WORDS * 64, DIGEST = 32 };
#define NOT_DENSE UINT32_MAX

typedef struct frequency {
    uint32_t key, count;
} frequency;

typedef struct work {
    const msig_pairs_set *sets;
    size_t count, vocabulary, postings_count;
    frequency *frequencies;
    uint32_t *bit;      /* per key: its bit, or NOT_DENSE */
    uint64_t *bits;     /* DENSE_WORDS per fingerprint */
    size_t *start;      /* per key: where its list begins; one more at the end */
    uint32_t *postings; /* fingerprints of each rare key, ascending */
    size_t *passed;     /* per key: entries of fingerprints up to the current row */
    uint64_t *hashes;   /* of the digests */
    uint16_t *common;
    uint8_t *equal;
} work;

static int by_frequency(const void *x, const void *y) {
    const frequency *p = x, *q = y;
    if (p->count != q->count)
        return p->count < q->count ? 1 : -1;
    return (p->key > q->key) - (p->key < q->key);
}

static msig_status count_keys(work *self, msig_err *err) {
    for (size_t key = 0; key < self->vocabulary; key++)
        self->frequencies[key].key = (uint32_t)key;
    for (size_t i = 0; i < self->count; i++) {
        const msig_pairs_set *set = &self->sets[i];
        if (set->count > MSIG_PAIRS_KEYS)
            return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET,
                                "pairs: fingerprint %zu has %zu keys, at most %d allowed", i,
                                set->count, MSIG_PAIRS_KEYS);
        for (size_t k = 0; k < set->count; k++) {
            if (set->keys[k] >= self->vocabulary)
                return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET,
                                    "pairs: fingerprint %zu has a key outside the vocabulary", i);
            self->frequencies[set->keys[k]].count++;
        }
        self->hashes[i] = msig_hash(set->digest, DIGEST, 0);
    }
    return MSIG_OK;
}

/* Gives bits to the most frequent keys and room for a list to each of the others. */
static void divide_keys(work *self) {
    size_t total = 0;
    for (size_t key = 0; key < self->vocabulary; key++)
        self->start[self->frequencies[key].key] = self->frequencies[key].count;
    qsort(self->frequencies, self->vocabulary, sizeof *self->frequencies, by_frequency);
    for (size_t n = 0; n < self->vocabulary; n++)
        self->bit[self->frequencies[n].key] = n < DENSE ? (uint32_t)n : NOT_DENSE;
    for (size_t key = 0; key < self->vocabulary; key++) {
        size_t length = self->bit[key] == NOT_DENSE ? self->start[key] : 0;
        self->start[key] = total;
        self->passed[key] = total;
        total += length;
    }
    self->start[self->vocabulary] = total;
    self->postings_count = total;
}

static void fill(work *self) {
    for (size_t i = 0; i < self->count; i++)
        for (size_t k = 0; k < self->sets[i].count; k++) {
            uint32_t key = self->sets[i].keys[k], bit = self->bit[key];
            if (bit == NOT_DENSE)
                self->postings[self->passed[key]++] = (uint32_t)i;
            else
                self->bits[i * DENSE_WORDS + bit / 64] |= UINT64_C(1) << (bit % 64);
        }
    memcpy(self->passed, self->start, self->vocabulary * sizeof *self->passed);
}

static inline unsigned count_bits(uint64_t x) {
#if defined(__GNUC__)
    return (unsigned)__builtin_popcountll(x);
#else
    x -= (x >> 1) & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)((x * UINT64_C(0x0101010101010101)) >> 56);
#endif
}

/* One row against all that follow. Where the processor has a population count it is used: the
 * plain build for any x86-64 would take several times as long. Not under sanitizers: the choice is
 * made before they are ready. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && \
    defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("arch=icelake-server", "popcnt", "default")))
#endif
static void
count_row(const uint64_t *bits, const uint64_t *hashes, size_t i, size_t count, uint16_t *common,
          uint8_t *equal) {
    const uint64_t *mine = bits + i * DENSE_WORDS;
    for (size_t j = i + 1; j < count; j++) {
        const uint64_t *other = bits + j * DENSE_WORDS;
        unsigned n = 0;
        for (size_t w = 0; w < DENSE_WORDS; w++)
            n += count_bits(mine[w] & other[w]);
        common[j] = (uint16_t)n;
        equal[j] = hashes[i] == hashes[j];
    }
}

static void row_rare(work *self, size_t i) {
    const msig_pairs_set *set = &self->sets[i];
    for (size_t k = 0; k < set->count; k++) {
        uint32_t key = set->keys[k];
        if (self->bit[key] != NOT_DENSE)
            continue;
        /* Rows come in order and lists ascend: what lies before this row is behind us. */
        self->passed[key]++;
        for (size_t at = self->passed[key]; at < self->start[key + 1]; at++)
            self->common[self->postings[at]]++;
    }
}

static msig_status all_rows(work *self, msig_pairs_row row, void *ctx, msig_err *err) {
    for (size_t i = 0; i < self->count; i++) {
        count_row(self->bits, self->hashes, i, self->count, self->common, self->equal);
        row_rare(self, i);
        /* Equal hashes are checked; different ones prove it. */
        for (size_t j = i + 1; j < self->count; j++)
            if (self->equal[j])
                self->equal[j] =
                    memcmp(self->sets[i].digest, self->sets[j].digest, DIGEST) == 0;
        if (!row(ctx, i, self->common, self->equal))
            return msig_err_set(err, MSIG_ECANCELLED, MSIG_NO_OFFSET, "pairs: stopped");
    }
    return MSIG_OK;
}

msig_status msig_pairs_all(const msig_alloc *alloc, const msig_pairs_set *sets, size_t count,
                           size_t vocabulary, msig_pairs_row row, void *ctx, msig_err *err) {
    work self = {0};
    msig_status status = MSIG_ENOMEM;
    self.sets = sets;
    self.count = count;
    self.vocabulary = vocabulary;
    self.frequencies = msig_new(alloc, vocabulary, sizeof *self.frequencies);
    self.bit = msig_new(alloc, vocabulary, sizeof *self.bit);
    self.start = msig_new(alloc, vocabulary + 1, sizeof *self.start);
    self.passed = msig_new(alloc, vocabulary, sizeof *self.passed);
    self.bits = msig_new(alloc, count, DENSE_WORDS * sizeof *self.bits);
    self.hashes = msig_new(alloc, count, sizeof *self.hashes);
    self.common = msig_new(alloc, count, sizeof *self.common);
    self.equal = msig_new(alloc, count, sizeof *self.equal);
    if (!self.frequencies || !self.bit || !self.start || !self.passed || !self.bits ||
        !self.hashes || !self.common || !self.equal) {
        msig_err_nomem(err);
        goto out;
    }
    status = count_keys(&self, err);
    if (status != MSIG_OK)
        goto out;
    divide_keys(&self);
    self.postings = msig_new(alloc, self.postings_count, sizeof *self.postings);
    if (!self.postings) {
        status = msig_err_nomem(err);
        goto out;
    }
    fill(&self);
    status = all_rows(&self, row, ctx, err);
out:
    msig_free(alloc, self.postings, self.postings_count, sizeof *self.postings);
    msig_free(alloc, self.equal, count, sizeof *self.equal);
    msig_free(alloc, self.common, count, sizeof *self.common);
    msig_free(alloc, self.hashes, count, sizeof *self.hashes);
    msig_free(alloc, self.bits, count, DENSE_WORDS * sizeof *self.bits);
    msig_free(alloc, self.passed, vocabulary, sizeof *self.passed);
    msig_free(alloc, self.start, vocabulary + 1, sizeof *self.start);
    msig_free(alloc, self.bit, vocabulary, sizeof *self.bit);
    msig_free(alloc, self.frequencies, vocabulary, sizeof *self.frequencies);
    return status;
}
