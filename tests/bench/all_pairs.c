/*
 * Key coverage and digest equality of all pairs of 10,000 made-up fingerprints of 20 to 300 keys.
 * The names are written and interned first; the time counted is that of interning and of the pairs.
 *
 *     all_pairs [FINGERPRINTS [FAMILIES [OWN_PER_CENT]]]
 *
 * A fingerprint takes its keys from one of FAMILIES vocabularies of 300 names; of OWN_PER_CENT of
 * them it has a name that no other model has.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/table.h"
#include "numeric/pairs.h"

enum { LEAST = 20, MOST = 300, NAME = 96 };

typedef struct totals {
    uint64_t pairs, covered, equal, common;
    const msig_pairs_set *sets;
    size_t count;
} totals;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint32_t draw(uint64_t *state, uint32_t limit) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % limit);
}

/* Coverage is common keys in keys of the larger set; four fifths are counted here. */
static bool row(void *ctx, size_t i, const uint16_t *common, const uint8_t *equal) {
    totals *sum = ctx;
    for (size_t j = i + 1; j < sum->count; j++) {
        size_t a = sum->sets[i].count, b = sum->sets[j].count;
        sum->covered += 5 * (size_t)common[j] >= 4 * (a > b ? a : b);
        sum->common += common[j];
        sum->equal += equal[j];
    }
    sum->pairs += sum->count - i - 1;
    return true;
}

int main(int argc, char **argv) {
    size_t count = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 10000;
    uint32_t families = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100;
    uint32_t own = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 5;
    uint64_t state = 1;
    char(*names)[NAME] = calloc(count * MOST, NAME);
    uint32_t *ids = calloc(count * MOST, sizeof *ids);
    msig_pairs_set *sets = calloc(count, sizeof *sets);
    uint8_t(*digests)[32] = calloc(count, sizeof *digests);
    msig_arena arena;
    msig_intern intern;
    totals sum = {0};
    double begin, middle, end;
    if (!names || !ids || !sets || !digests || families == 0)
        return 2;
    for (size_t i = 0; i < count; i++) {
        uint32_t family = draw(&state, families), first = draw(&state, MOST);
        sets[i].count = LEAST + draw(&state, MOST - LEAST + 1);
        sets[i].keys = ids + i * MOST;
        sets[i].digest = digests[i];
        snprintf((char *)digests[i], sizeof digests[i], "%u", draw(&state, (uint32_t)count));
        for (size_t k = 0; k < sets[i].count; k++)
            snprintf(names[i * MOST + k], NAME, "model.%u.layers.N.part%zu.weight%s%zu",
                     /* the first names are those that most architectures share */
                     (first + k) % MOST < 30 ? 0 : family, (first + k) % MOST,
                     draw(&state, 100) < own ? ".own" : "", (size_t)0);
        for (size_t k = 0; k < sets[i].count; k++)
            if (strstr(names[i * MOST + k], ".own"))
                snprintf(names[i * MOST + k], NAME, "own.%zu.%zu", i, k);
    }
    begin = now();
    msig_arena_init(&arena, &msig_alloc_system);
    msig_intern_init(&intern, &msig_alloc_system, &arena);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i].count; k++) {
            msig_span name = {names[i * MOST + k], strlen(names[i * MOST + k])};
            ids[i * MOST + k] = msig_intern_put(&intern, name);
        }
    middle = now();
    sum.sets = sets;
    sum.count = count;
    if (msig_pairs_all(&msig_alloc_system, sets, count, intern.count, row, &sum, NULL) != MSIG_OK)
        return 2;
    end = now();
    printf("%zu fingerprints, %zu distinct keys: interned in %.3f s, %llu pairs in %.3f s "
           "(%.1f ns a pair); %llu cover 80 %%, %llu equal digests, %.1f keys in common\n",
           count, (size_t)intern.count, middle - begin, (unsigned long long)sum.pairs,
           end - middle, (end - middle) / (double)sum.pairs * 1e9,
           (unsigned long long)sum.covered, (unsigned long long)sum.equal,
           (double)sum.common / (double)sum.pairs);
    msig_intern_clear(&intern);
    msig_arena_clear(&arena);
    free(digests);
    free(sets);
    free(ids);
    free(names);
    return 0;
}
