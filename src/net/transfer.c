#include "net/transfer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define STANDARD_BODY ((uint64_t)16 << 20)

int64_t msig_transfer_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

void msig_transfer_fail(msig_transfer *t, msig_status code, const char *kind, msig_net_retry retry,
                        const char *fmt, ...) {
    if (t->failure.code != MSIG_OK)
        return;
    char text[MSIG_ERR_TEXT];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    msig_err_set(&t->failure, code, MSIG_NO_OFFSET, "%s", text);
    t->kind = kind;
    t->retry = retry;
}

/* ---- what was asked ---- */

static bool is_name(msig_span text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '_')
            return false;
    }
    return text.len > 0;
}

static bool is_value(msig_span text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || (unsigned char)text.ptr[i] >= 0x7f)
            return false;
    return text.len > 0;
}

/* Headers that this file sets itself, or that would undo what it promises. */
static bool is_ours(msig_span name) {
    static const char *const ours[] = {"accept-encoding", "authorization", "connection",
                                       "content-length",  "cookie",        "expect",
                                       "host",            "proxy-authorization",
                                       "range",           "transfer-encoding",
                                       "user-agent"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        size_t n = 0;
        while (n < name.len && ours[i][n] && (name.ptr[n] | 0x20) == (ours[i][n] | 0x20))
            n++;
        if (n == name.len && !ours[i][n])
            return true;
    }
    return false;
}

static bool add_field(msig_transfer *t, const char *line) {
    struct curl_slist *list = line ? t->common->curl.slist_append(t->fields, line) : NULL;
    if (!list)
        return false;
    t->fields = list;
    return true;
}

static msig_status copy_fields(msig_transfer *t, const msig_net_request *request, msig_err *err) {
    for (size_t i = 0; i < request->field_count; i++) {
        const msig_net_field *field = &request->fields[i];
        if (!is_name(field->name) || !is_value(field->value) || is_ours(field->name))
            return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET,
                                "header %zu: expected a name and a value that may be set", i + 1);
        msig_text line;
        msig_text_init(&line, &t->common->alloc);
        msig_text_span(&line, field->name);
        msig_text_add(&line, ": ", 2);
        msig_text_span(&line, field->value);
        bool ok = add_field(t, msig_text_end(&line));
        msig_text_clear(&line);
        if (!ok)
            return msig_err_nomem(err);
    }
    return MSIG_OK;
}

static msig_status copy_url(msig_transfer *t, msig_span url, msig_err *err) {
    msig_url parts;
    msig_status status = msig_url_parse(url, &parts, err);
    if (status != MSIG_OK)
        return status;
    if (!parts.secure && !t->common->allow_http)
        return msig_err_set(err, MSIG_EUNSUPPORTED, MSIG_NO_OFFSET,
                            "plain http to %.*s is refused, since the endpoint is https",
                            (int)(parts.host.len < 80 ? parts.host.len : 80), parts.host.ptr);
    if (!msig_url_write(&parts, true, &t->url) || !msig_url_write(&parts, false, &t->shown_url) ||
        !msig_text_end(&t->url))
        return msig_err_nomem(err);
    return msig_url_parse(msig_text_of(&t->url), &t->parts, err);
}

static msig_status copy(msig_transfer *t, const msig_net_request *request, msig_err *err) {
    msig_status status = copy_url(t, request->url, err);
    if (status != MSIG_OK)
        return status;
    if (request->has_range && (request->last < request->first || request->gzip || request->head))
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET,
                            "range: expected first <= last, without gzip and head");
    if (request->stop_count > MSIG_STOP_MOST)
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET,
                            "stop: at most %d statuses allowed", MSIG_STOP_MOST);
    t->asked = *request;
    if (!t->asked.max_bytes)
        t->asked.max_bytes =
            request->has_range ? request->last - request->first + 1 : STANDARD_BODY;
    if (t->asked.max_bytes < request->allow_full)
        t->asked.max_bytes = request->allow_full;
    if (request->stop_count)
        memcpy(t->stop, request->stop, request->stop_count * sizeof *t->stop);
    if (!msig_text_span(&t->validator, request->validator))
        return msig_err_nomem(err);
    return copy_fields(t, request, err);
}

