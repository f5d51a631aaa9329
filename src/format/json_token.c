#include "format/json_token.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/utf8.h"

/* Makes sure that there is a byte at the position; *byte is -1 at the end of the text. */
static msig_status peek(msig_json *json, int *byte, msig_err *err) {
    if (json->pos >= json->len) {
        bool got;
        msig_status status = msig_json_more(json, &got, err);
        if (status != MSIG_OK)
            return status;
        if (!got) {
            *byte = -1;
            return MSIG_OK;
        }
    }
    *byte = (unsigned char)json->buf[json->pos];
    return MSIG_OK;
}

static msig_status check_token(const msig_json *json, const char *what, msig_err *err) {
    if (json->pos - json->token > json->options.max_string)
        return msig_err_set(err, MSIG_ELIMIT, (int64_t)(json->base + json->token),
                            "JSON: a %s longer than %zu bytes", what, json->options.max_string);
    return MSIG_OK;
}

/* ---- strings ---- */

/* Steps over bytes that stand for themselves; notes whether any is not ASCII. */
static size_t plain_run(const char *ptr, size_t len, bool *wide) {
    size_t i = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1f);
    for (; i + 16 <= len; i += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(ptr + i));
        __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, slash));
        stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block));
        if (_mm_movemask_epi8(stop))
            break;
        if (_mm_movemask_epi8(block))
            *wide = true;
    }
#endif
    for (; i < len; i++) {
        unsigned char c = (unsigned char)ptr[i];
        if (c == '"' || c == '\\' || c < 0x20)
            break;
        if (c >= 0x80)
            *wide = true;
    }
    return i;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads the four digits behind \u; -1 if they are none. */
static int32_t hex_word(const char *ptr, const char *end) {
    int32_t word = 0;
    if (end - ptr < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        int digit = hex_digit(ptr[i]);
        if (digit < 0)
            return -1;
        word = word * 16 + digit;
    }
    return word;
}

/* Decodes \uXXXX (with its second half, if any) at ptr, which is behind the u. Returns the bytes
 * used, 0 for broken digits; *code is above 0x10ffff for a lone surrogate. */
