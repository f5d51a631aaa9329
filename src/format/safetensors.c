#include "format/safetensors.h"

#include <inttypes.h>
#include <string.h>

#include "base/cursor.h"
#include "format/safetensors_header.h"
#include "format/sniff.h"

#define DEEPEST 127 /* as the official parser's JSON library */

static msig_status next(msig_header *h, msig_json_event *event, msig_err *err) {
    return msig_json_next(&h->json, event, err);
}

/* ---- the JSON text ---- */

/* Reads the pairs of __metadata__ up to its end. */
static msig_status pairs(msig_header *h, msig_intern *seen, msig_err *err) {
    msig_json_event event;
    for (;;) {
        msig_status status = next(h, &event, err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_OBJECT_END)
            return status;
        size_t before = seen->count;
        uint32_t id = msig_intern_put(seen, event.text);
        if (id == MSIG_NONE)
            return msig_err_nomem(err);
        if (id < before)
            msig_header_note(h, MSIG_ODD_METADATA_DUPLICATE, event.offset, seen->spans[id]);
        status = next(h, &event, err);
        if (status != MSIG_OK)
            return status;
        if (event.kind != MSIG_JSON_STRING)
            return BAD(event.offset, "__metadata__: expected a string as value");
    }
}

static msig_status metadata(msig_header *h, uint64_t offset, msig_err *err) {
    msig_json_event event;
    msig_span nothing = {"", 0};
    if (h->has_metadata)
        return BAD(offset, "__metadata__ twice");
    h->has_metadata = true;
    msig_status status = next(h, &event, err);
    if (status != MSIG_OK)
        return status;
    if (event.kind == MSIG_JSON_NULL) {
        msig_header_note(h, MSIG_ODD_METADATA_NULL, event.offset, nothing);
        return MSIG_OK;
    }
    if (event.kind != MSIG_JSON_OBJECT)
        return BAD(event.offset, "__metadata__: expected an object");
    msig_intern seen;
    const char *begin = h->json.buf + h->json.pos - 1;
    msig_intern_init(&seen, &h->manifest->alloc, &h->names);
    status = pairs(h, &seen, err);
    msig_intern_clear(&seen);
    h->metadata.ptr = begin;
    h->metadata.len = (size_t)(h->json.buf + h->json.pos - begin);
    return status;
}

static bool odd_name(msig_span name) {
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
            return true;
    return name.len == 0;
}

/* Reads one member; `begin` is the end of the one before. A text that gave rise to a finding is not
 * remembered: each such member must be counted. */
static msig_status member(msig_header *h, const char *begin, const msig_json_event *event,
                          msig_err *err) {
    msig_header_draft d = {0};
    msig_template *before = h->last;
    size_t noted = h->oddities;
    bool escaped = event->marks & MSIG_JSON_ESCAPED;
    h->last = NULL;
    d.name = event->text;
    d.offset = event->offset;
    if (msig_span_equal(d.name, msig_span_of("__metadata__")))
        return metadata(h, d.offset, err);
    if (escaped) {
        d.name.ptr = msig_arena_dup(&h->names, d.name.ptr, d.name.len);
        if (!d.name.ptr)
            return msig_err_nomem(err);
    }
    if (odd_name(d.name))
        msig_header_note(h, MSIG_ODD_NAME, d.offset, d.name);
    msig_status status = msig_header_tensor(h, &d, err);
    if (status == MSIG_OK && noted == h->oddities && !escaped)
        msig_header_learn(h, &d, begin, before);
    return status;
}

static msig_status parse(msig_header *h, msig_err *err) {
    msig_json_event event;
    msig_status status = next(h, &event, err);
    if (status == MSIG_OK && event.kind != MSIG_JSON_OBJECT)
        return BAD(event.offset, "header: expected an object");
    while (status == MSIG_OK) {
        status = msig_header_run(h, err);
        const char *begin = h->json.buf + h->json.pos;
        if (status == MSIG_OK)
            status = next(h, &event, err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_OBJECT_END)
            break;
        status = member(h, begin, &event, err);
    }
    if (status == MSIG_OK)
        status = next(h, &event, err);
    return status;
}

/* ---- reading ---- */

