#include "format/template.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define LONGEST_TEXT 4096
#define MOST_DIGITS 19 /* fits 64 bits whatever they are */
#define MOST_INDEX_DIGITS 9

static size_t padded(size_t len) {
    return (len + 15) & ~(size_t)15;
}

msig_template *msig_template_new(msig_arena *arena, const char *ptr, const char *end,
                                 const msig_hole *holes, size_t count, const char *name,
                                 const char *name_end) {
    if (end - ptr > LONGEST_TEXT || count > MSIG_TEMPLATE_HOLES || count < 2)
        return NULL;
    msig_template *t = msig_arena_alloc(arena, sizeof *t);
    char *text = msig_arena_alloc(arena, padded((size_t)(end - ptr)) + 16 * (count + 1));
    if (!t || !text)
        return NULL;
    memset(t, 0, sizeof *t);
    t->text = text;
    t->holes = (uint32_t)count;
    const char *from = ptr;
    for (size_t i = 0; i <= count; i++) {
        const char *to = i < count ? holes[i].ptr : end;
        size_t len = (size_t)(to - from);
        t->piece[i] = (uint32_t)len;
        memset(text, 0, padded(len));
        memcpy(text, from, len);
        text += padded(len);
        t->longest += (uint32_t)(padded(len) + MOST_DIGITS + 1);
        if (i + 2 == count)
            t->name_end = (uint32_t)(name_end - from);
        from = i < count ? to + holes[i].len : end;
    }
    t->name = (uint32_t)(name - ptr);
    t->longest += 16;
    return t;
}

/* Both sides may be read up to the next multiple of 16 from their beginning. */
static inline bool same(const char *a, const char *b, size_t len) {
#if defined(__SSE2__)
    size_t i = 0;
    for (; i + 16 <= len; i += 16) {
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

/* Reads plain digits: no zero in front, not too many. NULL if there are none. */
static inline const char *digits(const char *ptr, size_t most, uint64_t *value) {
    const char *p = ptr;
    uint64_t sum = 0;
    for (;;) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9)
            break;
        sum = sum * 10 + digit;
        p++;
        if ((size_t)(p - ptr) > most)
            return NULL;
    }
    if (p == ptr || (*ptr == '0' && p - ptr > 1))
        return NULL;
    *value = sum;
    return p;
}

const char *msig_template_try(const msig_template *t, const char *ptr, const char *end,
                              msig_template_match *match) {
    if ((size_t)(end - ptr) < t->longest)
        return NULL;
    const char *text = t->text;
    const char *p = ptr;
    uint32_t last = t->holes - 2; /* the piece behind the last index */
    for (uint32_t i = 0; i < t->holes; i++) {
        uint32_t len = t->piece[i];
        if (!same(p, text, len))
            return NULL;
        if (i == last)
            match->name_len = (size_t)(p + t->name_end - (ptr + t->name));
        p = digits(p + len, i < last ? MOST_INDEX_DIGITS : MOST_DIGITS, &match->value[i]);
        if (!p)
            return NULL;
        text += padded(len);
    }
    if (!same(p, text, t->piece[t->holes]))
        return NULL;
    match->name = ptr + t->name;
    return p + t->piece[t->holes];
}