msig_transfer *msig_transfer_new(msig_net_common *common, const msig_net_request *request,
                                 msig_err *err) {
    msig_transfer *t = msig_new(&common->alloc, 1, sizeof *t);
    if (!t) {
        msig_err_nomem(err);
        return NULL;
    }
    t->common = common;
    msig_text_init(&t->url, &common->alloc);
    msig_text_init(&t->validator, &common->alloc);
    msig_text_init(&t->body, &common->alloc);
    msig_text_init(&t->shown_url, &common->alloc);
    msig_text_init(&t->location, &common->alloc);
    msig_headers_init(&t->headers, &common->alloc);
    if (copy(t, request, err) != MSIG_OK) {
        msig_transfer_free(t);
        return NULL;
    }
    return t;
}

void msig_transfer_free(msig_transfer *t) {
    if (!t)
        return;
    if (t->easy)
        t->common->curl.easy_cleanup(t->easy);
    t->common->curl.slist_free_all(t->fields);
    msig_text_clear(&t->url);
    msig_text_clear(&t->validator);
    msig_text_clear(&t->body);
    msig_text_clear(&t->shown_url);
    msig_text_clear(&t->location);
    msig_headers_clear(&t->headers);
    msig_alloc alloc = t->common->alloc;
    msig_free(&alloc, t, 1, sizeof *t);
}

void msig_transfer_reset(msig_transfer *t) {
    if (t->easy)
        t->common->curl.easy_cleanup(t->easy);
    t->easy = NULL;
    t->curl_text[0] = '\0';
    t->started = t->sent = t->moved = t->first_byte = 0;
    t->state = MSIG_TRANSFER_WAITING;
}

/* ---- what comes ---- */

static void note_moved(msig_transfer *t) {
    t->moved = msig_transfer_clock();
    t->host->moved = t->moved;
}

static int on_ready(void *user, char *remote, char *local, int remote_port, int local_port) {
    msig_transfer *t = user;
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    note_moved(t);
    t->sent = t->moved;
    return CURL_PREREQFUNC_OK;
}

static bool is_stop_status(const msig_transfer *t, unsigned status) {
    if (status >= 300 && status < 400)
        return true;
    for (size_t i = 0; i < t->asked.stop_count; i++)
        if (t->stop[i] == status)
            return true;
    return false;
}

/* An encoding that was not asked for: the bytes are not what the caller takes them for. */
static bool check_encoding(msig_transfer *t, msig_span encoding) {
    if (encoding.len == 0 || t->asked.gzip || msig_span_equal(encoding, msig_span_of("identity")))
        return true;
    msig_transfer_fail(t, MSIG_EUNSUPPORTED, "encoding", MSIG_NET_NEVER,
                       "answer: expected bytes as they are, found encoding '%.*s'",
                       (int)(encoding.len < 40 ? encoding.len : 40), encoding.ptr);
    return false;
}

static bool begin_partial(msig_transfer *t) {
    msig_range_wanted wanted = {t->asked.first, t->asked.last, t->asked.has_total, t->asked.total,
                                msig_text_of(&t->validator)};
    msig_range_found found;
    msig_err err;
    msig_headers_find(&t->headers, "content-range", &found.content_range);
    msig_headers_find(&t->headers, "content-encoding", &found.content_encoding);
    msig_headers_find(&t->headers, "etag", &found.etag);
    found.has_length = msig_headers_number(&t->headers, "content-length", &found.length);
    if (msig_range_check(&wanted, &found, &t->range, &err) != MSIG_OK) {
        msig_transfer_fail(t, err.code, "range", MSIG_NET_NEVER, "%s", err.text);
        return false;
    }
    if (t->range.last - t->range.first >= t->asked.max_bytes) {
        msig_transfer_fail(t, MSIG_ELIMIT, "limit", MSIG_NET_NEVER,
                           "answer: at most %llu bytes allowed",
                           (unsigned long long)t->asked.max_bytes);
        return false;
    }
    t->partial = true;
    t->declared = t->range.last - t->range.first + 1;
    return true;
}

