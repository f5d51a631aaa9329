/* Tests of src/net: pure parts, and transfers over real sockets under failing allocators. */
#include "support.h"

#include "base/sparse.h"
#include "net/failure.h"
#include "net/headers.h"
#include "net/queue.h"
#include "net/range.h"
#include "net/rate.h"
#include "net/session.h"
#include "net/text.h"
#include "net/transfer.h"
#include "net/url.h"
#include "server.h"

/* ---- URLs ---- */

static msig_url url_of(const char *text) {
    msig_url url;
    msig_err err = garbage_err();
    if (msig_url_parse(msig_span_of(text), &url, &err) != MSIG_OK)
        fail_msg("%s: %s", text, err.text);
    return url;
}

static void origins_are_compared_as_triples(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"https://huggingface.co", "https://huggingface.co/x?y", true},
        {"https://huggingface.co", "https://HuggingFace.CO:443/", true},
        {"https://huggingface.co:/", "https://huggingface.co/", true},
        {"https://huggingface.co", "http://huggingface.co", false},
        {"https://huggingface.co", "http://huggingface.co:443", false},
        {"https://huggingface.co", "https://huggingface.co:8443", false},
        {"https://huggingface.co", "https://huggingface.co.evil.example", false},
        {"https://huggingface.co", "https://xhuggingface.co", false},
        {"https://huggingface.co", "https://huggingface.co.", false},
        {"http://[::1]:80/", "http://[::1]", true},
        {"http://127.0.0.1", "http://127.0.0.2", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        msig_url a = url_of(cases[i].a);
        msig_url b = url_of(cases[i].b);
        if (msig_url_same_origin(&a, &b) != cases[i].same)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
}

static void cut_urls_are_read_or_refused(void **state) {
    (void)state;
    const char whole[] = "https://[2001:db8::1]:8443/a/b?c=d#e";
    for (size_t len = 0; len < sizeof whole; len++) {
        char *copy = malloc(len + 1); /* of the exact size, so that a step too far is seen */
        memcpy(copy, whole, len);
        msig_span part = {copy, len};
        msig_url url;
        msig_err err = garbage_err();
        msig_status status = msig_url_parse(part, &url, &err);
        assert_true(status == MSIG_OK || err.code == status);
        assert_int_equal(status == MSIG_OK, len >= strlen("https://[2001:db8::1]"));
        free(copy);
    }
}

static void messages_hold_no_secrets(void **state) {
    (void)state;
    static const char *const urls[] = {"https://user:secret@h/", "https://h/ ?secret",
                                       "ftp://h/?secret", "https://h:99999/?secret",
                                       "https://[x/?secret"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        msig_url url;
        msig_err err = garbage_err();
        assert_true(msig_url_parse(msig_span_of(urls[i]), &url, &err) != MSIG_OK);
        assert_null(strstr(err.text, "secret"));
    }
}

static void every_failing_allocation_of_a_join_is_told(void **state) {
    (void)state;
    msig_url base = url_of("https://h/a/b?c");
    for (size_t n = 0;; n++) {
        msig_alloc_failing failing = {.fail_at = n};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        msig_text text;
        msig_err err = garbage_err();
        msig_text_init(&text, &alloc);
        msig_status status = msig_url_join(&base, msig_span_of("../d e?f#g"), &text, &err);
        if (status == MSIG_OK) {
            assert_true(msig_span_equal(msig_text_of(&text), msig_span_of("https://h/d%20e?f")));
            msig_text_clear(&text);
            assert_int_equal(failing.live, 0);
            assert_true(n > 0);
            return;
        }
        assert_int_equal(status, MSIG_ENOMEM);
        msig_text_clear(&text);
        assert_int_equal(failing.live, 0);
    }
}

/* ---- headers ---- */

static void put(msig_headers *headers, const char *line) {
    assert_int_equal(msig_headers_line(headers, msig_span_of(line), NULL), MSIG_OK);
}

