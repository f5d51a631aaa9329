#include "format/template.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define LONGEST_TEXT 4096
#define STEP 16 /* bytes that are compared at once */

static uint32_t padded(size_t len) {
    return (uint32_t)((len + STEP - 1) & ~(size_t)(STEP - 1));
}

msig_template *msig_template_new(msig_arena *arena, const msig_template_text *text,
                                 uint32_t owner) {
    if (text->end - text->ptr > LONGEST_TEXT)
        return NULL;
    size_t room = (size_t)(text->end - text->ptr) + STEP * (text->count + 1);
    msig_template *t = msig_arena_alloc(arena, sizeof *t + room);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t + room);
    char *out = (char *)(t + 1);
    t->text = out;
    t->owner = owner;
    t->indices = text->indices;
    t->holes = text->count;
    t->name = (uint32_t)(text->name.ptr - text->ptr);
    const char *from = text->ptr;
    for (uint32_t i = 0; i <= text->count; i++) {
        const char *to = i < text->count ? text->holes[i].ptr : text->end;
        t->piece[i] = (uint32_t)(to - from);
        memcpy(out, from, t->piece[i]);
        out += padded(t->piece[i]);
        t->longest += padded(t->piece[i]) + STEP;
        if (i == text->indices)
            t->name_end = (uint32_t)(text->name.ptr + text->name.len - from);
        from = i < text->count ? to + text->holes[i].len : to;
    }
    t->longest += STEP;
    return t;
}

/* Both sides may be read up to the next multiple of 16 from their beginning. */
static inline bool same(const char *a, const char *b, uint32_t len) {
#if defined(__SSE2__)
    uint32_t i = 0;
    for (; i + STEP <= len; i += STEP) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(a + i));
        __m128i y = _mm_loadu_si128((const __m128i *)(const void *)(b + i));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) != 0xffff)
            return false;
    }
    if (i == len)
        return true;
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(a + i));
    __m128i y = _mm_loadu_si128((const __m128i *)(const void *)(b + i));
    unsigned wanted = (1u << (len - i)) - 1;
    return ((unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) & wanted) == wanted;
#else
    return memcmp(a, b, len) == 0;
#endif
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
#else
static inline unsigned eight(const char *ptr, uint64_t *value) {
    unsigned count = 0;
    *value = 0;
    for (; count < 8 && ptr[count] >= '0' && ptr[count] <= '9'; count++)
        *value = *value * 10 + (uint64_t)(ptr[count] - '0');
    return count;
}
#endif

/* Reads 1 to 15 plain digits: no zero in front. NULL if that is not what stands there; 16 bytes
 * may be read. */
static inline const char *digits(const char *ptr, uint64_t *value) {
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    unsigned count = eight(ptr, value);
    if (count == 0 || (*ptr == '0' && count > 1))
        return NULL;
    if (count == 8) {
        uint64_t more = 0;
        unsigned behind = eight(ptr + 8, &more);
        if (behind == 8)
            return NULL;
        *value = *value * tens[behind] + more;
        count += behind;
    }
    return ptr + count;
}

const char *msig_template_try(const msig_template *t, const char *ptr, const char *end,
                              msig_template_match *match) {
    if ((size_t)(end - ptr) < t->longest)
        return NULL;
    const char *text = t->text;
    const char *p = ptr;
    uint32_t i = 0;
    match->name.ptr = ptr + t->name;
    for (;; i++) {
        uint32_t len = t->piece[i];
        if (!same(p, text, len))
            return NULL;
        if (i == t->indices)
            match->name.len = (size_t)(p + t->name_end - match->name.ptr);
        p += len;
        if (i == t->holes)
            return p;
        p = digits(p, &match->value[i]);
        if (!p || (i < t->indices && match->value[i] >= UINT32_MAX))
            return NULL;
        text += padded(len);
    }
}

const char *msig_template_follow(msig_template *last, const char *ptr, const char *end,
                                 msig_template **found, msig_template_match *match) {
    for (unsigned i = 0; last && i < 2 && last->next[i]; i++) {
        msig_template *t = last->next[i];
        const char *behind = msig_template_try(t, ptr, end, match);
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