/* A 200: the whole file, whatever was asked. */
static bool begin_full(msig_transfer *t) {
    uint64_t length = 0;
    bool has_length = msig_headers_number(&t->headers, "content-length", &length);
    msig_span encoding;
    msig_headers_find(&t->headers, "content-encoding", &encoding);
    if (t->asked.has_range && (!has_length || (length > 0 && length > t->asked.allow_full))) {
        msig_transfer_fail(t, MSIG_EMISMATCH, "range", MSIG_NET_NEVER,
                           "range: expected status 206, found 200 with the whole file");
        return false;
    }
    if (!check_encoding(t, encoding))
        return false;
    if (has_length && !t->asked.head && length > t->asked.max_bytes) {
        msig_transfer_fail(t, MSIG_ELIMIT, "limit", MSIG_NET_NEVER,
                           "answer: %llu bytes, at most %llu allowed", (unsigned long long)length,
                           (unsigned long long)t->asked.max_bytes);
        return false;
    }
    if (!encoding.len && has_length && t->asked.has_total && length != t->asked.total) {
        msig_transfer_fail(t, MSIG_EMISMATCH, "size", MSIG_NET_NEVER,
                           "answer: expected a file of %llu bytes, found %llu",
                           (unsigned long long)t->asked.total, (unsigned long long)length);
        return false;
    }
    if (!encoding.len)
        t->declared = length;
    return true;
}

/* The headers are complete. False ends the transfer. */
static bool begin_body(msig_transfer *t) {
    unsigned status = t->headers.status;
    if (t->fails && t->common->fail_stage == MSIG_NET_HEADERS) {
        msig_transfer_fail(t, MSIG_EIO, "closed", MSIG_NET_NETWORK, "failed on purpose");
        return false;
    }
    if (is_stop_status(t, status)) {
        t->discard = true;
    } else if (status >= 400) {
        t->is_error = true;
    } else if (status == 206 && t->asked.has_range) {
        return begin_partial(t);
    } else if (status == 200) {
        return begin_full(t);
    } else if (t->asked.has_range || status == 206) {
        msig_transfer_fail(t, MSIG_EMISMATCH, "range", MSIG_NET_NEVER,
                           "range: expected status %d, found %u", t->asked.has_range ? 206 : 200,
                           status);
        return false;
    }
    return true;
}

static size_t on_header(char *ptr, size_t size, size_t count, void *user) {
    msig_transfer *t = user;
    msig_span line = {ptr, size * count};
    msig_err err;
    note_moved(t);
    if (!t->first_byte)
        t->first_byte = t->moved;
    if (t->headers.ended)
        return line.len;
    if (msig_headers_line(&t->headers, line, &err) != MSIG_OK) {
        msig_transfer_fail(t, err.code, "headers", MSIG_NET_NEVER, "%s", err.text);
        return 0;
    }
    if (t->headers.ended && !begin_body(t))
        return 0;
    return line.len;
}

/* Bytes of a body that nobody wants: a few are read through, since that keeps the connection. */
static size_t drain(msig_transfer *t, size_t len) {
    if (t->received <= MSIG_DRAIN_MOST)
        return len;
    t->stopped = true;
    return 0;
}

static bool within_limits(msig_transfer *t) {
    msig_net_common *common = t->common;
    uint64_t most = t->asked.max_bytes;
    if (t->partial && t->received > t->declared) {
        msig_transfer_fail(t, MSIG_EMISMATCH, "range", MSIG_NET_NEVER,
                           "range: expected bytes up to %llu, found more",
                           (unsigned long long)t->range.last);
        return false;
    }
    if (t->received > most) {
        msig_transfer_fail(t, MSIG_ELIMIT, "limit", MSIG_NET_NEVER,
                           "answer: at most %llu bytes allowed", (unsigned long long)most);
        return false;
    }
    if (common->max_bytes && common->bytes > common->max_bytes) {
        msig_transfer_fail(t, MSIG_ELIMIT, "budget", MSIG_NET_NEVER,
                           "budget: %llu bytes in all are used up",
                           (unsigned long long)common->max_bytes);
        return false;
    }
    return true;
}

