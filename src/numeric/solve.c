#include "numeric/solve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Multiples and parts up to MULTIPLES, positions beside a size up to OFFSETS: more would let
 * chance agree. Values are bounded so that no product of two overflows. */
enum { MULTIPLES = 16, OFFSETS = 4, SUM_MULTIPLES = 2, FACTORS = 3, NO_TERM = -1 };
#define VALUE_LIMIT (INT64_C(1) << 40)

typedef struct term {
    int64_t a, b;
    uint8_t factor[FACTORS]; /* symbols in ascending order */
    uint8_t count;
} term;

typedef struct solver {
    const msig_symbol *symbols;
    term *terms; /* singles, then pairs */
    int32_t *slots;
    size_t count, capacity, singles, mask;
    int64_t a, b;
    char *out;
} solver;

static int compare_symbols(const void *x, const void *y) {
    const msig_span *p = &((const msig_symbol *)x)->name, *q = &((const msig_symbol *)y)->name;
    int order = memcmp(p->ptr, q->ptr, p->len < q->len ? p->len : q->len);
    return order ? order : (p->len > q->len) - (p->len < q->len);
}

static size_t slot_of(const solver *self, int64_t a, int64_t b) {
    uint64_t hash = (uint64_t)a * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)b;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    return (size_t)(hash >> 40) & self->mask;
}

static int32_t find(const solver *self, int64_t a, int64_t b) {
    for (size_t i = slot_of(self, a, b); self->slots[i] != NO_TERM; i = (i + 1) & self->mask) {
        const term *found = &self->terms[self->slots[i]];
        if (found->a == a && found->b == b)
            return self->slots[i];
    }
    return NO_TERM;
}

/* Multiplies a term by a symbol; false when the product is out of bounds. */
static bool multiply(const solver *self, const term *x, size_t symbol, term *out) {
    const msig_symbol *s = &self->symbols[symbol];
    if (x->a > VALUE_LIMIT / s->a || x->b > VALUE_LIMIT / s->b)
        return false;
    *out = *x;
    out->a *= s->a;
    out->b *= s->b;
    out->factor[out->count++] = (uint8_t)symbol;
    return true;
}

/* Keeps a term unless a simpler one has the same values. */
static void keep(solver *self, const term *x) {
    size_t i = slot_of(self, x->a, x->b);
    if (self->count == self->capacity || find(self, x->a, x->b) != NO_TERM)
        return;
    while (self->slots[i] != NO_TERM)
        i = (i + 1) & self->mask;
    self->slots[i] = (int32_t)self->count;
    self->terms[self->count++] = *x;
}

static void make_terms(solver *self, size_t symbols) {
    const term one = {1, 1, {0, 0, 0}, 0};
    term single, pair;
    for (size_t i = 0; i < symbols; i++)
        if (multiply(self, &one, i, &single))
            keep(self, &single);
    self->singles = self->count;
    for (size_t i = 0; i < self->singles; i++)
        for (size_t j = i; j < self->singles; j++)
            if (multiply(self, &self->terms[i], self->terms[j].factor[0], &pair))
                keep(self, &pair);
}

static void append(solver *self, const char *text, size_t len) {
    size_t used = strlen(self->out);
    size_t room = MSIG_SOLVE_TEXT - 1 - used;
    memcpy(self->out + used, text, len < room ? len : room);
    self->out[used + (len < room ? len : room)] = '\0';
}

static void append_number(solver *self, const char *before, int64_t number, const char *after) {
    char text[48];
    int len = snprintf(text, sizeof text, "%s%" PRId64 "%s", before, number, after);
    append(self, text, (size_t)len);
}

static bool append_term(solver *self, int64_t factor, const term *x) {
    if (factor != 1)
        append_number(self, "", factor, "*");
    for (size_t i = 0; i < x->count; i++) {
        const msig_span *name = &self->symbols[x->factor[i]].name;
        if (i > 0)
            append(self, "*", 1);
        append(self, name->ptr, name->len);
    }
    return true;
}

/* k * x, and x // k where nothing is left over. */
static bool try_multiple(solver *self, const term *x) {
    for (int64_t k = 2; k <= MULTIPLES; k++) {
        if (x->a * k == self->a && x->b * k == self->b)
            return append_term(self, k, x);
        if (x->a == self->a * k && x->b == self->b * k) {
            append_term(self, 1, x);
            append_number(self, "//", k, "");
            return true;
        }
    }
    return false;
}

static bool try_offset(solver *self, const term *x) {
    int64_t offset = self->a - x->a;
    if (offset != self->b - x->b || offset == 0 || offset > OFFSETS || offset < -OFFSETS)
        return false;
    append_term(self, 1, x);
    append_number(self, offset < 0 ? "-" : "+", offset < 0 ? -offset : offset, "");
    return true;
}

static bool try_quotient(solver *self, const term *x) {
    for (size_t i = 0; i < self->singles; i++) {
        const term *y = &self->terms[i];
        if (x->a % y->a || x->b % y->b || x->a / y->a != self->a || x->b / y->b != self->b)
            continue;
        append_term(self, 1, x);
        append(self, "//", 2);
        return append_term(self, 1, y);
    }
    return false;
}

