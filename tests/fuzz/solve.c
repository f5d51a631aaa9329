/*
 * Fuzz target: the expression solver. Whatever it says is true on both sides, does not depend on
 * the order of the sizes, and what has one of its forms is found.
 *
 * Input: a form and three sizes of which the dimensions are made, a number for it; then two bytes
 * for each size, its value on either side. With the form 0 the dimensions are two bytes each.
 */
#include "agree.h"

#include "numeric/solve.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

enum { MOST = MSIG_SOLVE_SYMBOLS + 12, NAME = 3, MULTIPLES = 16, OFFSETS = 4, HEAD = 6 };

typedef struct sizes {
    msig_symbol list[MOST];
    char names[MOST][NAME + 1];
    size_t count;
} sizes;

/* Small values, where chance may agree, and those that models have. */
static int64_t value_of(uint8_t byte) {
    return byte < 128 ? byte - 2 : (int64_t)(byte - 127) << (byte % 6);
}

static void read_sizes(sizes *s, const uint8_t *input, size_t len) {
    for (s->count = 0; s->count < MOST && 2 * s->count + 1 < len; s->count++) {
        size_t i = s->count;
        msig_symbol *symbol = &s->list[i];
        snprintf(s->names[i], sizeof s->names[i], "s%02d", (int)(i * 37 % MOST));
        symbol->name = (msig_span){s->names[i], NAME};
        symbol->a = value_of(input[2 * i]);
        symbol->b = value_of(input[2 * i + 1]);
    }
}

static int64_t value_on(const msig_symbol *symbol, bool first) {
    return first ? symbol->a : symbol->b;
}

/* A number or the name of a size. */
static int64_t atom(const sizes *s, const char **text, bool first) {
    if (**text != 's') {
        char *end;
        long long number = strtoll(*text, &end, 10);
        demand(end != *text, "a number or a name");
        *text = end;
        return number;
    }
    for (size_t i = 0; i < s->count; i++) {
        if (strncmp(s->names[i], *text, NAME) == 0) {
            *text += NAME;
            return value_on(&s->list[i], first);
        }
    }
    demand(false, "a name that was given");
    return 0;
}

static int64_t product(const sizes *s, const char **text, bool first) {
    int64_t value = atom(s, text, first);
    while (**text == '*' || **text == '/') {
        bool divides = **text == '/';
        *text += divides ? 2 : 1;
        int64_t by = atom(s, text, first);
        demand(!divides || (by > 0 && value % by == 0), "nothing is left over");
        value = divides ? value / by : value * by;
    }
    return value;
}

static int64_t evaluate(const sizes *s, const char *text, bool first) {
    int64_t value = product(s, &text, first);
    while (*text) {
        char sign = *text++;
        demand(sign == '+' || sign == '-', "a sum");
        int64_t other = product(s, &text, first);
        value += sign == '+' ? other : -other;
    }
    return value;
}

/* Does the solver look at a size? */
static bool tells(const msig_symbol *x) {
    return x->a > 0 && x->b > 0 && (x->a > 1 || x->b > 1);
}

static bool differ(const msig_symbol *x, const msig_symbol *y) {
    return x->a != y->a || x->b != y->b;
}

/* One of the solver's forms of three sizes on one side; -1 where they do not have it. */
static int64_t form(int which, int64_t x, int64_t y, int64_t z, int64_t k) {
    int64_t offset = k % OFFSETS + 1;
    int64_t multiple = k % (MULTIPLES - 1) + 2;
    switch (which) {
    case 1: return x;
    case 2: return multiple * x;
    case 3: return x % multiple ? -1 : x / multiple;
    case 4: return x * y;
    case 5: return x + y;
    case 6: return x > y ? x - y : -1;
    case 7: return x * y * z;
    case 8: return k & 1 ? x + offset : x - offset;
    case 9: return 2 * x + 2 * y + z;
    case 10: return x * y % z ? -1 : x * y / z;
    case 11: return k;
    case 12: return 2 * x + y;
    case 13: return x * y + z;
    default: return -1;
    }
}

/* Makes the dimensions of a form; false where they are made of nothing. */
static bool plant(const sizes *s, const uint8_t *head, int64_t *a, int64_t *b) {
    if (s->count == 0 || s->count > MSIG_SOLVE_SYMBOLS)
        return false;
    const msig_symbol *x = &s->list[head[1] % s->count];
    const msig_symbol *y = &s->list[head[2] % s->count];
    const msig_symbol *z = &s->list[head[3] % s->count];
    int which = head[0] % 14;
    if (!tells(x) || !tells(y) || !tells(z))
        return false;
    if (which == 9 && !(differ(x, y) && differ(y, z) && differ(x, z)))
        return false;
    *a = form(which, x->a, y->a, z->a, head[4]);
    *b = form(which, x->b, y->b, z->b, head[4]);
    return *a >= 0 && *b >= 0;
}

static bool ask(const sizes *s, bool backwards, int64_t a, int64_t b, char *out) {
    msig_symbol given[MOST];
    bool found;
    for (size_t i = 0; i < s->count; i++)
        given[backwards ? s->count - 1 - i : i] = s->list[i];
    demand(msig_solve_common(&msig_alloc_system, given, s->count, a, b, out, &found, NULL) ==
               MSIG_OK,
           "there is memory");
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    sizes s;
    char text[MSIG_SOLVE_TEXT];
    char other[MSIG_SOLVE_TEXT];
    int64_t a;
    int64_t b;
    if (len < HEAD)
        return 0;
    read_sizes(&s, input + HEAD, len - HEAD);
    bool planted = plant(&s, input, &a, &b);
    if (!planted) {
        a = input[1] | input[2] << 8;
        b = input[3] | input[4] << 8;
    }
    bool found = ask(&s, false, a, b, text);
    demand(found || !planted, "a form of the solver is found");
    demand(ask(&s, true, a, b, other) == found && strcmp(text, other) == 0,
           "the order of the sizes does not matter");
    if (found) {
        demand(evaluate(&s, text, true) == a, "it is true on one side");
        demand(evaluate(&s, text, false) == b, "and on the other");
    }
    demand(found || text[0] == '\0', "nothing is said of nothing");
    return 0;
}
