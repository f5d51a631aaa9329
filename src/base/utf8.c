#include "base/utf8.h"

#include <string.h>

static bool is_tail(unsigned char c) {
    return (c & 0xc0) == 0x80;
}

/* The second byte carries all the exceptions: overlong forms, surrogates, the upper end. */
static bool second_fits(unsigned char first, unsigned char second) {
    switch (first) {
    case 0xe0: return second >= 0xa0 && second <= 0xbf;
    case 0xed: return second >= 0x80 && second <= 0x9f;
    case 0xf0: return second >= 0x90 && second <= 0xbf;
    case 0xf4: return second >= 0x80 && second <= 0x8f;
    default: return is_tail(second);
    }
}

static size_t length_by_first(unsigned char first) {
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if ((first & 0xf0) == 0xe0)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 0;
}

size_t msig_utf8_char(const char *ptr, size_t len) {
    if (len == 0)
        return 0;
    const unsigned char *c = (const unsigned char *)ptr;
    size_t n = length_by_first(c[0]);
    if (n == 0 || n > len)
        return 0;
    if (n >= 2 && !second_fits(c[0], c[1]))
        return 0;
    for (size_t i = 2; i < n; i++)
        if (!is_tail(c[i]))
            return 0;
    return n;
}

bool msig_utf8_is_cut(const char *ptr, size_t len) {
    if (len == 0)
        return false;
    const unsigned char *c = (const unsigned char *)ptr;
    size_t n = length_by_first(c[0]);
    if (n <= len)
        return false;
    if (len >= 2 && !second_fits(c[0], c[1]))
        return false;
    return len < 3 || is_tail(c[2]);
}

size_t msig_utf8_valid(const char *ptr, size_t len) {
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    size_t i = 0;
    while (i < len) {
        uint64_t word;
        while (i + sizeof word <= len) {
            memcpy(&word, ptr + i, sizeof word);
            if (word & high_bits)
                break;
            i += sizeof word;
        }
        if (i >= len)
            break;
        size_t n = msig_utf8_char(ptr + i, len - i);
        if (n == 0)
            return i;
        i += n;
    }
    return i;
}

uint32_t msig_utf8_code(const char *ptr, size_t n) {
    const unsigned char *c = (const unsigned char *)ptr;
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = c[0] & first_bits[n];
    for (size_t i = 1; i < n; i++)
        code = code << 6 | (c[i] & 0x3f);
    return code;
}

bool msig_utf8_is_hidden(const char *ptr, size_t n) {
    static const uint32_t ranges[][2] = {{0, 0x1f},         {0x7f, 0x9f},     {0x61c, 0x61c},
                                         {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                                         {0xfeff, 0xfeff}};
    uint32_t code = msig_utf8_code(ptr, n);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

size_t msig_utf8_put(uint32_t code_point, char out[4]) {
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xc0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xe0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}
