#include "format/template.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define LONGEST_TEXT 1024
#define STEP 16 /* bytes that are compared at once */

/* The pieces of a text in steps: the bytes that must be there, and which of them count. */
typedef struct step {
    char bytes[STEP];
    char mask[STEP];
} step;

static uint32_t steps_of(size_t len) {
    return (uint32_t)((len + STEP - 1) / STEP);
}

static step *put_piece(step *to, const char *from, size_t len) {
    for (size_t i = 0; i < len; i += STEP) {
        size_t n = len - i < STEP ? len - i : STEP;
        memcpy(to->bytes, from + i, n);
        memset(to->mask, 0xff, n);
        to++;
    }
    return to;
}

msig_template *msig_template_new(msig_arena *arena, const msig_template_text *text,
                                 uint32_t owner) {
    if (text->end - text->ptr > LONGEST_TEXT)
        return NULL;
    size_t room = (steps_of((size_t)(text->end - text->ptr)) + text->count) * sizeof(step);
    msig_template *t = msig_arena_alloc(arena, sizeof *t + room);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t + room);
    step *out = (step *)(t + 1);
    t->owner = owner;
    t->indices = text->indices;
    t->holes = text->count;
    t->name = (uint32_t)(text->name.ptr - text->ptr);
    const char *from = text->ptr;
    for (uint32_t i = 0; i <= text->count; i++) {
        const char *to = i < text->count ? text->holes[i].ptr : text->end;
        t->piece[i] = (uint32_t)(to - from);
        out = put_piece(out, from, t->piece[i]);
        t->longest += (steps_of(t->piece[i]) + 1) * STEP;
        if (i == text->indices)
            t->name_end = (uint32_t)(text->name.ptr + text->name.len - from);
        from = i < text->count ? to + text->holes[i].len : to;
    }
    t->longest += STEP;
    return t;
}

#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* Reads up to 8 digits at once; gives how many. The first digit is in the lowest byte. */
static inline unsigned eight(const char *ptr, uint64_t *value) {
    uint64_t word;
    memcpy(&word, ptr, sizeof word);
    word ^= UINT64_C(0x3030303030303030); /* digits become 0 to 9 */
    uint64_t others = ((word + UINT64_C(0x7676767676767676)) | word) & UINT64_C(0x8080808080808080);
    unsigned count = others ? (unsigned)__builtin_ctzll(others) / 8 : 8;
    if (count == 0)
        return 0;
    word <<= 64 - 8 * count; /* zeros in front */
    word = word * 10 + (word >> 8);
    const uint64_t pairs = UINT64_C(0x000000ff000000ff);
    word = (word & pairs) * UINT64_C(0x000f424000000064) +
           (word >> 16 & pairs) * UINT64_C(0x0000271000000001);
    *value = word >> 32;
    return count;
}

/* Tells whether the first len (1 to 8) of 8 bytes are equal. */
static inline bool begins_like(const char *a, const char *b, size_t len) {
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x ^ y) << (64 - 8 * len) == 0;
}
#else
static inline bool begins_like(const char *a, const char *b, size_t len) {
    return memcmp(a, b, len) == 0;
}

static inline unsigned eight(const char *ptr, uint64_t *value) {
    unsigned count = 0;
    *value = 0;
    for (; count < 8 && ptr[count] >= '0' && ptr[count] <= '9'; count++)
        *value = *value * 10 + (uint64_t)(ptr[count] - '0');
    return count;
}
#endif

/* Tells whether the same number stands at ptr. */
static inline bool repeats(const char *ptr, const msig_template_number *number) {
    size_t len = number->len;
    if (len == 0 || (unsigned)(unsigned char)ptr[len] - '0' <= 9)
        return false;
    if (len <= 8)
        return begins_like(ptr, number->digits, len);
    return begins_like(ptr, number->digits, 8) &&
           begins_like(ptr + 8, number->digits + 8, len - 8);
}

/* Reads 1 to 15 plain digits: no zero in front. NULL if that is not what stands there; 16 bytes
 * may be read. */