static void headers_of_the_final_answer_are_kept(void **state) {
    (void)state;
    msig_headers headers;
    msig_span value;
    uint64_t number;
    msig_headers_init(&headers, &msig_alloc_system);
    put(&headers, "HTTP/1.1 100 Continue\r\n");
    put(&headers, "X-Old: 1\r\n");
    put(&headers, "\r\n");
    assert_false(headers.ended);
    put(&headers, "HTTP/2 206 \r\n");
    put(&headers, "Content-LENGTH:\t 42 \r\n");
    put(&headers, "X-Folded: a\r\n");
    put(&headers, "  b\r\n");
    put(&headers, "no colon here\r\n");
    put(&headers, ": no name\r\n");
    put(&headers, "X-Empty:\r\n");
    put(&headers, "\r\n");
    put(&headers, "X-Trailer: late\r\n");
    assert_true(headers.ended);
    assert_int_equal(headers.status, 206);
    assert_int_equal(headers.count, 3);
    assert_true(msig_headers_number(&headers, "content-length", &number));
    assert_int_equal(number, 42);
    assert_true(msig_headers_find(&headers, "x-folded", &value));
    assert_true(msig_span_equal(value, msig_span_of("a b")));
    assert_true(msig_headers_find(&headers, "x-empty", &value));
    assert_int_equal(value.len, 0);
    assert_false(msig_headers_find(&headers, "x-old", &value));
    assert_false(msig_headers_find(&headers, "x-trailer", &value));
    msig_headers_clear(&headers);
}

static void headers_are_bounded(void **state) {
    (void)state;
    msig_headers headers;
    msig_err err = garbage_err();
    size_t count = 0;
    msig_headers_init(&headers, &msig_alloc_system);
    put(&headers, "HTTP/1.1 200 OK\r\n");
    while (msig_headers_line(&headers, msig_span_of("A: b\r\n"), &err) == MSIG_OK)
        count++;
    assert_int_equal(err.code, MSIG_ELIMIT);
    assert_int_equal(count, 512);
    put(&headers, "HTTP/1.1 200 OK\r\n");
    char *line = malloc(70000);
    memset(line, 'x', 70000);
    memcpy(line, "A: ", 3);
    msig_span text = {line, 70000};
    assert_int_equal(msig_headers_line(&headers, text, NULL), MSIG_OK);
    assert_int_equal(msig_headers_line(&headers, text, NULL), MSIG_ELIMIT);
    memset(line, ' ', 3);
    assert_int_equal(msig_headers_line(&headers, text, NULL), MSIG_ELIMIT);
    free(line);
    msig_headers_clear(&headers);
}

