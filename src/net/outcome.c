/*
 * The end of a transfer: libcurl's word is not enough (a cut answer was reported as complete more
 * than once in its history), so lengths are compared with what the headers promised.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "net/failure.h"
#include "net/transfer.h"

/* Did a proxy answer CONNECT with an error? */
static bool proxy_refused(const msig_transfer *t) {
    const msig_curl *curl = &t->common->curl;
    long status = 0;
    return t->easy &&
           curl->easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK &&
           status >= 400;
}

/* Takes user and password out of a proxy's address, which libcurl quotes if it cannot read it. */
static void hide_password(char *text) {
    char *at = strrchr(text, '@');
    char *quote = strchr(text, '\'');
    if (!at)
        return;
    if (quote && quote < at)
        memmove(quote + 1, at + 1, strlen(at + 1) + 1);
    else
        text[0] = '\0';
}

/* Did the connection serve an answer before? */
static bool is_reused(const msig_transfer *t) {
    long made = 0;
    return t->common->curl.easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made) == CURLE_OK &&
           made == 0;
}

static void fail_by_curl(msig_transfer *t, CURLcode code) {
    msig_failure failure = msig_failure_of((int)code);
    hide_password(t->curl_text);
    const char *text = t->curl_text[0] ? t->curl_text : t->common->curl.easy_strerror(code);
    if (code == CURLE_OUT_OF_MEMORY)
        text = "a header line above 100,000 bytes, or memory ran out";
    if (proxy_refused(t)) { /* asking again is of no use */
        failure.kind = "proxy";
        failure.retry = MSIG_NET_NEVER;
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL && t->sent) { /* what came is no HTTP */
        failure.code = MSIG_EHTTP;
        failure.kind = "protocol";
        if (is_reused(t)) /* it may be the rest of the answer before, as of a body for HEAD */
            failure.retry = MSIG_NET_NETWORK;
    }
    msig_transfer_fail(t, failure.code, failure.kind, failure.retry, "%s", text);
}

static void check_length(msig_transfer *t, uint64_t expected) {
    if (t->received == expected)
        return;
    bool cut = t->received < expected;
    msig_transfer_fail(t, cut ? MSIG_ETRUNCATED : MSIG_EMISMATCH, cut ? "cut" : "size",
                       cut ? MSIG_NET_NETWORK : MSIG_NET_NEVER,
                       "answer: expected %" PRIu64 " bytes, found %" PRIu64, expected,
                       t->received);
}

static void check_complete(msig_transfer *t) {
    uint64_t length;
    msig_span encoding;
    if (!t->headers.ended) {
        msig_transfer_fail(t, MSIG_EHTTP, "protocol", MSIG_NET_NETWORK,
                           "answer: expected a status and headers, found none");
        return;
    }
    if (t->partial) {
        check_length(t, t->range.last - t->range.first + 1);
        return;
    }
    if (t->asked.head || t->discard || t->is_error || t->headers.status != 200)
        return;
    msig_headers_find(&t->headers, "content-encoding", &encoding);
    if (!encoding.len && msig_headers_number(&t->headers, "content-length", &length))
        check_length(t, length);
    if (t->asked.has_total)
        check_length(t, t->asked.total);
}

static void take_location(msig_transfer *t) {
    msig_span value;
    msig_err err;
    if (t->headers.status < 300 || t->headers.status >= 400 ||
        !msig_headers_find(&t->headers, "location", &value))
        return;
    if (msig_url_join(&t->parts, value, &t->location, &err) != MSIG_OK) {
        msig_text_clear(&t->location);
        msig_transfer_fail(t, err.code, "redirect", MSIG_NET_NEVER, "redirect: %s", err.text);
    }
}

static void take_limits(msig_transfer *t, msig_net_answer *answer) {
    msig_span value;
    msig_span date;
    if (msig_headers_find(&t->headers, "ratelimit", &value))
        answer->has_rate = msig_rate_parse(value, &answer->rate);
    msig_headers_find(&t->headers, "date", &date);
    if (msig_headers_find(&t->headers, "retry-after", &value))
        answer->has_retry_after =
            msig_rate_retry_after(value, date, (int64_t)time(NULL), &answer->retry_after);
}

static void take_total(msig_transfer *t, msig_net_answer *answer) {
    msig_content_range range;
    msig_span value;
    if (t->headers.status == 206 || t->headers.status == 416) {
        msig_headers_find(&t->headers, "content-range", &value);
        if (msig_range_parse(value, &range) && range.has_total) {
            answer->has_total = true;
            answer->total = range.total;
        }
    } else if (t->headers.status == 200 && !msig_headers_find(&t->headers, "content-encoding",
                                                              &value)) {
        answer->has_total = msig_headers_number(&t->headers, "content-length", &answer->total);
    }
}

static void take_connection(msig_transfer *t, msig_net_answer *answer) {
    const msig_curl *curl = &t->common->curl;
    long number = 0;
    if (!t->easy)
        return;
    if (curl->easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &number) == CURLE_OK && number > 0)
        t->common->connections_made += (uint64_t)number;
    if (t->headers.status == 0 ||
        curl->easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &number) != CURLE_OK)
        return;
    answer->http2 = number == CURL_HTTP_VERSION_2_0;
    t->host->answered = true;
    t->host->http1 = !answer->http2;
    if (t->parts.secure && answer->http2)
        t->common->http2_seen = true;
    else if (t->parts.secure)
        t->common->http1_seen = true;
}

static unsigned since(int64_t from, int64_t until) {
    return from && until > from ? (unsigned)(until - from) : 0;
}

void msig_transfer_finish(msig_transfer *t, CURLcode code, int64_t now) {
    msig_net_answer *answer = &t->answer;
    if (code != CURLE_OK && !t->stopped)
        fail_by_curl(t, code);
    else if (t->failure.code == MSIG_OK)
        check_complete(t);
    if (t->failure.code == MSIG_OK)
        take_location(t);
    if (t->failure.code == MSIG_OK)
        t->retry = msig_failure_of_status(t->headers.status);
    else
        msig_text_clear(&t->body);
    take_limits(t, answer);
    take_total(t, answer);
    take_connection(t, answer);
    answer->id = t->id;
    answer->url = msig_text_of(&t->shown_url);
    answer->status = t->headers.status;
    answer->headers = &t->headers;
    answer->has_body = t->failure.code == MSIG_OK && !t->discard && !t->asked.head;
    answer->body = msig_text_of(&t->body);
    answer->bytes = t->received;
    answer->failure = t->failure;
    answer->kind = t->kind;
    answer->retry = t->retry;
    answer->location = msig_text_of(&t->location);
    answer->connect_ms = since(t->started, t->sent);
    answer->first_byte_ms = since(t->started, t->first_byte);
    answer->total_ms = since(t->started, now);
}