static inline const char *read_number(const char *ptr, const msig_template_number *before,
                                      msig_template_number *number) {
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    number->digits = ptr;
    number->len = 0; /* nobody may repeat what is not read to its end */
    if (repeats(ptr, before)) {
        number->len = before->len;
        number->value = before->value;
        return ptr + number->len;
    }
    unsigned count = eight(ptr, &number->value);
    if (count == 0 || (*ptr == '0' && count > 1))
        return NULL;
    if (count == 8) {
        uint64_t more = 0;
        unsigned behind = eight(ptr + 8, &more);
        if (behind == 8)
            return NULL;
        number->value = number->value * tens[behind] + more;
        count += behind;
    }
    number->len = count;
    return ptr + count;
}

/* Adds the differences of one step to those gathered before. */
#if defined(__SSE2__)
typedef __m128i difference;

static inline difference compare(difference sum, const char *ptr, const step *s) {
    __m128i here = _mm_loadu_si128((const __m128i *)(const void *)ptr);
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)s->bytes);
    __m128i mask = _mm_loadu_si128((const __m128i *)(const void *)s->mask);
    return _mm_or_si128(sum, _mm_and_si128(_mm_xor_si128(here, bytes), mask));
}

static inline bool is_none(difference sum) {
    return _mm_movemask_epi8(_mm_cmpeq_epi8(sum, _mm_setzero_si128())) == 0xffff;
}
#else
typedef struct difference {
    uint64_t words[STEP / 8];
} difference;

static inline difference compare(difference sum, const char *ptr, const step *s) {
    for (size_t i = 0; i < STEP / 8; i++) {
        uint64_t here, bytes, mask;
        memcpy(&here, ptr + i * 8, 8);
        memcpy(&bytes, s->bytes + i * 8, 8);
        memcpy(&mask, s->mask + i * 8, 8);
        sum.words[i] |= (here ^ bytes) & mask;
    }
    return sum;
}

static inline bool is_none(difference sum) {
    return (sum.words[0] | sum.words[1]) == 0;
}
#endif

/* Compares the next piece; *s moves behind its steps. */
static inline difference compare_piece(difference sum, const char *ptr, size_t len,
                                       const step **s) {
    for (size_t i = 0; i < len; i += STEP)
        sum = compare(sum, ptr + i, (*s)++);
    return sum;
}

/* Differences are looked at once, at the end: a text that does not agree is rare. Until then p may
 * stand anywhere, but never farther than `longest`. */
const char *msig_template_try(const msig_template *t, const char *ptr, const char *end,
                              const msig_template_match *before, msig_template_match *match) {
    if ((size_t)(end - ptr) < t->longest)
        return NULL;
    const step *s = (const step *)(t + 1);
    const char *p = ptr;
    uint32_t i = 0;
    difference sum;
    memset(&sum, 0, sizeof sum);
    for (; i < t->indices; i++) {
        sum = compare_piece(sum, p, t->piece[i], &s);
        p = read_number(p + t->piece[i], &before->index[i], &match->index[i]);
        if (!p || match->index[i].value >= UINT32_MAX)
            return NULL;
    }
    match->name.ptr = ptr + t->name;
    match->name.len = (size_t)(p + t->name_end - match->name.ptr);
    for (; i < t->holes; i++) {
        uint32_t k = i - t->indices;
        sum = compare_piece(sum, p, t->piece[i], &s);
        /* A tensor mostly begins where the one before ends. */
        p = read_number(p + t->piece[i], &before->place[MSIG_TEMPLATE_PLACES - 1],
                        &match->place[k]);
        if (!p)
            return NULL;
    }
    sum = compare_piece(sum, p, t->piece[i], &s);
    return is_none(sum) ? p + t->piece[i] : NULL;
}

bool msig_template_disagrees(const msig_template *t, const char *ptr, const char *end) {
    static const msig_template_match nothing;
    msig_template_match match;
    return (size_t)(end - ptr) >= t->longest && !msig_template_try(t, ptr, end, &nothing, &match);
}

const char *msig_template_follow(msig_template *last, const char *ptr, const char *end,
                                 msig_template **found, const msig_template_match *before,
                                 msig_template_match *match) {
    for (unsigned i = 0; last && i < 2 && last->next[i]; i++) {
        msig_template *t = last->next[i];
        const char *behind = msig_template_try(t, ptr, end, before, match);
        if (!behind)
            continue;
        last->next[i] = last->next[0];
        last->next[0] = t;
        *found = t;
        return behind;
    }
    return NULL;
}

void msig_template_chain(msig_template *last, msig_template *t) {
    if (!last || last->next[0] == t)
        return;
    last->next[1] = last->next[0];
    last->next[0] = t;
}