/* k*x + m*y, k*x - m*y, with the other term looked up by what is left. */
static bool try_sum(solver *self, const term *x, size_t limit) {
    for (int64_t k = 1; k <= SUM_MULTIPLES; k++) {
        int64_t a = self->a - k * x->a, b = self->b - k * x->b;
        int64_t sign = a < 0 ? -1 : 1;
        for (int64_t m = 1; m <= SUM_MULTIPLES; m++) {
            int32_t other;
            if (a * sign <= 0 || b * sign <= 0 || a % m || b % m)
                continue;
            other = find(self, sign * a / m, sign * b / m);
            if (other == NO_TERM || (size_t)other >= limit)
                continue;
            append_term(self, k, x);
            append(self, sign < 0 ? "-" : "+", 1);
            return append_term(self, m, &self->terms[other]);
        }
    }
    return false;
}

/* 2*x + 2*y + z with a plain size z, as projections that carry two of everything and one number a
 * head have it. More freedom in three terms would let chance agree. */
static bool try_three_terms(solver *self, const term *x) {
    for (size_t i = 0; i < self->singles; i++) {
        const term *z = &self->terms[i];
        int64_t a = self->a - z->a - 2 * x->a, b = self->b - z->b - 2 * x->b;
        int32_t other;
        if (a <= 0 || b <= 0 || a % 2 || b % 2)
            continue;
        other = find(self, a / 2, b / 2);
        if (other == NO_TERM || &self->terms[other] == z || x == z)
            continue;
        append_term(self, 2, x);
        append(self, "+", 1);
        append_term(self, 2, &self->terms[other]);
        append(self, "+", 1);
        return append_term(self, 1, z);
    }
    return false;
}

static bool try_triple(solver *self) {
    for (size_t i = 0; i < self->count; i++) {
        const term *x = &self->terms[i];
        if (x->count != 2 || self->a % x->a || self->b % x->b)
            continue;
        for (size_t j = 0; j < self->singles; j++) {
            const term *y = &self->terms[j];
            if (y->a != self->a / x->a || y->b != self->b / x->b)
                continue;
            append_term(self, 1, x);
            append(self, "*", 1);
            return append_term(self, 1, y);
        }
    }
    return false;
}

static bool solve(solver *self) {
    int32_t direct = find(self, self->a, self->b);
    if (direct != NO_TERM && (size_t)direct < self->singles)
        return append_term(self, 1, &self->terms[direct]);
    if (self->a == self->b) {
        append_number(self, "", self->a, "");
        return true;
    }
    for (size_t i = 0; i < self->singles; i++)
        if (try_multiple(self, &self->terms[i]))
            return true;
    if (direct != NO_TERM)
        return append_term(self, 1, &self->terms[direct]);
    for (size_t i = 0; i < self->singles; i++)
        if (try_offset(self, &self->terms[i]) || try_quotient(self, &self->terms[i]) ||
            try_sum(self, &self->terms[i], self->singles))
            return true;
    for (size_t i = self->singles; i < self->count; i++)
        if (try_multiple(self, &self->terms[i]))
            return true;
    if (try_triple(self))
        return true;
    for (size_t i = self->singles; i < self->count; i++)
        if (try_quotient(self, &self->terms[i]))
            return true;
    for (size_t i = 0; i < self->count; i++)
        if (try_sum(self, &self->terms[i], self->count))
            return true;
    for (size_t i = 0; i < self->count; i++)
        if (try_three_terms(self, &self->terms[i]))
            return true;
    return false;
}

/* Drops what cannot tell anything (one on both sides, nothing positive); returns how many stay. */
static size_t clean(msig_symbol *symbols, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const msig_symbol *s = &symbols[i];
        if (s->a < 1 || s->b < 1 || (s->a == 1 && s->b == 1) || s->a > VALUE_LIMIT ||
            s->b > VALUE_LIMIT)
            continue;
        symbols[kept++] = *s;
    }
    if (kept > 1)
        qsort(symbols, kept, sizeof *symbols, compare_symbols);
    return kept < MSIG_SOLVE_SYMBOLS ? kept : MSIG_SOLVE_SYMBOLS;
}

msig_status msig_solve_common(const msig_alloc *alloc, msig_symbol *symbols, size_t count,
                              int64_t dim_a, int64_t dim_b, char out[MSIG_SOLVE_TEXT],
                              bool *found, msig_err *err) {
    size_t used = clean(symbols, count), size = 16;
    solver self = {0};
    msig_status status = MSIG_OK;
    out[0] = '\0';
    *found = false;
    if (dim_a < 0 || dim_b < 0 || dim_a > VALUE_LIMIT || dim_b > VALUE_LIMIT)
        return MSIG_OK;
    self.symbols = symbols;
    self.capacity = used + used * (used + 1) / 2;
    while (size < 2 * self.capacity)
        size *= 2;
    self.mask = size - 1;
    self.a = dim_a;
    self.b = dim_b;
    self.out = out;
    self.terms = msig_new(alloc, self.capacity, sizeof *self.terms);
    self.slots = msig_new(alloc, size, sizeof *self.slots);
    if (!self.terms || !self.slots) {
        status = msig_err_nomem(err);
        goto out;
    }
    for (size_t i = 0; i < size; i++)
        self.slots[i] = NO_TERM;
    make_terms(&self, used);
    *found = solve(&self);
out:
    msig_free(alloc, self.slots, size, sizeof *self.slots);
    msig_free(alloc, self.terms, self.capacity, sizeof *self.terms);
    return status;
}
