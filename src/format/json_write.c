#include "format/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { FEW_DIGITS = 14, MOST_DIGITS = 17, NUMBER_ROOM = 40 };

static bool make_room(msig_json_text *text, size_t len) {
    if (text->failed)
        return false;
    if (len <= text->capacity - text->len)
        return true;
    text->failed = len > SIZE_MAX - text->len ||
                   !msig_grow(&text->alloc, &text->ptr, &text->capacity, text->len + len, 1);
    return !text->failed;
}

void msig_json_text_clear(msig_json_text *text) {
    msig_free(&text->alloc, text->ptr, text->capacity, 1);
    text->ptr = NULL;
    text->len = text->capacity = 0;
    text->failed = false;
}

void msig_json_put(msig_json_text *text, const char *ptr, size_t len) {
    if (len == 0 || !make_room(text, len))
        return;
    memcpy(text->ptr + text->len, ptr, len);
    text->len += len;
}

void msig_json_put_again(msig_json_text *text, size_t start, size_t len) {
    if (!make_room(text, len))
        return;
    memcpy(text->ptr + text->len, text->ptr + start, len);
    text->len += len;
}

void msig_json_put_break(msig_json_text *text, size_t spaces) {
    if (!make_room(text, spaces + 1))
        return;
    text->ptr[text->len] = '\n';
    memset(text->ptr + text->len + 1, ' ', spaces);
    text->len += spaces + 1;
}

static bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Puts the escape of a code point below U+10000. */
static void put_escape(msig_json_text *text, uint32_t code) {
    static const char from[] = "\b\f\n\r\t\"\\", to[] = "bfnrt\"\\";
    char escape[8] = {'\\'};
    const char *found = code && code < 0x80 ? strchr(from, (int)code) : NULL;
    if (found)
        escape[1] = to[found - from];
    else
        snprintf(escape, sizeof escape, "\\u%04x", (unsigned)code & 0xffff);
    msig_json_put(text, escape, strlen(escape));
}

void msig_json_put_string(msig_json_text *text, const char *ptr, size_t len) {
    size_t i = 0;
    msig_json_put(text, "\"", 1);
    while (i < len) {
        size_t start = i;
        while (i < len && is_plain((unsigned char)ptr[i]))
            i++;
        msig_json_put(text, ptr + start, i - start);
        if (i == len)
            break;
        size_t n = msig_utf8_char(ptr + i, len - i);
        if (n == 0)
            msig_json_put(text, "\xef\xbf\xbd", 3);
        else if (n == 1 || msig_utf8_is_hidden(ptr + i, n))
            put_escape(text, msig_utf8_code(ptr + i, n));
        else
            msig_json_put(text, ptr + i, n);
        i += n ? n : 1;
    }
    msig_json_put(text, "\"", 1);
}

void msig_json_put_integer(msig_json_text *text, int64_t value) {
    char number[NUMBER_ROOM];
    int len = snprintf(number, sizeof number, "%" PRId64, value);
    msig_json_put(text, number, (size_t)len);
}

/* Makes the decimal point of the locale a dot; false for a number that reads as an integer. */
static bool looks_real(char *number) {
    bool real = false;
    for (char *c = number; *c; c++) {
        if ((*c < '0' || *c > '9') && *c != '-' && *c != '+' && *c != 'e')
            *c = '.';
        real = real || *c == '.' || *c == 'e';
    }
    return real;
}

void msig_json_put_real(msig_json_text *text, double value) {
    static const char *const words[] = {"{\"__float__\": \"NaN\"}", "{\"__float__\": \"Infinity\"}",
                                        "{\"__float__\": \"-Infinity\"}"};
    if (!isfinite(value)) {
        const char *word = words[isnan(value) ? 0 : value > 0 ? 1 : 2];
        msig_json_put(text, word, strlen(word));
        return;
    }
    char number[NUMBER_ROOM];
    /* Normal numbers of up to 14 digits come out of the first try; denormals have fewer digits. */
    for (int digits = fpclassify(value) == FP_SUBNORMAL ? 1 : FEW_DIGITS; digits <= MOST_DIGITS;
         digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        if (strtod(number, NULL) == value)
            break;
    }
    bool real = looks_real(number);
    msig_json_put(text, number, strlen(number));
    if (!real)
        msig_json_put(text, ".0", 2);
}
