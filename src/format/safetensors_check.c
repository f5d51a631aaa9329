#include "format/safetensors_header.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "format/dtype.h"

static bool same_name(const void *ctx, uint32_t id, const void *wanted) {
    const msig_member *a = &((const msig_header *)ctx)->build->members[id];
    const msig_member *b = wanted;
    return msig_span_equal(a->name, b->name);
}

static bool ascends_by_number(const msig_member *a, const msig_member *b) {
    if (!a->exact || !b->exact || a->indices == 0)
        return false;
    if (a->index[0] != b->index[0] || a->indices < 2)
        return a->index[0] < b->index[0];
    return a->index[1] < b->index[1];
}

static bool ascends_by_text(const msig_member *a, const msig_member *b) {
    return msig_span_order(a->name, b->name) < 0;
}

/* Tells whether the names of each key ascend, so that none comes twice: equal names have equal
 * keys. Writers sort, by number or by text, so this nearly always spares a table of all names. */
static bool all_ascend(msig_header *h, bool (*ascends)(const msig_member *, const msig_member *)) {
    msig_manifest *m = h->manifest;
    msig_manifest_build *b = h->build;
    size_t check = ++b->checks;
    for (size_t i = 0; i < b->member_count; i++) {
        const msig_member *member = &b->members[i];
        msig_key_build *key = &b->keys[m->variants[member->variant].key];
        if (key->check == check && !ascends(key->before, member))
            return false;
        key->check = check;
        key->before = member;
    }
    return true;
}

/* Goes backwards, so that of equal names the last one of the file stays. */
msig_status msig_header_drop_duplicates(msig_header *h, msig_err *err) {
    if (all_ascend(h, ascends_by_number) || all_ascend(h, ascends_by_text))
        return MSIG_OK;
    msig_slots slots;
    msig_status status = MSIG_OK;
    msig_slots_init(&slots, &h->manifest->alloc);
    for (size_t i = h->build->member_count; i > 0 && status == MSIG_OK; i--) {
        msig_member *m = &h->build->members[i - 1];
        uint64_t hash = msig_hash(m->name.ptr, m->name.len, h->build->seed);
        if (msig_slots_find(&slots, hash, same_name, h, m) != MSIG_NONE) {
            m->dropped = true;
            msig_header_note(h, MSIG_ODD_DUPLICATE, MSIG_HEADER_PREFIX, m->name);
        } else if (!msig_slots_add(&slots, hash, (uint32_t)(i - 1))) {
            status = msig_err_nomem(err);
        }
    }
    msig_slots_clear(&slots);
    return status;
}

static void note_misaligned(msig_header *h, const msig_member *m) {
    uint32_t kind = h->manifest->variants[m->variant].dtype;
    const msig_dtype *row = kind < MSIG_DTYPE_SAFETENSORS ? msig_dtype_row(kind) : NULL;
    if (row && row->items == 1 && m->begin % row->bytes != 0)
        msig_header_note(h, MSIG_ODD_MISALIGNED, MSIG_HEADER_PREFIX, m->name);
}

/* Data must be covered from 0 to its end without holes or overlaps, in the order of `list` (NULL:
 * that of the members). */
static const msig_member *first_gap(const msig_header *h, const msig_member *const *list,
                                    size_t count, uint64_t *end) {
    *end = 0;
    for (size_t i = 0; i < count; i++) {
        const msig_member *m = list ? list[i] : &h->build->members[i];
        if (m->dropped)
            continue;
        if (m->begin != *end)
            return m;
        *end = m->end;
    }
    return NULL;
}

static int by_place(const void *a, const void *b) {
    const msig_member *x = *(const msig_member *const *)a;
    const msig_member *y = *(const msig_member *const *)b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* Looks for a gap in the order of the places. */
static msig_status sorted_gap(msig_header *h, const msig_member **gap, uint64_t *end,
                              msig_err *err) {
    const msig_alloc *alloc = &h->manifest->alloc;
    const msig_member **list = msig_resize(alloc, NULL, 0, h->build->member_count, sizeof *list);
    if (!list)
        return msig_err_nomem(err);
    for (size_t i = 0; i < h->build->member_count; i++)
        list[i] = &h->build->members[i];
    qsort(list, h->build->member_count, sizeof *list, by_place);
    *gap = first_gap(h, list, h->build->member_count, end);
    msig_free(alloc, list, h->build->member_count, sizeof *list);
    return MSIG_OK;
}

/* What is left of the file beside its data must be a possible header. */
static msig_status check_file_size(const msig_header *h, msig_err *err) {
    const uint64_t least = MSIG_HEADER_PREFIX + 2;
    uint64_t rest = h->file_size >= h->data_end ? h->file_size - h->data_end : 0;
    if (rest < least || rest - MSIG_HEADER_PREFIX > MSIG_HEADER_LARGEST)
        return msig_err_set(err, MSIG_EMISMATCH, MSIG_NO_OFFSET,
                            "expected %" PRIu64
                            " bytes of data and a header, found a file of %" PRIu64,
                            h->data_end, h->file_size);
    return MSIG_OK;
}

msig_status msig_header_check_places(msig_header *h, msig_err *err) {
    uint64_t end;
    uint64_t data = MSIG_HEADER_PREFIX + h->text.len;
    for (size_t i = 0; i < h->build->member_count; i++)
        if (!h->build->members[i].dropped)
            note_misaligned(h, &h->build->members[i]);
    const msig_member *gap = first_gap(h, NULL, h->build->member_count, &end);
    msig_status status = gap ? sorted_gap(h, &gap, &end, err) : MSIG_OK;
    if (status != MSIG_OK)
        return status;
    h->data_end = end;
    if (gap)
        return BAD(data + (gap->begin < h->data_size ? gap->begin : h->data_size),
                   "tensor '%.*s': expected data_offsets from %" PRIu64 ", found %" PRIu64,
                   SHOWN(gap->name), end, gap->begin);
    if (h->detached)
        return check_file_size(h, err);
    if (end > h->data_size)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)(data + h->data_size),
                            "expected %" PRIu64 " bytes of data, found %" PRIu64, end,
                            h->data_size);
    if (end < h->data_size)
        return BAD(data + end, "expected the file's end, found %" PRIu64 " bytes more",
                   h->data_size - end);
    return MSIG_OK;
}
