/*
 * Fuzz target: what src/net reads of servers without libcurl. Input: lines; the first is a URL, the
 * second a reference in it, the others are headers of an answer.
 */
#include "agree.h"

#include "base/utf8.h"
#include "net/headers.h"
#include "net/range.h"
#include "net/rate.h"
#include "net/text.h"
#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static msig_span take_line(msig_span *rest) {
    msig_span line = *rest;
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    line.len = end ? (size_t)(end - rest->ptr) + 1 : rest->len;
    rest->ptr += line.len;
    rest->len -= line.len;
    return line;
}

static msig_span trimmed(msig_span line) {
    while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    return line;
}

/* A URL is written as it is read: nobody may find another host in it. */
static void check_url(msig_span text, msig_url *url) {
    msig_text once;
    msig_text twice;
    msig_url again;
    msig_text_init(&once, &msig_alloc_system);
    msig_text_init(&twice, &msig_alloc_system);
    demand(msig_url_write(url, true, &once), "a URL is written");
    demand(msig_url_parse(msig_text_of(&once), &again, NULL) == MSIG_OK, "and read again");
    demand(msig_url_same_origin(url, &again), "with the same origin");
    demand(msig_span_equal(url->path, again.path) && url->has_query == again.has_query &&
               (!url->has_query || msig_span_equal(url->query, again.query)),
           "with the same path and query");
    demand(msig_url_write(&again, true, &twice) &&
               msig_span_equal(msig_text_of(&once), msig_text_of(&twice)),
           "and written the same");
    demand(once.len <= text.len + 16, "nothing is added");
    for (size_t i = 0; i < once.len; i++)
        demand(once.ptr[i] > 0x20 && once.ptr[i] < 0x7f && once.ptr[i] != '\\', "plain bytes");
    msig_text_clear(&once);
    msig_text_clear(&twice);
}

static void check_join(const msig_url *base, msig_span reference) {
    msig_text text;
    msig_url url;
    msig_text_init(&text, &msig_alloc_system);
    msig_status status = msig_url_join(base, reference, &text, NULL);
    if (status == MSIG_OK) {
        demand(msig_url_parse(msig_text_of(&text), &url, NULL) == MSIG_OK, "joined is a URL");
        check_url(msig_text_of(&text), &url);
        bool local = reference.len && reference.ptr[0] == '/' &&
                     (reference.len < 2 || reference.ptr[1] != '/');
        demand(!local || msig_url_same_origin(base, &url), "a path stays with its host");
    } else {
        demand(status == MSIG_EMALFORMED || status == MSIG_EUNSUPPORTED, "one of these");
        demand(text.len == 0, "nothing on failure");
    }
    msig_text_clear(&text);
}

static void check_texts(msig_span from) {
    msig_text text;
    msig_text back;
    msig_text_init(&text, &msig_alloc_system);
    msig_text_init(&back, &msig_alloc_system);
    demand(msig_url_escape(from, false, &text) && msig_url_unescape(msig_text_of(&text), &back) &&
               msig_span_equal(msig_text_of(&back), from),
           "escaping can be undone");
    text.len = 0;
    demand(msig_text_printable(&text, from, 64) && text.len <= 67, "bounded");
    demand(msig_utf8_valid(text.ptr ? text.ptr : "", text.len) == text.len, "valid");
    for (size_t i = 0; i < text.len; i++)
        demand((unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f, "printable");
    msig_text_clear(&text);
    msig_text_clear(&back);
}

static void check_value(msig_span value) {
    msig_content_range range;
    msig_rate rate;
    uint64_t seconds;
    if (msig_range_parse(value, &range)) {
        demand(range.has_range || range.has_total, "a range or a total");
        demand(!range.has_range || range.first <= range.last, "ordered");
        demand(!range.has_range || !range.has_total || range.last < range.total, "inside");
    }
    if (msig_rate_parse(value, &rate))
        demand(rate.has_remaining && rate.bucket.len <= value.len, "a number of requests");
    msig_rate_retry_after(value, value, 0, &seconds);
    demand(msig_headers_etag(value).len <= value.len, "etags only shrink");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    msig_span rest = {len ? (const char *)input : "", len};
    msig_span text = trimmed(take_line(&rest));
    msig_span reference = trimmed(take_line(&rest));
    msig_url url;
    if (msig_url_parse(text, &url, NULL) == MSIG_OK) {
        check_url(text, &url);
        check_join(&url, reference);
    }
    check_texts(reference);
    msig_headers headers;
    msig_headers_init(&headers, &msig_alloc_system);
    while (rest.len)
        if (msig_headers_line(&headers, take_line(&rest), NULL) != MSIG_OK)
            break;
    for (size_t i = 0; i < headers.count; i++) {
        msig_span name = msig_headers_name(&headers, i);
        for (size_t k = 0; k < name.len; k++)
            demand(name.ptr[k] < 'A' || name.ptr[k] > 'Z', "names are in lower case");
        check_value(msig_headers_value(&headers, i));
    }
    msig_headers_clear(&headers);
    return 0;
}
