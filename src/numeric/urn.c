#include "numeric/urn.h"

#include <stdlib.h>
#include <string.h>

#define EMPTY UINT32_MAX
#define LEAST 1e-4 /* of the best share: less is not worth sorting */

typedef struct state {
    int64_t sum;
    double share;
    uint32_t drawn[MSIG_URN_KINDS];
} state;

/* A state to be sorted. */
typedef struct rank {
    double share;
    int64_t sum;
    size_t at;
} rank;

typedef struct urn {
    const msig_urn_kind *kinds;
    size_t kind_count, most;
    double change, total; /* of a weight with each draw; of all weights */
    state *now, *next;    /* `most` of now, that times the kinds of next */
    rank *ranks;
    uint32_t *slots;
    size_t slot_count, len;
} urn;

static size_t room(const urn *u) {
    return u->most * u->kind_count;
}

/* The likeliest first. */
static int by_share(const void *a, const void *b) {
    const rank *x = a, *y = b;
    if (x->share != y->share)
        return (x->share < y->share) - (x->share > y->share);
    return (x->sum > y->sum) - (x->sum < y->sum);
}

/* The state of a sum, fresh or met before on another way. */
static state *state_of(urn *u, int64_t sum, size_t *count) {
    uint64_t hash = (uint64_t)sum * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(hash >> 32) & (u->slot_count - 1);
    while (u->slots[slot] != EMPTY && u->next[u->slots[slot]].sum != sum)
        slot = (slot + 1) & (u->slot_count - 1);
    if (u->slots[slot] == EMPTY) {
        u->slots[slot] = (uint32_t)*count;
        u->next[*count].share = 0;
        (*count)++;
    }
    return &u->next[u->slots[slot]];
}

/* Keeps the likeliest of the next states, in order. */
static void keep_best(urn *u, size_t count) {
    double best = 0;
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        best = u->next[i].share > best ? u->next[i].share : best;
    for (size_t i = 0; i < count; i++)
        if (u->next[i].share >= LEAST * best) {
            rank fresh = {u->next[i].share, u->next[i].sum, i};
            u->ranks[n++] = fresh;
        }
    if (n)
        qsort(u->ranks, n, sizeof *u->ranks, by_share);
    u->len = n < u->most ? n : u->most;
    for (size_t i = 0; i < u->len; i++)
        u->now[i] = u->next[u->ranks[i].at];
}

/* One draw more, the `draw`th from 0; the likeliest states stay. */
static void draw_once(urn *u, uint32_t draw) {
    size_t count = 0;
    memset(u->slots, 0xff, u->slot_count * sizeof *u->slots);
    for (size_t i = 0; i < u->len; i++)
        for (size_t k = 0; k < u->kind_count; k++) {
            const state *from = &u->now[i];
            double weight = u->kinds[k].weight + u->change * from->drawn[k];
            double share = from->share * weight / (u->total + u->change * draw);
            if (!(share > 0))
                continue;
            int64_t sum = (int64_t)((uint64_t)from->sum + (uint64_t)u->kinds[k].length);
            state *to = state_of(u, sum, &count);
            if (to->share == 0) {
                memcpy(to->drawn, from->drawn, sizeof to->drawn);
                to->drawn[k]++;
                to->sum = sum;
            }
            to->share += share;
        }
    keep_best(u, count);
}

static void draw_all(urn *u, const uint32_t *asked, size_t count, msig_urn_sum *sums,
                     size_t *found) {
    uint32_t draws = 0;
    memset(&u->now[0], 0, sizeof u->now[0]);
    u->now[0].share = 1;
    u->len = 1;
    for (size_t i = 0; i < count; i++) {
        for (; draws < asked[i] && u->len > 0; draws++)
            draw_once(u, draws);
        found[i] = u->len;
        for (size_t j = 0; j < u->len; j++) {
            sums[i * u->most + j].sum = u->now[j].sum;
            sums[i * u->most + j].share = u->now[j].share;
        }
    }
}

msig_status msig_urn_draw(const msig_alloc *alloc, const msig_urn_kind *kinds, size_t kind_count,
                          bool stays_out, const uint32_t *asked, size_t count, size_t most,
                          msig_urn_sum *sums, size_t *found, msig_err *err) {
    urn u = {.kinds = kinds, .kind_count = kind_count, .most = most};
    u.change = stays_out ? -1 : 1;
    u.slot_count = 16;
    for (size_t k = 0; k < kind_count; k++)
        u.total += kinds[k].weight;
    while (u.slot_count < 2 * room(&u))
        u.slot_count *= 2;
    u.now = msig_new(alloc, most, sizeof *u.now);
    u.next = msig_new(alloc, room(&u), sizeof *u.next);
    u.ranks = msig_new(alloc, room(&u), sizeof *u.ranks);
    u.slots = msig_new(alloc, u.slot_count, sizeof *u.slots);
    bool ready = u.now && u.next && u.ranks && u.slots;
    if (ready)
        draw_all(&u, asked, count, sums, found);
    msig_free(alloc, u.now, most, sizeof *u.now);
    msig_free(alloc, u.next, room(&u), sizeof *u.next);
    msig_free(alloc, u.ranks, room(&u), sizeof *u.ranks);
    msig_free(alloc, u.slots, u.slot_count, sizeof *u.slots);
    return ready ? MSIG_OK : msig_err_nomem(err);
}
