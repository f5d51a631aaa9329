#include "format/safetensors_header.h"

#include <inttypes.h>
#include <string.h>

#include "format/dtype.h"

enum { HAS_DTYPE = 1, HAS_SHAPE = 2, HAS_OFFSETS = 4, HAS_ALL = 7 };

static msig_status next(msig_header *h, msig_json_event *event, msig_err *err) {
    return msig_json_next(&h->json, event, err);
}

static bool number(const msig_json_event *event, uint64_t *value) {
    if (event->kind == MSIG_JSON_NATURAL)
        *value = event->number.natural;
    else if (event->kind == MSIG_JSON_INTEGER && event->text.ptr[0] != '-')
        *value = (uint64_t)event->number.integer;
    else
        return false;
    return true;
}

/* Reads numbers up to the end of an array that `event` began, into dims or ends. */
static msig_status numbers(msig_header *h, msig_header_draft *d, const msig_json_event *event,
                           bool shape, msig_err *err) {
    const char *what = shape ? "shape" : "data_offsets";
    size_t count = 0;
    if (event->kind != MSIG_JSON_ARRAY)
        return BAD(event->offset, "tensor '%.*s': expected an array as %s", SHOWN(d->name), what);
    for (;; count++) {
        msig_json_event item;
        uint64_t value;
        msig_status status = next(h, &item, err);
        if (status != MSIG_OK)
            return status;
        if (item.kind == MSIG_JSON_ARRAY_END)
            break;
        if (!number(&item, &value))
            return BAD(item.offset, "tensor '%.*s': expected a whole number in %s", SHOWN(d->name),
                       what);
        if (shape) {
            if (!msig_grow(&h->manifest->alloc, &h->dims, &h->dim_capacity, count + 1,
                           sizeof *h->dims))
                return msig_err_nomem(err);
            h->dims[count] = value;
        } else if (count < 2) {
            d->ends[count] = value;
            d->end_texts[count] = item.text;
        }
    }
    if (shape)
        h->rank = count;
    else if (count != 2)
        return BAD(event->offset, "tensor '%.*s': expected 2 data_offsets, found %zu",
                   SHOWN(d->name), count);
    d->has |= shape ? HAS_SHAPE : HAS_OFFSETS;
    return MSIG_OK;
}

static msig_status dtype_name(msig_header *h, msig_header_draft *d, const msig_json_event *event,
                              msig_err *err) {
    d->dtype = msig_dtype_find(event->text);
    d->has |= HAS_DTYPE;
    if (d->dtype < MSIG_DTYPE_SAFETENSORS)
        return MSIG_OK;
    if (!h->unknown_dtypes)
        return msig_err_set(err, MSIG_EMALFORMED, (int64_t)event->offset,
                            "tensor '%.*s': expected one of the %u dtypes, found '%.*s'",
                            SHOWN(d->name), MSIG_DTYPE_SAFETENSORS, SHOWN(event->text));
    msig_header_note(h, MSIG_ODD_UNKNOWN_DTYPE, event->offset, d->name);
    d->dtype = msig_manifest_dtype(h->manifest, event->text);
    return d->dtype == MSIG_NONE ? msig_err_nomem(err) : MSIG_OK;
}

/* A dtype is a string, or {"F32": null}, which the official parser accepts, too. */
static msig_status dtype(msig_header *h, msig_header_draft *d, msig_json_event *event,
                         msig_err *err) {
    uint64_t offset = event->offset;
    if (event->kind == MSIG_JSON_STRING)
        return dtype_name(h, d, event, err);
    if (event->kind != MSIG_JSON_OBJECT)
        return BAD(offset, "tensor '%.*s': expected a string as dtype", SHOWN(d->name));
    msig_header_note(h, MSIG_ODD_DTYPE_OBJECT, offset, d->name);
    msig_status status = next(h, event, err);
    if (status == MSIG_OK && event->kind != MSIG_JSON_KEY)
        return BAD(offset, "tensor '%.*s': expected a name in dtype", SHOWN(d->name));
    if (status == MSIG_OK)
        status = dtype_name(h, d, event, err);
    if (status == MSIG_OK)
        status = next(h, event, err);
    bool is_null = status == MSIG_OK && event->kind == MSIG_JSON_NULL;
    if (is_null)
        status = next(h, event, err);
    if (status == MSIG_OK && (!is_null || event->kind != MSIG_JSON_OBJECT_END))
        return BAD(offset, "tensor '%.*s': expected one null in dtype", SHOWN(d->name));
    return status;
}

static msig_status field(msig_header *h, msig_header_draft *d, unsigned which,
                         msig_json_event *event, msig_err *err) {
    if (d->has & which)
        return BAD(event->offset, "tensor '%.*s': the same key twice", SHOWN(d->name));
    if (which == HAS_DTYPE)
        return dtype(h, d, event, err);
    return numbers(h, d, event, which == HAS_SHAPE, err);
}

