#include "net/url.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_HOST = 253, HTTP_PORT = 80, HTTPS_PORT = 443 };

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* May the byte stand in a URL as it is? */
static bool is_plain(char c) {
    return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f && c != '\\';
}

static bool equal_fold(msig_span a, msig_span b) {
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

static msig_span rest(msig_span text, size_t from) {
    msig_span span = {text.ptr + from, text.len - from};
    return span;
}

/* The place of the first of two bytes, or the length. */
static size_t find_either(msig_span text, char a, char b) {
    size_t i = 0;
    while (i < text.len && text.ptr[i] != a && text.ptr[i] != b)
        i++;
    return i;
}

static size_t find(msig_span text, char byte) {
    return find_either(text, byte, byte);
}

/* The length of "scheme" in "scheme:...", 0 if the text does not begin so. */
static size_t scheme_length(msig_span text) {
    size_t i = 0;
    if (text.len == 0 || !is_alpha(text.ptr[0]))
        return 0;
    while (i < text.len && (is_alpha(text.ptr[i]) || is_digit(text.ptr[i]) ||
                            text.ptr[i] == '+' || text.ptr[i] == '-' || text.ptr[i] == '.'))
        i++;
    return i < text.len && text.ptr[i] == ':' ? i : 0;
}

#define BAD(...) msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET, __VA_ARGS__)

static msig_status parse_port(msig_span digits, msig_url *url, msig_err *err) {
    unsigned port = 0;
    if (digits.len == 0) /* "host:" is allowed and means nothing */
        return MSIG_OK;
    if (digits.len > 5)
        return BAD("URL: expected a port of at most 5 digits");
    for (size_t i = 0; i < digits.len; i++) {
        if (!is_digit(digits.ptr[i]))
            return BAD("URL: expected digits as port");
        port = port * 10 + (unsigned)(digits.ptr[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return BAD("URL: expected a port from 1 to 65535, found %u", port);
    url->port = (uint16_t)port;
    return MSIG_OK;
}

static msig_status check_host(msig_span host, msig_err *err) {
    bool bracketed = host.len > 2 && host.ptr[0] == '[';
    if (host.len == 0 || host.len > LONGEST_HOST)
        return BAD("URL: expected a host of 1 to %d bytes, found %zu", LONGEST_HOST, host.len);
    for (size_t i = bracketed; i < host.len - bracketed; i++) {
        char c = host.ptr[i];
        bool hex = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
        if (bracketed ? !hex && c != ':' && c != '.'
                      : !is_alpha(c) && !is_digit(c) && c != '.' && c != '-' && c != '_')
            return BAD("URL: a byte 0x%02x in the host", (unsigned)(unsigned char)c);
    }
    return MSIG_OK;
}

static msig_status parse_authority(msig_span text, msig_url *url, msig_err *err) {
    if (memchr(text.ptr, '@', text.len))
        return BAD("URL: user and password are not accepted in it");
    size_t end;
    if (text.len && text.ptr[0] == '[') {
        const char *close = memchr(text.ptr, ']', text.len);
        if (!close)
            return BAD("URL: expected ']' in the host");
        end = (size_t)(close - text.ptr) + 1;
        if (end < text.len && text.ptr[end] != ':')
            return BAD("URL: expected a port behind ']'");
    } else {
        end = find(text, ':');
    }
    url->host.ptr = text.ptr;
    url->host.len = end;
    msig_status status = check_host(url->host, err);
    if (status == MSIG_OK && end < text.len)
        status = parse_port(rest(text, end + 1), url, err);
    return status;
}

msig_status msig_url_parse(msig_span text, msig_url *url, msig_err *err) {
    msig_url parsed = {0};
    size_t scheme = scheme_length(text);
    msig_span name = {text.ptr, scheme};
    for (size_t i = 0; i < text.len; i++)
        if (!is_plain(text.ptr[i]))
            return BAD("URL: a byte 0x%02x at %zu, which must be percent-encoded",
                       (unsigned)(unsigned char)text.ptr[i], i);
    parsed.secure = equal_fold(name, msig_span_of("https"));
    if (!parsed.secure && !equal_fold(name, msig_span_of("http")))
        return msig_err_set(err, scheme ? MSIG_EUNSUPPORTED : MSIG_EMALFORMED, MSIG_NO_OFFSET,
                            "URL: expected http or https, found %s%.*s",
                            scheme ? "scheme " : "none",
                            (int)(scheme < 20 ? scheme : 20), name.ptr ? name.ptr : "");
    text = rest(text, scheme);
    if (text.len < 3 || memcmp(text.ptr, "://", 3) != 0)
        return BAD("URL: expected '//' behind the scheme");
    text = rest(text, 3);
    msig_span authority = {text.ptr, find(text, '#')};
    authority.len = find_either(authority, '/', '?');
    parsed.port = parsed.secure ? HTTPS_PORT : HTTP_PORT;
    msig_status status = parse_authority(authority, &parsed, err);
    if (status != MSIG_OK)
        return status;
    text = rest(text, authority.len);
    text.len = find(text, '#');
    parsed.path.ptr = text.ptr;
    parsed.path.len = find(text, '?');
    if (parsed.path.len < text.len) {
        parsed.has_query = true;
        parsed.query = rest(text, parsed.path.len + 1);
    }
    if (parsed.path.len == 0)
        parsed.path = msig_span_of("/");
    *url = parsed;
    return MSIG_OK;
}

bool msig_url_same_origin(const msig_url *a, const msig_url *b) {
    return a->secure == b->secure && a->port == b->port && equal_fold(a->host, b->host);
}

static bool add_text(msig_text *text, const char *ptr) {
    return msig_text_add(text, ptr, strlen(ptr));
}

static bool add_host(const msig_url *url, bool port, msig_text *text) {
    char digits[8];
    bool ok = add_text(text, url->secure ? "https://" : "http://");
    for (size_t i = 0; i < url->host.len && ok; i++) {
        char c = lower(url->host.ptr[i]);
        ok = msig_text_add(text, &c, 1);
    }
    if (!port)
        return ok;
    snprintf(digits, sizeof digits, ":%u", (unsigned)url->port);
    return ok && add_text(text, digits);
}

bool msig_url_origin(const msig_url *url, msig_text *text) {
    return add_host(url, true, text);
}

bool msig_url_write(const msig_url *url, bool query, msig_text *text) {
    bool port = url->port != (url->secure ? HTTPS_PORT : HTTP_PORT);
    bool ok = add_host(url, port, text) && msig_text_span(text, url->path);
    if (ok && query && url->has_query)
        ok = msig_text_add(text, "?", 1) && msig_text_span(text, url->query);
    return ok;
}

static const char hex_digits[] = "0123456789ABCDEF";

static bool add_encoded(msig_text *text, char c) {
    char escaped[3] = {'%', hex_digits[(unsigned char)c >> 4], hex_digits[(unsigned char)c & 15]};
    return msig_text_add(text, escaped, sizeof escaped);
}

/* Copies `from`, encoding what may not stand in a URL. */
static bool add_plain(msig_text *text, msig_span from) {
    size_t begin = 0;
    for (size_t i = 0; i < from.len; i++) {
        if (is_plain(from.ptr[i]))
            continue;
        if (!msig_text_add(text, from.ptr + begin, i - begin) || !add_encoded(text, from.ptr[i]))
            return false;
        begin = i + 1;
    }
    return msig_text_add(text, from.ptr + begin, from.len - begin);
}

/* Takes "." and ".." out of the path that begins at `from` of the text, in place. */
static void remove_dots(msig_text *text, size_t from) {
    char *path = text->ptr + from;
    size_t len = text->len - from;
    size_t out = 0;
    size_t i = 0;
    while (i < len) { /* path[i] is '/' */
        size_t end = i + 1;
        while (end < len && path[end] != '/')
            end++;
        size_t n = end - i - 1;
        bool last = end == len;
        bool up = n == 2 && path[i + 1] == '.' && path[i + 2] == '.';
        bool here = n == 1 && path[i + 1] == '.';
        if (up)
            while (out > 0 && path[--out] != '/')
                ;
        if (!up && !here) {
            memmove(path + out, path + i, end - i);
            out += end - i;
        } else if (last) {
            path[out++] = '/';
        }
        i = end;
    }
    text->len = from + out;
}

/* The path of a reference without scheme and host, as RFC 3986 5.2.2 puts it together. */
static bool add_path(const msig_url *base, msig_span reference, msig_text *text) {
    msig_span path = {reference.ptr, find(reference, '?')};
    msig_span query = rest(reference, path.len);
    if (path.len == 0) {
        bool ok = msig_text_span(text, base->path);
        if (query.len)
            return ok && add_plain(text, query);
        if (base->has_query)
            ok = ok && msig_text_add(text, "?", 1) && msig_text_span(text, base->query);
        return ok;
    }
    size_t begin = text->len;
    if (path.ptr[0] != '/') {
        size_t folder = base->path.len;
        while (folder > 0 && base->path.ptr[folder - 1] != '/')
            folder--;
        if (!msig_text_add(text, base->path.ptr, folder))
            return false;
    }
    if (!add_plain(text, path))
        return false;
    remove_dots(text, begin);
    return add_plain(text, query);
}

static msig_span trimmed(msig_span text) {
    while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = rest(text, 1);
    while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

msig_status msig_url_join(const msig_url *base, msig_span reference, msig_text *text,
                          msig_err *err) {
    msig_text whole;
    msig_url url;
    bool ok;
    reference = trimmed(reference);
    reference.len = find(reference, '#');
    msig_text_init(&whole, &text->alloc);
    if (scheme_length(reference)) {
        ok = add_plain(&whole, reference);
    } else if (reference.len >= 2 && memcmp(reference.ptr, "//", 2) == 0) {
        ok = add_text(&whole, base->secure ? "https:" : "http:") && add_plain(&whole, reference);
    } else {
        bool port = base->port != (base->secure ? HTTPS_PORT : HTTP_PORT);
        ok = add_host(base, port, &whole) && add_path(base, reference, &whole);
    }
    msig_status status = ok ? msig_url_parse(msig_text_of(&whole), &url, err) : msig_err_nomem(err);
    if (status == MSIG_OK && !msig_url_write(&url, true, text))
        status = msig_err_nomem(err);
    msig_text_clear(&whole);
    return status;
}

bool msig_url_escape(msig_span from, bool keep_slash, msig_text *text) {
    bool ok = true;
    for (size_t i = 0; i < from.len && ok; i++) {
        char c = from.ptr[i];
        bool kept = is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
                    (keep_slash && c == '/');
        ok = kept ? msig_text_add(text, &c, 1) : add_encoded(text, c);
    }
    return ok;
}

static int hex_value(char c) {
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool msig_url_unescape(msig_span from, msig_text *text) {
    bool ok = true;
    for (size_t i = 0; i < from.len && ok; i++) {
        char c = from.ptr[i];
        if (c == '%' && from.len - i > 2 && hex_value(from.ptr[i + 1]) >= 0 &&
            hex_value(from.ptr[i + 2]) >= 0) {
            c = (char)(hex_value(from.ptr[i + 1]) << 4 | hex_value(from.ptr[i + 2]));
            i += 2;
        }
        ok = msig_text_add(text, &c, 1);
    }
    return ok;
}