/* Gets `len` bytes of JSON at `offset`. */
static msig_status load_text(msig_header *h, msig_source *source, uint64_t offset, uint64_t len,
                             msig_err *err) {
    msig_manifest *m = h->manifest;
    if (len > MSIG_HEADER_LARGEST)
        return msig_err_set(err, MSIG_ELIMIT, 0,
                            "header length %" PRIu64 ", at most 100000000 allowed", len);
    h->text.len = (size_t)len;
    h->text.ptr = msig_source_borrow(source, offset, h->text.len);
    if (h->text.ptr)
        return MSIG_OK;
    if (!msig_grow(&m->alloc, &h->build->text, &h->build->text_size, h->text.len + MSIG_SOURCE_LINE,
                   1))
        return msig_err_nomem(err);
    char *text = h->build->text + msig_source_lies_like(offset, h->build->text);
    h->text.ptr = text;
    return msig_source_read(source, offset, text, h->text.len, err);
}

static msig_status load(msig_header *h, msig_source *source, msig_err *err) {
    uint64_t size = msig_source_size(source);
    unsigned char prefix[MSIG_HEADER_PREFIX];
    uint64_t len = 0;
    if (h->detached)
        return load_text(h, source, 0, size, err);
    if (size < MSIG_HEADER_PREFIX)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)size,
                            "expected 8 bytes of header length, found %" PRIu64, size);
    msig_status status = msig_source_read(source, 0, prefix, MSIG_HEADER_PREFIX, err);
    if (status != MSIG_OK)
        return status;
    msig_cursor cursor = msig_cursor_over(prefix, MSIG_HEADER_PREFIX, 0);
    msig_cursor_u64le(&cursor, &len);
    if (len <= MSIG_HEADER_LARGEST && len > size - MSIG_HEADER_PREFIX)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)size,
                            "expected a header of %" PRIu64 " bytes, found %" PRIu64, len,
                            size - MSIG_HEADER_PREFIX);
    h->data_size = size - MSIG_HEADER_PREFIX - len;
    return load_text(h, source, MSIG_HEADER_PREFIX, len, err);
}

static msig_status read_header(msig_header *h, msig_err *err) {
    msig_json_options options = {0, DEEPEST, SIZE_MAX, false};
    msig_status status = msig_json_open_text(&h->json, &h->manifest->alloc, h->text,
                                             MSIG_HEADER_PREFIX, &options, err);
    if (status == MSIG_OK)
        status = parse(h, err);
    if (status == MSIG_OK)
        status = msig_header_drop_duplicates(h, err);
    if (status == MSIG_OK)
        status = msig_header_check_places(h, err);
    if (status == MSIG_OK && !h->detached)
        msig_header_note_frame(h);
    if (status == MSIG_OK)
        status = msig_header_report(h, err);
    msig_json_close(&h->json);
    return status;
}

static size_t kept_members(const msig_header *h) {
    size_t kept = 0;
    for (size_t i = 0; i < h->build->member_count; i++)
        kept += !h->build->members[i].dropped;
    return kept;
}

static msig_status read(msig_header *h, msig_source *source, msig_safetensors_info *info,
                        msig_err *err) {
    msig_manifest *m = h->manifest;
    h->metadata.ptr = "";
    msig_status status = msig_manifest_begin(m, &h->build, err);
    if (status != MSIG_OK)
        return status;
    msig_arena_init(&h->names, &m->alloc);
    status = load(h, source, err);
    if (status == MSIG_OK)
        status = read_header(h, err);
    if (status != MSIG_OK)
        status = msig_sniff_explain(source, "safetensors", status, err);
    size_t kept = kept_members(h);
    if (status == MSIG_OK)
        status = msig_manifest_commit(h->build, h->file, err);
    if (status == MSIG_OK) {
        info->tensors = kept;
        info->header_bytes =
            h->detached ? h->file_size - MSIG_HEADER_PREFIX - h->data_end : h->text.len;
        info->metadata = h->metadata;
    }
    msig_free(&m->alloc, h->dims, h->dim_capacity, sizeof *h->dims);
    msig_arena_clear(&h->names);
    return status;
}

msig_status msig_safetensors_read(msig_manifest *manifest, msig_source *source, msig_span file,
                                  const msig_safetensors_options *options,
                                  msig_safetensors_info *info, msig_err *err) {
    msig_header h = {.manifest = manifest, .unknown_dtypes = options->unknown_dtypes, .file = file};
    return read(&h, source, info, err);
}

msig_status msig_safetensors_read_detached(msig_manifest *manifest, msig_source *source,
                                           uint64_t file_size, msig_span file,
                                           const msig_safetensors_options *options,
                                           msig_safetensors_info *info, msig_err *err) {
    msig_header h = {.manifest = manifest, .unknown_dtypes = options->unknown_dtypes, .file = file};
    h.detached = true;
    h.file_size = file_size;
    return read(&h, source, info, err);
}
