#include "net/range.h"

#include <inttypes.h>
#include <string.h>

#include "net/headers.h"

/* Takes digits up to `end` (a byte), which is stepped over. */
static bool take(msig_span *text, char end, uint64_t *value) {
    const char *stop = memchr(text->ptr, end, text->len);
    if (!stop)
        return false;
    msig_span digits = {text->ptr, (size_t)(stop - text->ptr)};
    text->len -= digits.len + 1;
    text->ptr = stop + 1;
    return msig_headers_digits(digits, value);
}

bool msig_range_parse(msig_span value, msig_content_range *range) {
    static const char unit[] = "bytes ";
    msig_content_range parsed = {0};
    if (value.len < sizeof unit || memcmp(value.ptr, unit, sizeof unit - 1) != 0)
        return false;
    value.ptr += sizeof unit - 1;
    value.len -= sizeof unit - 1;
    parsed.has_range = value.ptr[0] != '*';
    if (parsed.has_range) {
        if (!take(&value, '-', &parsed.first) || !take(&value, '/', &parsed.last))
            return false;
    } else {
        if (value.len < 2 || value.ptr[1] != '/')
            return false;
        value.ptr += 2;
        value.len -= 2;
    }
    parsed.has_total = !msig_span_equal(value, msig_span_of("*"));
    if (parsed.has_total && !msig_headers_digits(value, &parsed.total))
        return false;
    if (!parsed.has_range && !parsed.has_total)
        return false;
    if (parsed.has_range && (parsed.last < parsed.first ||
                             (parsed.has_total && parsed.last >= parsed.total)))
        return false;
    *range = parsed;
    return true;
}

#define MISMATCH(...) msig_err_set(err, MSIG_EMISMATCH, MSIG_NO_OFFSET, __VA_ARGS__)

static msig_status check_extent(const msig_range_wanted *wanted, const msig_content_range *range,
                                msig_err *err) {
    if (range->first != wanted->first)
        return MISMATCH("range: expected bytes from %" PRIu64 ", found %" PRIu64, wanted->first,
                        range->first);
    if (range->last > wanted->last)
        return MISMATCH("range: expected bytes up to %" PRIu64 ", found %" PRIu64, wanted->last,
                        range->last);
    if (wanted->has_total && range->has_total && range->total != wanted->total)
        return MISMATCH("range: expected a file of %" PRIu64 " bytes, found %" PRIu64,
                        wanted->total, range->total);
    /* The end may be cut where the file ends, and nowhere else. */
    bool known = wanted->has_total || range->has_total;
    uint64_t total = wanted->has_total ? wanted->total : range->total;
    if (known && range->last != wanted->last && range->last + 1 != total)
        return MISMATCH("range: expected bytes up to %" PRIu64 ", found %" PRIu64, wanted->last,
                        range->last);
    return MSIG_OK;
}

msig_status msig_range_check(const msig_range_wanted *wanted, const msig_range_found *found,
                             msig_content_range *range, msig_err *err) {
    if (found->content_encoding.len &&
        !msig_span_equal(found->content_encoding, msig_span_of("identity")))
        return msig_err_set(err, MSIG_EUNSUPPORTED, MSIG_NO_OFFSET,
                            "range: expected bytes as they are, found encoding '%.*s'",
                            (int)(found->content_encoding.len < 40 ? found->content_encoding.len
                                                                   : 40),
                            found->content_encoding.ptr);
    if (found->content_range.len == 0)
        return MISMATCH("range: expected Content-Range with status 206, found none");
    if (!msig_range_parse(found->content_range, range) || !range->has_range)
        return MISMATCH("range: expected 'bytes FIRST-LAST/TOTAL', found '%.*s'",
                        (int)(found->content_range.len < 60 ? found->content_range.len : 60),
                        found->content_range.ptr);
    msig_status status = check_extent(wanted, range, err);
    if (status != MSIG_OK)
        return status;
    uint64_t bytes = range->last - range->first + 1;
    if (found->has_length && found->length != bytes)
        return MISMATCH("range: expected Content-Length %" PRIu64 ", found %" PRIu64, bytes,
                        found->length);
    if (wanted->validator.len && found->etag.len &&
        !msig_span_equal(msig_headers_etag(wanted->validator), msig_headers_etag(found->etag)))
        return MISMATCH("range: the file changed meanwhile (another ETag)");
    return MSIG_OK;
}