/* Keeps bytes of the body. */
static bool keep(msig_transfer *t, const char *ptr, size_t len) {
    if (t->body.len == 0 && t->declared > len)
        msig_text_reserve(&t->body, (size_t)t->declared); /* else it grows bit by bit */
    if (msig_text_add(&t->body, ptr, len))
        return true;
    msig_transfer_fail(t, MSIG_ENOMEM, "memory", MSIG_NET_NEVER, "not enough memory");
    return false;
}

static size_t on_body(char *ptr, size_t size, size_t count, void *user) {
    msig_transfer *t = user;
    size_t len = size * count;
    note_moved(t);
    t->received += len;
    t->common->bytes += len;
    if (t->fails && t->common->fail_stage == MSIG_NET_BODY) {
        msig_transfer_fail(t, MSIG_ETRUNCATED, "cut", MSIG_NET_NETWORK, "failed on purpose");
        return 0;
    }
    if (t->discard)
        return drain(t, len);
    if (t->is_error) {
        size_t room = MSIG_ERROR_BODY - t->body.len;
        return keep(t, ptr, len < room ? len : room) ? drain(t, len) : 0;
    }
    return within_limits(t) && keep(t, ptr, len) ? len : 0;
}

/* ---- the handle ---- */

/* Sets one option and remembers whether all went well. */
#define SET(option, value)                                                                         \
    (ok = t->common->curl.easy_setopt(t->easy, option, value) == CURLE_OK && ok)

static bool set_security(msig_transfer *t) {
    const msig_net_common *common = t->common;
    bool ok = true;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (common->ca_file.len || common->ca_path.len) {
        const char *file = common->ca_file.len && !t->quick ? common->ca_file.ptr : NULL;
        const char *path = common->ca_path.len ? common->ca_path.ptr : NULL;
        SET(CURLOPT_CAINFO, file);
        SET(CURLOPT_CAPATH, path);
        SET(CURLOPT_PROXY_CAINFO, file);
        SET(CURLOPT_PROXY_CAPATH, path);
    }
    return ok;
}

static bool set_request(msig_transfer *t) {
    bool ok = true;
    bool home = msig_url_same_origin(&t->parts, &t->common->endpoint_url);
    if (t->asked.token && home && t->common->authorization.len)
        ok = add_field(t, t->common->authorization.ptr);
    if (t->asked.gzip)
        SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    else
        ok = ok && add_field(t, "Accept-Encoding: identity");
    if (t->asked.has_range) {
        char range[48];
        snprintf(range, sizeof range, "%llu-%llu", (unsigned long long)t->asked.first,
                 (unsigned long long)t->asked.last);
        SET(CURLOPT_RANGE, range);
    }
    if (t->asked.head)
        SET(CURLOPT_NOBODY, 1L);
    SET(CURLOPT_HTTPHEADER, t->fields);
    if (t->common->user_agent.len)
        SET(CURLOPT_USERAGENT, t->common->user_agent.ptr);
    if (!t->parts.secure && t->common->http_proxy.len)
        SET(CURLOPT_PROXY, t->common->http_proxy.ptr);
    return ok;
}

static bool set_callbacks(msig_transfer *t) {
    bool ok = true;
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->curl_text);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_PREREQFUNCTION, on_ready);
    SET(CURLOPT_PREREQDATA, t);
    return ok;
}

bool msig_transfer_prepare(msig_transfer *t, bool open) {
    t->easy = t->common->curl.easy_init();
    if (!t->easy)
        return false;
    t->quick = t->common->quick_trust;
    bool ok = true;
    SET(CURLOPT_URL, t->url.ptr);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_PROTOCOLS_STR, t->common->allow_http ? "http,https" : "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_PIPEWAIT, open ? 0L : 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    /* Times are kept by the session: libcurl's would run while a transfer waits for a stream. Its
     * own limit for connecting, five minutes, must not come first. */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)INT32_MAX);
    /* Closing must not wait for a name server. */
    SET(CURLOPT_QUICK_EXIT, 1L);
    return set_callbacks(t) && set_security(t) && set_request(t) && ok;
}