static size_t unicode_escape(const char *ptr, const char *end, uint32_t *code) {
    int32_t word = hex_word(ptr, end);
    if (word < 0)
        return 0;
    *code = (uint32_t)word;
    if (word < 0xd800 || word > 0xdfff)
        return 4;
    if (word < 0xdc00 && end - ptr >= 10 && ptr[4] == '\\' && ptr[5] == 'u') {
        int32_t low = hex_word(ptr + 6, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *code = 0x10000 + ((uint32_t)(word - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
            return 10;
        }
    }
    *code = UINT32_MAX;
    return 4;
}

static msig_status escape_error(const msig_json *json, const char *at, const char *what,
                                msig_err *err) {
    uint64_t offset = json->base + (uint64_t)(at - json->buf);
    return msig_err_set(err, MSIG_EMALFORMED, (int64_t)offset, "JSON: %s", what);
}

/* Decodes one escape at ptr (a backslash) to *out; returns behind it, or NULL with err set. */
static const char *escape(const msig_json *json, const char *ptr, const char *end, char **out,
                          msig_json_event *event, msig_err *err) {
    static const char names[] = "\"\\/bfnrt";
    static const char bytes[] = "\"\\/\b\f\n\r\t";
    const char *name = ptr[1] ? strchr(names, ptr[1]) : NULL;
    if (name) {
        *(*out)++ = bytes[name - names];
        return ptr + 2;
    }
    uint32_t code = 0;
    size_t used = ptr[1] == 'u' ? unicode_escape(ptr + 2, end, &code) : 0;
    if (used == 0) {
        escape_error(json, ptr, "expected an escape, found another text behind '\\'", err);
        return NULL;
    }
    if (code == UINT32_MAX) {
        if (!json->options.lenient) {
            escape_error(json, ptr, "expected a pair of surrogates, found one alone", err);
            return NULL;
        }
        event->marks |= MSIG_JSON_REPLACED;
        code = 0xfffd;
    }
    *out += msig_utf8_put(code, *out);
    return ptr + 2 + used;
}

/* Decodes the raw bytes of a string (what stands between the quotes). */
static msig_status unescape(msig_json *json, msig_span raw, msig_json_event *event, msig_err *err) {
    if (raw.len > json->scratch_size) {
        char *grown = msig_resize(&json->alloc, json->scratch, json->scratch_size, raw.len, 1);
        if (!grown)
            return msig_err_nomem(err);
        json->scratch = grown;
        json->scratch_size = raw.len;
    }
    const char *ptr = raw.ptr;
    const char *end = raw.ptr + raw.len;
    char *out = json->scratch; /* no escape is shorter than what it stands for */
    while (ptr < end) {
        if (*ptr != '\\') {
            *out++ = *ptr++;
            continue;
        }
        ptr = escape(json, ptr, end, &out, event, err);
        if (!ptr)
            return MSIG_EMALFORMED;
    }
    event->text.ptr = json->scratch;
    event->text.len = (size_t)(out - json->scratch);
    event->marks |= MSIG_JSON_ESCAPED;
    return MSIG_OK;
}

/* Moves the position to the closing quote. */
static msig_status find_quote(msig_json *json, bool *wide, bool *escaped, msig_err *err) {
    for (;;) {
        json->pos += plain_run(json->buf + json->pos, json->len - json->pos, wide);
        int byte;
        msig_status status = check_token(json, "string", err);
        if (status == MSIG_OK)
            status = peek(json, &byte, err);
        if (status != MSIG_OK)
            return status;
        if (byte == '"')
            return MSIG_OK;
        bool is_escape = byte == '\\';
        if (is_escape) {
            *escaped = true;
            json->pos++;
            status = peek(json, &byte, err);
            if (status != MSIG_OK)
                return status;
        }
        if (byte < 0)
            return msig_json_unexpected(json, "'\"'", err);
        if (byte < 0x20)
            return msig_json_unexpected(json, "a character of a string", err);
        if (is_escape)
            json->pos++; /* whatever is escaped; a quote must not end the string */
    }
}

msig_status msig_json_string(msig_json *json, msig_json_event *event, msig_err *err) {
    bool wide = false;
    bool escaped = false;
    json->token = json->pos++;
    msig_status status = find_quote(json, &wide, &escaped, err);
    if (status != MSIG_OK)
        return status;
    msig_span raw = {json->buf + json->token + 1, json->pos - json->token - 1};
    json->pos++;
    if (wide) {
        size_t valid = msig_utf8_valid(raw.ptr, raw.len);
        if (valid < raw.len)
            return escape_error(json, raw.ptr + valid, "expected UTF-8, found another byte", err);
    }
    event->text = raw;
    return escaped ? unescape(json, raw, event, err) : MSIG_OK;
}

/* ---- numbers ---- */

static msig_status digits(msig_json *json, size_t *count, msig_err *err) {
    *count = 0;
    for (;;) {
        int byte;
        msig_status status = peek(json, &byte, err);
        if (status != MSIG_OK)
            return status;
        if (byte < '0' || byte > '9')
            return check_token(json, "number", err);
        json->pos++;
        (*count)++;
    }
}

static msig_status some_digits(msig_json *json, msig_err *err) {
    size_t count;
    msig_status status = digits(json, &count, err);
    if (status == MSIG_OK && count == 0)
        return msig_json_unexpected(json, "a digit", err);
    return status;
}

/* Steps over a number; *whole is false if it has a fraction or an exponent. */
static msig_status scan_number(msig_json *json, bool *whole, msig_err *err) {
    int byte;
    size_t count;
    *whole = true;
    if (json->buf[json->pos] == '-')
        json->pos++;
    msig_status status = digits(json, &count, err);
    if (status != MSIG_OK)
        return status;
    if (count == 0)
        return msig_json_unexpected(json, "a digit", err);
    if (count > 1 && json->buf[json->pos - count] == '0') {
        json->pos -= count - 1;
        return msig_json_unexpected(json, "no digit behind a leading zero", err);
    }
    status = peek(json, &byte, err);
    if (status == MSIG_OK && byte == '.') {
        *whole = false;
        json->pos++;
        status = some_digits(json, err);
        if (status == MSIG_OK)
            status = peek(json, &byte, err);
    }
    if (status != MSIG_OK || (byte != 'e' && byte != 'E'))
        return status;
    *whole = false;
    json->pos++;
    status = peek(json, &byte, err);
    if (status != MSIG_OK)
        return status;
    if (byte == '+' || byte == '-')
        json->pos++;
    return some_digits(json, err);
}

/* strtod reads the point of the current locale, so it gets a copy with that point. */
static msig_status real(msig_json *json, msig_span text, double *value, msig_err *err) {
    const char *point = localeconv()->decimal_point;
    size_t wanted = text.len + strlen(point) + 1;
    if (wanted > json->scratch_size) {
        char *grown = msig_resize(&json->alloc, json->scratch, json->scratch_size, wanted, 1);
        if (!grown)
            return msig_err_nomem(err);
        json->scratch = grown;
        json->scratch_size = wanted;
    }
    char *out = json->scratch;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '.') {
            *out++ = text.ptr[i];
            continue;
        }
        for (const char *p = point; *p; p++)
            *out++ = *p;
    }
    *out = '\0';
    *value = strtod(json->scratch, NULL);
    return MSIG_OK;
}

