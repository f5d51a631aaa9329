#include "net/rate.h"

#include <stdio.h>
#include <string.h>

#include "net/headers.h"

static void skip_spaces(msig_span *text) {
    while (text->len && (text->ptr[0] == ' ' || text->ptr[0] == '\t')) {
        text->ptr++;
        text->len--;
    }
}

/* Takes a string in quotes, or everything up to one of the bytes that end an item. */
static msig_span take_item(msig_span *text) {
    msig_span item = *text;
    size_t n = 0;
    if (text->len && text->ptr[0] == '"') {
        n = 1;
        while (n < text->len && text->ptr[n] != '"')
            n += text->ptr[n] == '\\' && n + 1 < text->len ? 2 : 1;
        item.ptr++;
        item.len = n - 1;
        n += n < text->len;
    } else {
        while (n < text->len && !strchr(",;= \t", text->ptr[n]))
            n++;
        item.len = n;
    }
    text->ptr += n;
    text->len -= n;
    skip_spaces(text);
    return item;
}

static bool take_byte(msig_span *text, char byte) {
    if (text->len == 0 || text->ptr[0] != byte)
        return false;
    text->ptr++;
    text->len--;
    skip_spaces(text);
    return true;
}

/* One bucket with its parameters. */
static void take_bucket(msig_span *text, msig_rate *rate) {
    rate->bucket = take_item(text);
    while (take_byte(text, ';')) {
        msig_span name = take_item(text);
        msig_span value = {"", 0};
        if (take_byte(text, '='))
            value = take_item(text);
        if (msig_span_equal(name, msig_span_of("r")))
            rate->has_remaining = msig_headers_digits(value, &rate->remaining);
        else if (msig_span_equal(name, msig_span_of("t")))
            rate->has_reset = msig_headers_digits(value, &rate->reset);
    }
}

bool msig_rate_parse(msig_span value, msig_rate *rate) {
    bool found = false;
    skip_spaces(&value);
    while (value.len) {
        msig_rate bucket = {{"", 0}, false, false, 0, 0};
        const char *before = value.ptr;
        take_bucket(&value, &bucket);
        if (bucket.has_remaining && (!found || bucket.remaining < rate->remaining)) {
            *rate = bucket;
            found = true;
        }
        if (!take_byte(&value, ',') && value.ptr == before)
            break; /* a byte that begins nothing */
    }
    return found;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t days_since_1970(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year; /* a year that ends with February */
    int64_t of_years = (int64_t)365 * y + y / 4 - y / 100 + y / 400;
    int of_months = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    return of_years + of_months + day - 719469;
}

/* "Tue, 24 Nov 2026 07:01:30 GMT", the form that servers must write. */
static bool read_date(msig_span value, int64_t *seconds) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[30];
    char month[4];
    int day, year, hour, minute, second;
    int end = 0;
    if (value.len != sizeof text - 1 || memchr(value.ptr, '\0', value.len))
        return false;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &day, month, &year, &hour,
               &minute, &second, &end) != 6 ||
        end != (int)sizeof text - 1)
        return false;
    const char *at = strlen(month) == 3 ? strstr(months, month) : NULL;
    if (!at || (at - months) % 3 != 0 || day < 1 || day > 31 || year < 1970 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *seconds = days_since_1970(year, (int)(at - months) / 3 + 1, day) * 86400 + hour * 3600 +
               minute * 60 + second;
    return true;
}

bool msig_rate_retry_after(msig_span value, msig_span date, int64_t now, uint64_t *seconds) {
    int64_t until;
    int64_t from;
    if (msig_headers_digits(value, seconds))
        return true;
    if (!read_date(value, &until))
        return false;
    if (!read_date(date, &from))
        from = now;
    *seconds = until > from ? (uint64_t)(until - from) : 0;
    return true;
}