static unsigned field_of(msig_span key) {
    if (msig_span_equal(key, msig_span_of("dtype")))
        return HAS_DTYPE;
    if (msig_span_equal(key, msig_span_of("shape")))
        return HAS_SHAPE;
    if (msig_span_equal(key, msig_span_of("data_offsets")))
        return HAS_OFFSETS;
    return 0;
}

/* Skips an unknown value; the official parser refuses numbers beyond a double even there. */
static msig_status skip_value(msig_header *h, msig_json_event *event, msig_err *err) {
    size_t outside = h->json.depth;
    if (event->kind == MSIG_JSON_OBJECT || event->kind == MSIG_JSON_ARRAY)
        outside--;
    for (;;) {
        if (event->marks & MSIG_JSON_OVERFLOW)
            return BAD(event->offset, "expected a number within double, found a larger one");
        if (h->json.depth <= outside)
            return MSIG_OK;
        msig_status status = next(h, event, err);
        if (status != MSIG_OK)
            return status;
    }
}

static msig_status object_form(msig_header *h, msig_header_draft *d, msig_err *err) {
    for (;;) {
        msig_json_event event;
        msig_status status = next(h, &event, err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_OBJECT_END)
            return status;
        unsigned which = field_of(event.text);
        if (!which)
            msig_header_note(h, MSIG_ODD_UNKNOWN_KEY, event.offset, d->name);
        status = next(h, &event, err);
        if (status == MSIG_OK)
            status = which ? field(h, d, which, &event, err) : skip_value(h, &event, err);
        if (status != MSIG_OK)
            return status;
    }
}

static msig_status array_form(msig_header *h, msig_header_draft *d, msig_err *err) {
    static const unsigned order[] = {HAS_DTYPE, HAS_SHAPE, HAS_OFFSETS};
    msig_json_event event;
    msig_status status = MSIG_OK;
    for (size_t i = 0; i < 3 && status == MSIG_OK; i++) {
        status = next(h, &event, err);
        if (status == MSIG_OK && event.kind == MSIG_JSON_ARRAY_END)
            return BAD(event.offset, "tensor '%.*s': expected 3 items, found %zu", SHOWN(d->name),
                       i);
        if (status == MSIG_OK)
            status = field(h, d, order[i], &event, err);
    }
    if (status == MSIG_OK)
        status = next(h, &event, err);
    if (status == MSIG_OK && event.kind != MSIG_JSON_ARRAY_END)
        return BAD(event.offset, "tensor '%.*s': expected 3 items, found more", SHOWN(d->name));
    return status;
}

static msig_status add_member(msig_header *h, const msig_header_draft *d, msig_err *err) {
    uint64_t bytes;
    const char *message;
    uint64_t extent = d->ends[1] - d->ends[0];
    if (d->ends[1] < d->ends[0])
        return BAD(d->offset, "tensor '%.*s': data_offsets end before they begin", SHOWN(d->name));
    if (d->dtype >= MSIG_DTYPE_SAFETENSORS)
        bytes = extent;
    else if (!msig_dtype_measure(d->dtype, h->dims, (uint32_t)h->rank, &bytes, &message))
        return BAD(d->offset, "tensor '%.*s': shape and dtype give %s", SHOWN(d->name), message);
    if (bytes != extent)
        return BAD(d->offset, "tensor '%.*s': expected %" PRIu64 " bytes, found %" PRIu64,
                   SHOWN(d->name), bytes, extent);
    msig_manifest_build *b = h->build;
    msig_status status =
        msig_manifest_classify(b, d->name, d->dtype, h->dims, (uint32_t)h->rank, bytes, err);
    if (status != MSIG_OK)
        return status;
    b->members[b->member_count - 1].begin = d->ends[0];
    b->members[b->member_count - 1].end = d->ends[1];
    return MSIG_OK;
}

msig_status msig_header_tensor(msig_header *h, msig_header_draft *d, msig_err *err) {
    msig_json_event event;
    msig_status status = next(h, &event, err);
    if (status != MSIG_OK)
        return status;
    uint64_t offset = event.offset;
    if (event.kind == MSIG_JSON_OBJECT)
        status = object_form(h, d, err);
    else if (event.kind == MSIG_JSON_ARRAY) {
        msig_header_note(h, MSIG_ODD_ARRAY, offset, d->name);
        status = array_form(h, d, err);
    } else {
        return BAD(offset, "tensor '%.*s': expected an object", SHOWN(d->name));
    }
    if (status != MSIG_OK)
        return status;
    if (d->has != HAS_ALL)
        return BAD(offset, "tensor '%.*s': expected dtype, shape and data_offsets", SHOWN(d->name));
    return add_member(h, d, err);
}