/* Reads digits exactly; false if they do not fit 64 bits. */
static bool natural(const char *ptr, const char *end, uint64_t *value) {
    uint64_t sum = 0;
    for (; ptr < end; ptr++) {
        uint64_t digit = (uint64_t)(*ptr - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

static bool integer(msig_span text, msig_json_event *event) {
    bool negative = text.ptr[0] == '-';
    uint64_t size;
    if (!natural(text.ptr + negative, text.ptr + text.len, &size))
        return false;
    if (negative) {
        if (size > (uint64_t)INT64_MAX + 1)
            return false;
        event->kind = MSIG_JSON_INTEGER;
        event->number.integer = size > INT64_MAX ? INT64_MIN : -(int64_t)size;
    } else if (size <= INT64_MAX) {
        event->kind = MSIG_JSON_INTEGER;
        event->number.integer = (int64_t)size;
    } else {
        event->kind = MSIG_JSON_NATURAL;
        event->number.natural = size;
    }
    return true;
}

/* Reads one of the words that are no JSON: NaN, Infinity, -Infinity. */
static msig_status nonfinite(msig_json *json, const char *word, double value,
                             msig_json_event *event, msig_err *err) {
    for (const char *p = word; *p; p++) {
        int byte;
        msig_status status = peek(json, &byte, err);
        if (status != MSIG_OK)
            return status;
        if (byte != *p)
            return msig_json_unexpected(json, word, err);
        json->pos++;
    }
    event->kind = MSIG_JSON_REAL;
    event->marks |= MSIG_JSON_NONFINITE;
    event->number.real = value;
    event->text.ptr = json->buf + json->token;
    event->text.len = json->pos - json->token;
    return MSIG_OK;
}

msig_status msig_json_number(msig_json *json, msig_json_event *event, msig_err *err) {
    bool whole;
    int byte = 0;
    msig_status status;
    json->token = json->pos;
    if (json->options.lenient && json->buf[json->pos] == '-') {
        json->pos++;
        status = peek(json, &byte, err);
        if (status != MSIG_OK)
            return status;
        if (byte == 'I')
            return nonfinite(json, "Infinity", -INFINITY, event, err);
        json->pos--;
    }
    status = scan_number(json, &whole, err);
    if (status != MSIG_OK)
        return status;
    event->text.ptr = json->buf + json->token;
    event->text.len = json->pos - json->token;
    if (whole && integer(event->text, event))
        return MSIG_OK;
    event->kind = MSIG_JSON_REAL;
    if (whole)
        event->marks |= MSIG_JSON_ROUNDED;
    status = real(json, event->text, &event->number.real, err);
    if (status == MSIG_OK && isinf(event->number.real))
        event->marks |= MSIG_JSON_OVERFLOW;
    return status;
}

/* ---- words ---- */

msig_status msig_json_word(msig_json *json, msig_json_event *event, msig_err *err) {
    static const struct {
        const char *text;
        msig_json_kind kind;
    } words[] = {
        {"true", MSIG_JSON_TRUE}, {"false", MSIG_JSON_FALSE}, {"null", MSIG_JSON_NULL}};
    if (json->pos >= json->len)
        return msig_json_unexpected(json, "a value", err);
    char first = json->buf[json->pos];
    json->token = json->pos;
    if (json->options.lenient && first == 'N')
        return nonfinite(json, "NaN", NAN, event, err);
    if (json->options.lenient && first == 'I')
        return nonfinite(json, "Infinity", INFINITY, event, err);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (first != words[i].text[0])
            continue;
        for (const char *p = words[i].text; *p; p++) {
            int byte;
            msig_status status = peek(json, &byte, err);
            if (status != MSIG_OK)
                return status;
            if (byte != *p)
                return msig_json_unexpected(json, words[i].text, err);
            json->pos++;
        }
        event->kind = words[i].kind;
        return MSIG_OK;
    }
    return msig_json_unexpected(json, "a value", err);
}