static void digits_are_plain_and_fit(void **state) {
    (void)state;
    static const char *const bad[] = {
        "", "-1", "+1", " 1", "1 ", "1_0", "0x1", "18446744073709551616", "99999999999999999999"};
    uint64_t value;
    assert_true(msig_headers_digits(msig_span_of("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(msig_headers_digits(msig_span_of(bad[i]), &value));
}

static void entity_tags_lose_quotes_and_no_more(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"\"abc\"", "abc"}, {"W/\"abc\"", "abc"}, {"abc", "abc"}, {"W/abc", "abc"},
        {"\"W/x\"", "W/x"}, {"Wabc", "Wabc"},     {"\"", "\""},   {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(msig_span_equal(msig_headers_etag(msig_span_of(cases[i][0])),
                                    msig_span_of(cases[i][1])));
}

/* ---- ranges ---- */

static void content_ranges(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",             "bytes",         "bytes ",         "bytes 0-9",    "bytes 0-9/",
        "bytes 9-0/10", "bytes 0-10/10", "bytes */*",      "bytes -9/10",  "bytes 0-/10",
        "bytes 0-9/+1", "bytes *",       "bytes 0 - 9/10", "Bytes 0-9/10", "items 0-9/10",
        "bytes=0-9/10", "bytes 0-9/10 ", "bytes 0-18446744073709551616/*"};
    msig_content_range range;
    assert_true(msig_range_parse(msig_span_of("bytes 0-9/10"), &range));
    assert_true(range.has_range && range.has_total && range.last == 9 && range.total == 10);
    assert_true(msig_range_parse(msig_span_of("bytes 5-9/*"), &range));
    assert_true(range.has_range && !range.has_total && range.first == 5);
    assert_true(msig_range_parse(msig_span_of("bytes */177"), &range));
    assert_true(!range.has_range && range.total == 177);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (msig_range_parse(msig_span_of(bad[i]), &range))
            fail_msg("'%s' was accepted", bad[i]);
    const char whole[] = "bytes 10-19/200";
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char *copy = malloc(len + 1);
        memcpy(copy, whole, len);
        msig_span part = {copy, len};
        assert_int_equal(msig_range_parse(part, &range), len >= strlen("bytes 10-19/20"));
        free(copy);
    }
}

static msig_status range_status(const char *content_range, uint64_t length) {
    msig_range_wanted wanted = {100, 199, true, 1000, {"\"v\"", 3}};
    msig_range_found found = {.content_range = msig_span_of(content_range),
                              .content_encoding = {"", 0},
                              .etag = msig_span_of("W/\"v\""),
                              .has_length = length > 0,
                              .length = length};
    msig_content_range range;
    return msig_range_check(&wanted, &found, &range, NULL);
}

static void answers_to_ranges_are_checked(void **state) {
    (void)state;
    assert_int_equal(range_status("bytes 100-199/1000", 0), MSIG_OK);
    assert_int_equal(range_status("bytes 100-199/1000", 100), MSIG_OK);
    assert_int_equal(range_status("bytes 100-199/*", 100), MSIG_OK);
    assert_int_equal(range_status("bytes 100-199/1000", 99), MSIG_EMISMATCH);
    assert_int_equal(range_status("bytes 100-199/1001", 100), MSIG_EMISMATCH);
    assert_int_equal(range_status("bytes 99-199/1000", 101), MSIG_EMISMATCH);
    assert_int_equal(range_status("bytes 100-200/1000", 101), MSIG_EMISMATCH);
    assert_int_equal(range_status("bytes 100-150/1000", 51), MSIG_EMISMATCH);
    assert_int_equal(range_status("bytes 100-150/*", 51), MSIG_EMISMATCH);
    assert_int_equal(range_status("bytes */1000", 100), MSIG_EMISMATCH);
    assert_int_equal(range_status("", 100), MSIG_EMISMATCH);
}

/* ---- limits of servers ---- */

static void rates(void **state) {
    (void)state;
    msig_rate rate;
    assert_true(msig_rate_parse(msig_span_of("\"resolvers\";r=2998;t=172"), &rate));
    assert_true(msig_span_equal(rate.bucket, msig_span_of("resolvers")));
    assert_true(rate.remaining == 2998 && rate.has_reset && rate.reset == 172);
    assert_true(msig_rate_parse(msig_span_of(" \"a\";r=5 , b; t=7 ;r=0,\"c,;\";r=9"), &rate));
    assert_true(msig_span_equal(rate.bucket, msig_span_of("b")));
    assert_true(rate.remaining == 0 && rate.reset == 7);
    static const char *const bad[] = {
        "",    ";", "\"",      "\"api\"", "\"api\";r=-1", "\"api\";r=x",
        ",,,", "=", "\"api\\", "\"a\";r=99999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(msig_rate_parse(msig_span_of(bad[i]), &rate));
    const char whole[] = "\"a\\\"b\";r=12;t=3, c;r=1";
    for (size_t len = 0; len < sizeof whole; len++) {
        char *copy = malloc(len + 1);
        memcpy(copy, whole, len);
        msig_span part = {copy, len};
        msig_rate_parse(part, &rate);
        free(copy);
    }
}

static bool after(const char *value, const char *date, uint64_t *seconds) {
    return msig_rate_retry_after(msig_span_of(value), msig_span_of(date), 1795503690, seconds);
}

static void retry_after_in_both_forms(void **state) {
    (void)state;
    uint64_t seconds;
    assert_true(after("120", "", &seconds) && seconds == 120);
    assert_true(after("Tue, 24 Nov 2026 07:03:30 GMT", "", &seconds));
    assert_int_equal(seconds, 120);
    assert_true(after("Tue, 24 Nov 2026 07:03:30 GMT", "Tue, 24 Nov 2026 07:03:00 GMT", &seconds));
    assert_int_equal(seconds, 30);
    assert_true(after("Thu, 01 Jan 1970 00:00:00 GMT", "", &seconds) && seconds == 0);
    assert_true(after("Tue, 29 Feb 2028 00:00:00 GMT", "Mon, 28 Feb 2028 23:59:59 GMT", &seconds));
    assert_int_equal(seconds, 1);
    assert_true(after("Sat, 01 Mar 2031 00:00:00 GMT", "Fri, 28 Feb 2031 23:59:59 GMT", &seconds));
    assert_int_equal(seconds, 1);
    static const char *const bad[] = {"",
                                      "-1",
                                      "1.5",
                                      "soon",
                                      "Tue, 24 Now 2026 07:03:30 GMT",
                                      "Tue, 24 Nov 2026 25:03:30 GMT",
                                      "Tue, 24 Nov 2026 07:03:30 CET",
                                      "Tue, 24 ovD 2026 07:03:30 GMT"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(after(bad[i], "", &seconds));
}

static void statuses_and_codes_have_classes(void **state) {
    (void)state;
    static const unsigned later[] = {408, 500, 502, 503, 504};
    static const unsigned never[] = {200, 302, 400, 401, 403, 404, 416, 501, 505};
    static const int network[] = {5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        assert_int_equal(msig_failure_of_status(later[i]), MSIG_NET_STATUS);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_int_equal(msig_failure_of_status(never[i]), MSIG_NET_NEVER);
    assert_int_equal(msig_failure_of_status(429), MSIG_NET_RATE);
    for (size_t i = 0; i < sizeof network / sizeof *network; i++)
        assert_int_equal(msig_failure_of(network[i]).retry, MSIG_NET_NETWORK);
    assert_int_equal(msig_failure_of(60).retry, MSIG_NET_NEVER);
    assert_string_equal(msig_failure_of(60).kind, "certificate");
    assert_int_equal(msig_failure_of(9999).code, MSIG_EHTTP);
}

/* ---- slots ---- */

/* How many of `count` requests to a fresh https host may start, and over how many connections. */
static size_t start_all(msig_net_host *host, msig_transfer *list, size_t count, bool guess_http1,
                        size_t *opened) {
    const msig_slot_limits limits = {2, 100, 16, guess_http1};
    size_t started = 0;
    msig_slot_kind slot;
    for (size_t i = 0; i < count; i++)
        msig_list_append(&host->waiting, &list[i]);
    while ((slot = msig_net_host_slot(host, &limits)) != MSIG_SLOT_NONE) {
        msig_list_remove(&host->waiting, host->waiting.head);
        host->active++;
        started++;
        *opened += slot == MSIG_SLOT_OPEN;
    }
    while (host->waiting.head)
        msig_list_remove(&host->waiting, host->waiting.head);
    return started;
}

static void slots_follow_what_a_connection_takes(void **state) {
    (void)state;
    static const struct {
        msig_net_host host;
        size_t count, started, opened;
        bool spread, guess_http1;
    } cases[] = {
        {{.connections = 1}, 1, 1, 0, true, false},
        {{.connections = 1}, 100, 100, 0, false, false},
        {{.connections = 1}, 2, 2, 1, true, false},
        /* Beside the first, a second costs no time. */
        {{.connections = 1}, 163, 163, 1, false, false},
        {{.connections = 1}, 300, 200, 1, false, false},
        {{.connections = 1, .answered = true}, 163, 100, 0, true, false}, /* waiting costs less */
        {{.connections = 1, .answered = true}, 300, 100, 0, false, false},
        {{.connections = 1, .answered = true}, 301, 200, 1, false, false},
        {{.connections = 2, .answered = true}, 300, 200, 0, false, false},
        {{.connections = 1, .answered = true, .http1 = true}, 10, 10, 10, false, false},
        {{.connections = 1, .answered = true, .http1 = true}, 163, 16, 16, false, false},
        {{.connections = 1, .answered = true, .http1 = true, .active = 15}, 10, 1, 1, false, false},
        {{.connections = 1, .answered = true, .http1 = true, .active = 16}, 10, 0, 0, false, false},
        {{.connections = 1}, 163, 16, 16, false, true}, /* no host spoke HTTP/2 so far */
        {{.connections = 1, .answered = true}, 163, 100, 0, true, true},
    };
    msig_transfer *list = calloc(301, sizeof *list);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        msig_net_host host = cases[i].host;
        size_t opened = 0;
        for (size_t k = 0; k < 301; k++)
            list[k].asked.spread = cases[i].spread;
        assert_int_equal(start_all(&host, list, cases[i].count, cases[i].guess_http1, &opened),
                         cases[i].started);
        assert_int_equal(opened, cases[i].opened);
    }
    free(list);
}

/* ---- sparse sources ---- */

static void a_sparse_source_joins_runs_in_any_order(void **state) {
    (void)state;
    const char bytes[] = "0123456789abcdefghij";
    enum { SIZE = sizeof bytes - 1 };
    for (unsigned seed = 1; seed < 200; seed++) {
        msig_source *source;
        unsigned random = seed;
        bool there[SIZE] = {false};
        assert_int_equal(msig_sparse_open(&msig_alloc_system, SIZE, &source, NULL), MSIG_OK);
        for (int step = 0; step < 8; step++) {
            random = random * 1103515245u + 12345u;
            size_t begin = (random >> 16) % SIZE;
            size_t len = (random >> 8) % 6;
            if (len > SIZE - begin)
                len = SIZE - begin;
            assert_int_equal(msig_sparse_put(source, begin, bytes + begin, len, NULL), MSIG_OK);
            for (size_t i = begin; i < begin + len; i++)
                there[i] = true;
        }
        for (size_t i = 0; i < SIZE; i++) {
            size_t run = 0;
            while (i + run < SIZE && there[i + run])
                run++;
            for (size_t n = 1; n <= SIZE - i; n++) {
                char got[SIZE];
                msig_err err = garbage_err();
                msig_status status = msig_source_read(source, i, got, n, &err);
                assert_int_equal(status, n <= run ? MSIG_OK : MSIG_ETRUNCATED);
                if (status == MSIG_OK)
                    assert_memory_equal(got, bytes + i, n);
                else
                    assert_int_equal(err.offset, i + run);
                assert_int_equal(msig_source_borrow(source, i, n) != NULL, n <= run);
            }
        }
        msig_source_close(source);
    }
}

static void every_failing_allocation_of_a_sparse_source_is_told(void **state) {
    (void)state;
    bool done = false;
    for (size_t n = 0; !done; n++) {
        msig_alloc_failing failing = {.fail_at = n};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        msig_source *source = NULL;
        msig_status status = msig_sparse_open(&alloc, 100, &source, NULL);
        for (size_t i = 0; i < 20 && status == MSIG_OK; i++)
            status = msig_sparse_put(source, i * 5 % 95, "abc", 3, NULL);
        assert_true(status == MSIG_OK || status == MSIG_ENOMEM);
        done = status == MSIG_OK;
        msig_source_close(source);
        assert_int_equal(failing.live, 0);
    }
}

/* ---- transfers ---- */

static const server_answer answers[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false},
    {"HTTP/1.1 206 Partial\r\nContent-Range: bytes 2-5/10\r\nContent-Length: 4\r\n\r\n2345", false},
    {"HTTP/1.1 302 Found\r\nLocation: /0?x#y\r\nContent-Length: 2\r\n\r\nno", false},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nabsent", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut", true},
    {"", true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true},
};

enum { ANSWERS = sizeof answers / sizeof *answers };

static msig_status open_session(const msig_alloc *alloc, const server *s,
                                const msig_net_options *more, msig_session **session,
                                msig_err *err) {
    char endpoint[64];
    msig_net_options options = *more;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", (unsigned)s->port);
    options.endpoint = msig_span_of(endpoint);
    options.token = msig_span_of("hf_secret");
    options.user_agent = msig_span_of("test/1");
    return msig_session_open(alloc, &options, session, err);
}

static msig_status start(msig_session *session, const server *s, unsigned path, uint64_t *id,
                         msig_err *err) {
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/%u?query", (unsigned)s->port, path);
    msig_net_field field = {{"X-A", 3}, {"b", 1}};
    msig_net_request request = {.url = msig_span_of(url), .token = true, .fields = &field};
    request.field_count = 1;
    if (path == 1) {
        request.has_range = request.has_total = true;
        request.first = 2;
        request.last = 5;
        request.total = 10;
        request.validator = msig_span_of("\"v\"");
    }
    return msig_session_start(session, &request, id, err);
}

/* What answer number `path` must be when nothing else goes wrong. */
static void check_answer(const msig_net_answer *answer, unsigned path) {
    static const struct {
        msig_status code;
        unsigned status;
        const char *body; /* NULL: none */
        const char *location;
    } expected[ANSWERS] = {
        {MSIG_OK, 200, "hello", ""}, {MSIG_OK, 206, "2345", ""}, {MSIG_OK, 302, NULL, "/0?x"},
        {MSIG_OK, 404, "absent", ""}, {MSIG_ETRUNCATED, 200, NULL, ""}, {MSIG_EIO, 0, NULL, ""},
        {MSIG_OK, 200, "abc", ""},   {MSIG_ETRUNCATED, 200, NULL, ""},
    };
    if (answer->failure.code != expected[path].code)
        fail_msg("/%u: %s", path, answer->failure.text);
    assert_int_equal(answer->status, expected[path].status);
    assert_int_equal(answer->has_body, expected[path].body != NULL);
    if (answer->has_body)
        assert_true(msig_span_equal(answer->body, msig_span_of(expected[path].body)));
    size_t len = strlen(expected[path].location);
    assert_true(answer->location.len >= len);
    assert_memory_equal(answer->location.ptr + answer->location.len - len, expected[path].location,
                        len);
    assert_null(memchr(answer->url.ptr, '?', answer->url.len));
}

/* Asks for everything once; counts the answers that failed in another way than they must. */
static size_t run_all(msig_session *session, const server *s, msig_status allowed) {
    uint64_t ids[ANSWERS];
    size_t started = 0;
    size_t failed = 0;
    const msig_net_answer *answer;
    for (unsigned i = 0; i < ANSWERS; i++) {
        msig_err err = garbage_err();
        msig_status status = start(session, s, i, &ids[i], &err);
        if (status == MSIG_OK)
            started++;
        else {
            assert_int_equal(status, allowed);
            ids[i] = 0;
            failed++;
        }
    }
    while (started > 0) {
        assert_int_equal(msig_session_wait(session, 10000, NULL, &answer), MSIG_NET_ANSWER);
        unsigned path = 0;
        while (ids[path] != answer->id)
            path++;
        ids[path] = 0;
        started--;
        if (answer->failure.code == allowed && allowed != MSIG_OK)
            failed++;
        else
            check_answer(answer, path);
    }
    assert_int_equal(msig_session_wait(session, 0, NULL, &answer), MSIG_NET_IDLE);
    return failed;
}

static void transfers_are_what_was_sent(void **state) {
    server *s = *state;
    msig_session *session;
    msig_net_options options = {.http1_connections = 1};
    assert_int_equal(open_session(&msig_alloc_system, s, &options, &session, NULL), MSIG_OK);
    assert_int_equal(run_all(session, s, MSIG_OK), 0);
    msig_net_stats stats;
    msig_session_stats(session, &stats);
    assert_int_equal(stats.requests, ANSWERS);
    assert_int_equal(stats.active + stats.queued, 0);
    msig_session_close(session);
    assert_non_null(strstr(s->last, "\r\nAuthorization: Bearer hf_secret\r\n"));
    assert_non_null(strstr(s->last, "\r\nUser-Agent: test/1\r\n"));
    assert_non_null(strstr(s->last, "\r\nX-A: b\r\n"));
    assert_non_null(strstr(s->last, "\r\nAccept-Encoding: identity\r\n"));
}

/* Allocation n fails, then n + 1, until nothing fails any more: once alone, once with all later
 * ones. */
static void every_failing_allocation_of_a_session_is_told(void **state) {
    server *s = *state;
    for (int lasting = 0; lasting < 2; lasting++) {
        bool done = false;
        for (size_t n = 0; !done; n++) {
            msig_alloc_failing failing = {.fail_at = n, .lasting = lasting};
            msig_alloc alloc = msig_alloc_failing_borrow(&failing);
            msig_session *session = NULL;
            msig_err err = garbage_err();
            msig_net_options options = {0};
            msig_status status = open_session(&alloc, s, &options, &session, &err);
            assert_true(status == MSIG_OK || status == MSIG_ENOMEM);
            if (status == MSIG_OK)
                done = run_all(session, s, MSIG_ENOMEM) == 0 && failing.count <= n;
            msig_session_close(session);
            assert_int_equal(failing.live, 0);
        }
    }
}

static void each_transfer_fails_in_turn(void **state) {
    server *s = *state;
    for (int stage = MSIG_NET_CONNECT; stage <= MSIG_NET_BODY; stage++) {
        for (uint64_t n = 1; n <= ANSWERS + 1; n++) {
            msig_session *session;
            msig_net_options options = {.fail_at = n, .fail_stage = (msig_net_stage)stage};
            msig_alloc_failing failing = {.fail_at = SIZE_MAX};
            msig_alloc alloc = msig_alloc_failing_borrow(&failing);
            const msig_net_answer *answer;
            uint64_t ids[ANSWERS];
            assert_int_equal(open_session(&alloc, s, &options, &session, NULL), MSIG_OK);
            for (unsigned i = 0; i < ANSWERS; i++)
                assert_int_equal(start(session, s, i, &ids[i], NULL), MSIG_OK);
            for (unsigned i = 0; i < ANSWERS; i++) {
                assert_int_equal(msig_session_wait(session, 10000, NULL, &answer), MSIG_NET_ANSWER);
                if (answer->id != n)
                    check_answer(answer, (unsigned)answer->id - 1);
                else if (stage == MSIG_NET_CONNECT)
                    assert_string_equal(answer->kind, "connect");
                if (answer->failure.code != MSIG_OK)
                    assert_int_equal(answer->retry, MSIG_NET_NETWORK);
            }
            msig_session_close(session);
            assert_int_equal(failing.live, 0);
        }
    }
}

static void a_session_closed_at_any_time_leaves_nothing(void **state) {
    server *s = *state;
    for (int rounds = 0; rounds < 12; rounds++) {
        msig_alloc_failing failing = {.fail_at = SIZE_MAX};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        msig_session *session;
        msig_net_options options = {0};
        const msig_net_answer *answer;
        uint64_t id = 0;
        assert_int_equal(open_session(&alloc, s, &options, &session, NULL), MSIG_OK);
        for (unsigned i = 0; i < 20; i++)
            assert_int_equal(start(session, s, i % ANSWERS, &id, NULL), MSIG_OK);
        for (int i = 0; i < rounds; i++)
            msig_session_wait(session, i % 2, NULL, &answer);
        if (rounds % 3 == 0)
            msig_session_cancel(session, id);
        msig_session_close(session);
        assert_int_equal(failing.live, 0);
    }
}

static void a_cancel_flag_ends_waiting(void **state) {
    server *s = *state;
    msig_session *session;
    msig_net_options options = {0};
    const msig_net_answer *answer;
    volatile int cancel = 1;
    uint64_t id;
    assert_int_equal(open_session(&msig_alloc_system, s, &options, &session, NULL), MSIG_OK);
    assert_int_equal(start(session, s, 0, &id, NULL), MSIG_OK);
    assert_int_equal(msig_session_wait(session, -1, &cancel, &answer), MSIG_NET_CANCELLED);
    cancel = 0;
    assert_int_equal(msig_session_wait(session, -1, &cancel, &answer), MSIG_NET_ANSWER);
    assert_int_equal(answer->id, id);
    msig_session_close(session);
    msig_session_close(NULL);
}

static int set_up(void **state) {
    *state = server_start(answers, ANSWERS);
    return 0;
}

static int tear_down(void **state) {
    server_stop(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origins_are_compared_as_triples),
        cmocka_unit_test(cut_urls_are_read_or_refused),
        cmocka_unit_test(messages_hold_no_secrets),
        cmocka_unit_test(every_failing_allocation_of_a_join_is_told),
        cmocka_unit_test(headers_of_the_final_answer_are_kept),
        cmocka_unit_test(headers_are_bounded),
        cmocka_unit_test(digits_are_plain_and_fit),
        cmocka_unit_test(entity_tags_lose_quotes_and_no_more),
        cmocka_unit_test(content_ranges),
        cmocka_unit_test(answers_to_ranges_are_checked),
        cmocka_unit_test(rates),
        cmocka_unit_test(retry_after_in_both_forms),
        cmocka_unit_test(statuses_and_codes_have_classes),
        cmocka_unit_test(slots_follow_what_a_connection_takes),
        cmocka_unit_test(a_sparse_source_joins_runs_in_any_order),
        cmocka_unit_test(every_failing_allocation_of_a_sparse_source_is_told),
        cmocka_unit_test_setup_teardown(transfers_are_what_was_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_failing_allocation_of_a_session_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_transfer_fails_in_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_closed_at_any_time_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_cancel_flag_ends_waiting, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
