#include "format/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/key.h"
#include "base/utf8.h"
#include "format/dtype.h"
#include "format/json.h"
#include "format/sniff.h"
#include "format/template.h"

#define LARGEST_HEADER UINT64_C(100000000) /* as the official parser */
#define LARGE_HEADER UINT64_C(25000000)    /* where the Hub's readers give up */
#define DEEPEST 127                        /* as the official parser's JSON library */
#define PREFIX 8
#define MOST_TEMPLATES 16384

/* Oddities that are read all the same: counted, with the first one kept. */
typedef enum oddity {
    ODD_LEADING_SPACE,
    ODD_PADDING,
    ODD_LARGE_HEADER,
    ODD_DUPLICATE,
    ODD_ARRAY,
    ODD_UNKNOWN_KEY,
    ODD_DTYPE_OBJECT,
    ODD_UNKNOWN_DTYPE,
    ODD_METADATA_NULL,
    ODD_METADATA_DUPLICATE,
    ODD_NAME,
    ODD_MISALIGNED,
    ODD_COUNT
} oddity;

static const struct {
    const char *code, *text;
} oddities[ODD_COUNT] = {
    [ODD_LEADING_SPACE] = {"leading_space", "white space before the header's '{'"},
    [ODD_PADDING] = {"padding", "a header padded with something else than spaces"},
    [ODD_LARGE_HEADER] = {"large_header", "a header above 25,000,000 bytes"},
    [ODD_DUPLICATE] = {"duplicate_name", "a tensor name twice, the last one counts"},
    [ODD_ARRAY] = {"array_form", "a tensor written as an array"},
    [ODD_UNKNOWN_KEY] = {"unknown_key", "a key that the format does not have"},
    [ODD_DTYPE_OBJECT] = {"dtype_form", "a dtype written as an object"},
    [ODD_UNKNOWN_DTYPE] = {"unknown_dtype", "a dtype that the format does not have"},
    [ODD_METADATA_NULL] = {"metadata_null", "__metadata__ is null"},
    [ODD_METADATA_DUPLICATE] = {"duplicate_key", "a key twice in __metadata__, the last one counts"},
    [ODD_NAME] = {"odd_name", "an empty tensor name or one with control characters"},
    [ODD_MISALIGNED] = {"misaligned", "a tensor whose data is not aligned to its elements"},
};

typedef struct header {
    msig_manifest *manifest;
    const msig_safetensors_options *options;
    msig_span file;
    const char *text; /* the JSON, kept by the manifest */
    size_t len;
    uint64_t data_size;
    msig_json json;
    msig_member *members;
    size_t count, capacity;
    uint64_t *dims;
    size_t rank, dim_capacity;
    bool has_metadata;
    msig_span metadata;
    msig_template *last; /* of the member before */
    struct {
        size_t count;
        uint64_t offset;
        msig_span name;
    } odd[ODD_COUNT];
} header;

static void note(header *h, oddity odd, uint64_t offset, msig_span name) {
    if (h->odd[odd].count++ == 0) {
        h->odd[odd].offset = offset;
        h->odd[odd].name = name;
    }
}

static int shown(msig_span text) {
    return (int)(text.len < 60 ? text.len : 60);
}

#define BAD(offset, ...) msig_err_set(err, MSIG_EMALFORMED, (int64_t)(offset), __VA_ARGS__)

/* ---- one tensor ---- */

enum { HAS_DTYPE = 1, HAS_SHAPE = 2, HAS_OFFSETS = 4, HAS_ALL = 7 };

typedef struct draft {
    msig_span name;
    uint64_t offset; /* of the name in the file */
    unsigned has;
    uint32_t dtype;
    uint64_t ends[2];
    msig_hole end_holes[2];
} draft;

static msig_status next(header *h, msig_json_event *event, msig_err *err) {
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
static msig_status numbers(header *h, draft *d, const msig_json_event *event, bool shape,
                           msig_err *err) {
    const char *what = shape ? "shape" : "data_offsets";
    size_t count = 0;
    if (event->kind != MSIG_JSON_ARRAY)
        return BAD(event->offset, "tensor '%.*s': expected an array as %s", shown(d->name),
                   d->name.ptr, what);
    for (;; count++) {
        msig_json_event item;
        uint64_t value;
        msig_status status = next(h, &item, err);
        if (status != MSIG_OK)
            return status;
        if (item.kind == MSIG_JSON_ARRAY_END)
            break;
        if (!number(&item, &value))
            return BAD(item.offset, "tensor '%.*s': expected a whole number in %s", shown(d->name),
                       d->name.ptr, what);
        if (shape) {
            if (!msig_grow(&h->manifest->alloc, &h->dims, &h->dim_capacity, count + 1,
                           sizeof *h->dims))
                return msig_err_nomem(err);
            h->dims[count] = value;
        } else if (count < 2) {
            d->ends[count] = value;
            d->end_holes[count].ptr = item.text.ptr;
            d->end_holes[count].len = item.text.len;
        }
    }
    if (shape)
        h->rank = count;
    else if (count != 2)
        return BAD(event->offset, "tensor '%.*s': expected 2 data_offsets, found %zu",
                   shown(d->name), d->name.ptr, count);
    d->has |= shape ? HAS_SHAPE : HAS_OFFSETS;
    return MSIG_OK;
}

static msig_status dtype_name(header *h, draft *d, const msig_json_event *event, msig_err *err) {
    d->dtype = msig_dtype_find(event->text);
    d->has |= HAS_DTYPE;
    if (d->dtype < MSIG_DTYPE_COUNT)
        return MSIG_OK;
    if (!h->options->unknown_dtypes)
        return msig_err_set(err, MSIG_EMALFORMED, (int64_t)event->offset,
                            "tensor '%.*s': expected one of the 22 dtypes, found '%.*s'",
                            shown(d->name), d->name.ptr, shown(event->text), event->text.ptr);
    note(h, ODD_UNKNOWN_DTYPE, event->offset, d->name);
    d->dtype = msig_manifest_dtype(h->manifest, event->text);
    return d->dtype == MSIG_NONE ? msig_err_nomem(err) : MSIG_OK;
}

/* A dtype is a string, or, by the official parser's grace, {"F32": null}. */
static msig_status dtype(header *h, draft *d, msig_json_event *event, msig_err *err) {
    uint64_t offset = event->offset;
    if (event->kind == MSIG_JSON_STRING)
        return dtype_name(h, d, event, err);
    if (event->kind != MSIG_JSON_OBJECT)
        return BAD(offset, "tensor '%.*s': expected a string as dtype", shown(d->name),
                   d->name.ptr);
    note(h, ODD_DTYPE_OBJECT, offset, d->name);
    msig_status status = next(h, event, err);
    if (status == MSIG_OK && event->kind != MSIG_JSON_KEY)
        return BAD(offset, "tensor '%.*s': expected a name in dtype", shown(d->name), d->name.ptr);
    if (status == MSIG_OK)
        status = dtype_name(h, d, event, err);
    if (status == MSIG_OK)
        status = next(h, event, err);
    bool is_null = status == MSIG_OK && event->kind == MSIG_JSON_NULL;
    if (is_null)
        status = next(h, event, err);
    if (status == MSIG_OK && (!is_null || event->kind != MSIG_JSON_OBJECT_END))
        return BAD(offset, "tensor '%.*s': expected one null in dtype", shown(d->name),
                   d->name.ptr);
    return status;
}

static msig_status field(header *h, draft *d, unsigned which, msig_json_event *event,
                         msig_err *err) {
    if (d->has & which)
        return BAD(event->offset, "tensor '%.*s': the same key twice", shown(d->name), d->name.ptr);
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
static msig_status skip_value(header *h, msig_json_event *event, msig_err *err) {
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

static msig_status object_form(header *h, draft *d, msig_err *err) {
    for (;;) {
        msig_json_event event;
        msig_status status = next(h, &event, err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_OBJECT_END)
            return status;
        unsigned which = field_of(event.text);
        if (!which)
            note(h, ODD_UNKNOWN_KEY, event.offset, d->name);
        status = next(h, &event, err);
        if (status == MSIG_OK)
            status = which ? field(h, d, which, &event, err) : skip_value(h, &event, err);
        if (status != MSIG_OK)
            return status;
    }
}

static msig_status array_form(header *h, draft *d, msig_err *err) {
    static const unsigned order[] = {HAS_DTYPE, HAS_SHAPE, HAS_OFFSETS};
    msig_json_event event;
    msig_status status = MSIG_OK;
    for (size_t i = 0; i < 3 && status == MSIG_OK; i++) {
        status = next(h, &event, err);
        if (status == MSIG_OK && event.kind == MSIG_JSON_ARRAY_END)
            return BAD(event.offset, "tensor '%.*s': expected 3 items, found %zu", shown(d->name),
                       d->name.ptr, i);
        if (status == MSIG_OK)
            status = field(h, d, order[i], &event, err);
    }
    if (status == MSIG_OK)
        status = next(h, &event, err);
    if (status == MSIG_OK && event.kind != MSIG_JSON_ARRAY_END)
        return BAD(event.offset, "tensor '%.*s': expected 3 items, found more", shown(d->name),
                   d->name.ptr);
    return status;
}

static msig_status add_member(header *h, const draft *d, msig_err *err) {
    uint64_t bytes;
    const char *why;
    uint64_t extent = d->ends[1] - d->ends[0];
    if (d->ends[1] < d->ends[0])
        return BAD(d->offset, "tensor '%.*s': data_offsets end before they begin", shown(d->name),
                   d->name.ptr);
    if (d->dtype >= MSIG_DTYPE_COUNT)
        bytes = extent;
    else if (!msig_manifest_bytes(d->dtype, h->dims, (uint32_t)h->rank, &bytes, &why))
        return BAD(d->offset, "tensor '%.*s': shape and dtype give %s", shown(d->name), d->name.ptr,
                   why);
    if (bytes != extent)
        return BAD(d->offset, "tensor '%.*s': expected %" PRIu64 " bytes, found %" PRIu64,
                   shown(d->name), d->name.ptr, bytes, extent);
    if (!msig_grow(&h->manifest->alloc, &h->members, &h->capacity, h->count + 1,
                   sizeof *h->members))
        return msig_err_nomem(err);
    msig_member *member = &h->members[h->count];
    memset(member, 0, sizeof *member);
    member->name = d->name.ptr;
    member->name_len = (uint32_t)d->name.len;
    member->begin = d->ends[0];
    member->end = d->ends[1];
    msig_status status = msig_manifest_classify(h->manifest, member, d->dtype, h->dims,
                                                (uint32_t)h->rank, bytes, err);
    if (status == MSIG_OK)
        h->count++;
    return status;
}

static msig_status tensor(header *h, draft *d, msig_err *err) {
    msig_json_event event;
    msig_status status = next(h, &event, err);
    if (status != MSIG_OK)
        return status;
    uint64_t offset = event.offset;
    if (event.kind == MSIG_JSON_OBJECT)
        status = object_form(h, d, err);
    else if (event.kind == MSIG_JSON_ARRAY) {
        note(h, ODD_ARRAY, offset, d->name);
        status = array_form(h, d, err);
    } else {
        return BAD(offset, "tensor '%.*s': expected an object", shown(d->name), d->name.ptr);
    }
    if (status != MSIG_OK)
        return status;
    if (d->has != HAS_ALL)
        return BAD(offset, "tensor '%.*s': expected dtype, shape and data_offsets", shown(d->name),
                   d->name.ptr);
    return add_member(h, d, err);
}

/* ---- the fast way ---- */

static size_t odd_total(const header *h) {
    size_t total = 0;
    for (int i = 0; i < ODD_COUNT; i++)
        total += h->odd[i].count;
    return total;
}

static msig_template *make_template(header *h, const draft *d, const char *begin) {
    msig_manifest *m = h->manifest;
    msig_key_indices indices;
    msig_hole holes[MSIG_TEMPLATE_HOLES];
    if (m->template_count >= MOST_TEMPLATES ||
        !msig_grow(&m->alloc, &m->scratch, &m->scratch_size, d->name.len, 1))
        return NULL;
    msig_key_abstract(d->name, m->scratch, &indices);
    if (!indices.exact || indices.count > MSIG_TEMPLATE_HOLES - 2)
        return NULL;
    for (size_t i = 0; i < indices.count; i++) {
        holes[i].ptr = d->name.ptr + indices.at[i];
        holes[i].len = indices.digits[i];
    }
    holes[indices.count] = d->end_holes[0];
    holes[indices.count + 1] = d->end_holes[1];
    m->template_count++;
    return msig_template_new(&m->arena, begin, h->json.buf + h->json.pos, holes, indices.count + 2,
                             d->name.ptr, d->name.ptr + d->name.len);
}

/* Finds or makes the template of the member that the general reader just read from `begin` on, and
 * remembers that it followed `before`. A text that gave rise to a finding has none: each such member
 * must be counted. */
static void learn(header *h, const draft *d, const char *begin, msig_template *before) {
    uint32_t id = h->members[h->count - 1].variant;
    msig_variant *variant = &h->manifest->variants[id];
    msig_template_match match;
    msig_template *t = variant->template;
    if (!t || !msig_template_try(t, begin, h->json.buf + h->json.len, &match)) {
        t = make_template(h, d, begin);
        if (!t)
            return;
        t->variant = id;
        variant->template = t;
    }
    if (before && before->next[0] != t) {
        before->next[1] = before->next[0];
        before->next[0] = t;
    }
    h->last = t;
}

static bool take_match(header *h, msig_template *t, const msig_template_match *match) {
    const msig_variant *variant = &h->manifest->variants[t->variant];
    uint32_t indices = t->holes - 2;
    uint64_t begin = match->value[indices];
    uint64_t end = match->value[indices + 1];
    /* Anything wrong goes to the general reader, which says what it is. */
    if (end < begin || end - begin != variant->bytes || h->count >= h->capacity)
        return false;
    msig_member *member = &h->members[h->count++];
    member->name = match->name;
    member->name_len = (uint32_t)match->name_len;
    member->variant = t->variant;
    member->indices = indices;
    for (uint32_t i = 0; i < indices; i++)
        member->index[i] = (uint32_t)match->value[i];
    member->exact = true;
    member->dropped = false;
    member->begin = begin;
    member->end = end;
    return true;
}

/* Reads as many members as agree with the templates that followed each other before. The reader
 * stands behind a member and stays in that state. */
static msig_status run(header *h, msig_err *err) {
    const char *end = h->json.buf + h->json.len;
    while (h->last) {
        msig_template_match match;
        const char *ptr = h->json.buf + h->json.pos;
        msig_template *t = h->last->next[0];
        const char *behind = t ? msig_template_try(t, ptr, end, &match) : NULL;
        if (!behind && (t = h->last->next[1]) != NULL) {
            behind = msig_template_try(t, ptr, end, &match);
            if (behind) {
                h->last->next[1] = h->last->next[0];
                h->last->next[0] = t;
            }
        }
        if (!behind)
            return MSIG_OK;
        if (h->count == h->capacity &&
            !msig_grow(&h->manifest->alloc, &h->members, &h->capacity, h->count + 1,
                       sizeof *h->members))
            return msig_err_nomem(err);
        if (!take_match(h, t, &match))
            return MSIG_OK;
        h->json.pos += (size_t)(behind - ptr);
        h->last = t;
    }
    return MSIG_OK;
}

/* ---- the whole header ---- */

static msig_status metadata(header *h, uint64_t offset, msig_err *err) {
    msig_json_event event;
    if (h->has_metadata)
        return BAD(offset, "__metadata__ twice");
    h->has_metadata = true;
    msig_status status = next(h, &event, err);
    if (status != MSIG_OK)
        return status;
    msig_span nothing = {"", 0};
    if (event.kind == MSIG_JSON_NULL) {
        note(h, ODD_METADATA_NULL, event.offset, nothing);
        return MSIG_OK;
    }
    if (event.kind != MSIG_JSON_OBJECT)
        return BAD(event.offset, "__metadata__: expected an object");
    const char *begin = h->json.buf + h->json.pos - 1;
    while ((status = next(h, &event, err)) == MSIG_OK && event.kind != MSIG_JSON_OBJECT_END) {
        status = next(h, &event, err);
        if (status != MSIG_OK)
            return status;
        if (event.kind != MSIG_JSON_STRING)
            return BAD(event.offset, "__metadata__: expected a string as value");
    }
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

/* Reads one member; `begin` is the end of the one before. */
static msig_status member(header *h, const char *begin, const msig_json_event *event,
                          msig_err *err) {
    draft d = {0};
    msig_template *before = h->last;
    size_t odd = odd_total(h);
    h->last = NULL;
    d.name = event->text;
    d.offset = event->offset;
    if (msig_span_equal(d.name, msig_span_of("__metadata__")))
        return metadata(h, d.offset, err);
    if (event->marks & MSIG_JSON_ESCAPED) {
        d.name.ptr = msig_arena_dup(&h->manifest->arena, d.name.ptr, d.name.len);
        if (!d.name.ptr)
            return msig_err_nomem(err);
    }
    if (odd_name(d.name))
        note(h, ODD_NAME, d.offset, d.name);
    msig_status status = tensor(h, &d, err);
    if (status == MSIG_OK && odd == odd_total(h) && !(event->marks & MSIG_JSON_ESCAPED))
        learn(h, &d, begin, before);
    return status;
}

static void note_frame(header *h) {
    msig_span nothing = {"", 0};
    if (h->text[0] != '{')
        note(h, ODD_LEADING_SPACE, PREFIX, nothing);
    for (size_t i = h->len; i > 0 && h->text[i - 1] != '}'; i--)
        if (h->text[i - 1] != ' ') {
            note(h, ODD_PADDING, PREFIX + i - 1, nothing);
            break;
        }
    if (h->len > LARGE_HEADER)
        note(h, ODD_LARGE_HEADER, 0, nothing);
}

static msig_status parse(header *h, msig_err *err) {
    msig_json_event event;
    msig_status status = next(h, &event, err);
    if (status == MSIG_OK && event.kind != MSIG_JSON_OBJECT)
        return BAD(event.offset, "header: expected an object");
    while (status == MSIG_OK) {
        status = run(h, err);
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

/* ---- checks over all tensors ---- */

static bool same_name(const void *ctx, uint32_t id, const void *wanted) {
    const msig_member *a = &((const header *)ctx)->members[id];
    const msig_member *b = wanted;
    return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

static bool ascends_by_number(const msig_member *a, const msig_member *b) {
    if (!a->exact || !b->exact || a->indices == 0)
        return false;
    if (a->index[0] != b->index[0] || a->indices < 2)
        return a->index[0] < b->index[0];
    return a->index[1] < b->index[1];
}

static bool ascends_by_text(const msig_member *a, const msig_member *b) {
    msig_span x = {a->name, a->name_len};
    msig_span y = {b->name, b->name_len};
    return msig_span_order(x, y) < 0;
}

/* Tells whether the names of each key ascend, so that none comes twice: equal names have equal
 * keys. Writers sort, by number or by text, so this nearly always spares a table of all names. */
static bool all_ascend(header *h, bool (*ascends)(const msig_member *, const msig_member *)) {
    msig_manifest *m = h->manifest;
    bool all = true;
    for (size_t i = 0; i < h->count && all; i++) {
        msig_key_stats *stats = &m->key_stats[m->variants[h->members[i].variant].key];
        all = !stats->before || ascends(stats->before, &h->members[i]);
        stats->before = &h->members[i];
    }
    for (size_t i = 0; i < h->count; i++)
        m->key_stats[m->variants[h->members[i].variant].key].before = NULL;
    return all;
}

/* Drops all but the last tensor of each name. Goes backwards: who comes first, stays. */
static msig_status drop_duplicates(header *h, msig_err *err) {
    if (all_ascend(h, ascends_by_number) || all_ascend(h, ascends_by_text))
        return MSIG_OK;
    msig_slots slots;
    msig_status status = MSIG_OK;
    msig_slots_init(&slots, &h->manifest->alloc);
    for (size_t i = h->count; i > 0 && status == MSIG_OK; i--) {
        msig_member *m = &h->members[i - 1];
        uint64_t hash = msig_hash(m->name, m->name_len, h->manifest->seed);
        if (msig_slots_find(&slots, hash, same_name, h, m) != MSIG_NONE) {
            msig_span name = {m->name, m->name_len};
            m->dropped = true;
            note(h, ODD_DUPLICATE, PREFIX, name);
        } else if (!msig_slots_add(&slots, hash, (uint32_t)(i - 1))) {
            status = msig_err_nomem(err);
        }
    }
    msig_slots_clear(&slots);
    return status;
}

static int by_place(const void *a, const void *b) {
    const msig_member *x = *(const msig_member *const *)a;
    const msig_member *y = *(const msig_member *const *)b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* Data must be covered from 0 to its end without holes or overlaps, in the order of `list`. */
static const msig_member *first_gap(const msig_member *const *list, size_t count, uint64_t *end) {
    *end = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i]->begin != *end)
            return list[i];
        *end = list[i]->end;
    }
    return NULL;
}

static void note_misaligned(header *h, const msig_member *m) {
    uint32_t kind = h->manifest->variants[m->variant].dtype;
    unsigned bits = kind < MSIG_DTYPE_COUNT ? msig_dtype_bits(kind) : 8;
    if (bits > 8 && m->begin % (bits / 8) != 0) {
        msig_span name = {m->name, m->name_len};
        note(h, ODD_MISALIGNED, PREFIX, name);
    }
}

static msig_status check_places(header *h, msig_err *err) {
    const msig_alloc *alloc = &h->manifest->alloc;
    const msig_member **list = msig_resize(alloc, NULL, 0, h->count, sizeof *list);
    if (!list)
        return msig_err_nomem(err);
    size_t kept = 0;
    uint64_t end;
    for (size_t i = 0; i < h->count; i++) {
        if (h->members[i].dropped)
            continue;
        list[kept++] = &h->members[i];
        note_misaligned(h, &h->members[i]);
    }
    const msig_member *gap = first_gap(list, kept, &end);
    if (gap) {
        qsort(list, kept, sizeof *list, by_place);
        gap = first_gap(list, kept, &end);
    }
    msig_status status = MSIG_OK;
    if (gap)
        status = BAD(PREFIX + h->len + gap->begin,
                     "tensor '%.*s': expected data_offsets from %" PRIu64 ", found %" PRIu64,
                     (int)(gap->name_len < 60 ? gap->name_len : 60), gap->name, end, gap->begin);
    else if (end > h->data_size)
        status = msig_err_set(err, MSIG_ETRUNCATED, (int64_t)(PREFIX + h->len + h->data_size),
                              "expected %" PRIu64 " bytes of data, found %" PRIu64, end,
                              h->data_size);
    else if (end < h->data_size)
        status = BAD(PREFIX + h->len + end, "expected the file's end, found %" PRIu64 " bytes more",
                     h->data_size - end);
    msig_free(alloc, list, h->count, sizeof *list);
    return status;
}

static msig_status report_oddities(header *h, msig_err *err) {
    for (int i = 0; i < ODD_COUNT; i++) {
        if (h->odd[i].count == 0)
            continue;
        msig_span name = h->odd[i].name;
        if (h->options->strict)
            return BAD(h->odd[i].offset, "%s: '%.*s' (strict)", oddities[i].text, shown(name),
                       name.ptr);
        msig_status status =
            name.len ? msig_manifest_find(h->manifest, oddities[i].code, h->file, err,
                                          "%s: '%.*s' (%zu in all)", oddities[i].text, shown(name),
                                          name.ptr, h->odd[i].count)
                     : msig_manifest_find(h->manifest, oddities[i].code, h->file, err, "%s",
                                          oddities[i].text);
        if (status != MSIG_OK)
            return status;
    }
    return MSIG_OK;
}

/* ---- reading ---- */

static msig_status load(header *h, msig_source *source, msig_err *err) {
    uint64_t size = msig_source_size(source);
    unsigned char prefix[PREFIX];
    uint64_t len = 0;
    if (size < PREFIX)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)size,
                            "expected 8 bytes of header length, found %" PRIu64, size);
    msig_status status = msig_source_read(source, 0, prefix, PREFIX, err);
    if (status != MSIG_OK)
        return status;
    msig_cursor cursor = msig_cursor_over(prefix, PREFIX, 0);
    msig_cursor_u64le(&cursor, &len);
    if (len > LARGEST_HEADER)
        return msig_err_set(err, MSIG_ELIMIT, 0,
                            "header length %" PRIu64 ", at most 100000000 allowed", len);
    if (len > size - PREFIX)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)size,
                            "expected a header of %" PRIu64 " bytes, found %" PRIu64, len,
                            size - PREFIX);
    char *text = msig_arena_alloc(&h->manifest->arena, (size_t)len + 1);
    if (!text)
        return msig_err_nomem(err);
    h->text = text;
    h->len = (size_t)len;
    h->data_size = size - PREFIX - len;
    return msig_source_read(source, PREFIX, text, h->len, err);
}

static msig_status read_header(header *h, msig_err *err) {
    msig_json_options options = {0, DEEPEST, SIZE_MAX, false};
    msig_span text = {h->text, h->len};
    msig_status status = msig_json_open_text(&h->json, &h->manifest->alloc, text, PREFIX, &options,
                                             err);
    if (status == MSIG_OK)
        status = parse(h, err);
    if (status == MSIG_OK)
        status = drop_duplicates(h, err);
    if (status == MSIG_OK)
        status = check_places(h, err);
    if (status == MSIG_OK)
        note_frame(h);
    if (status == MSIG_OK)
        status = report_oddities(h, err);
    msig_json_close(&h->json);
    return status;
}

msig_status msig_safetensors_read(msig_manifest *manifest, msig_source *source, msig_span file,
                                  const msig_safetensors_options *options,
                                  msig_safetensors_info *info, msig_err *err) {
    header h;
    memset(&h, 0, sizeof h);
    h.manifest = manifest;
    h.options = options;
    h.file = file;
    h.metadata.ptr = "";
    msig_status status = load(&h, source, err);
    if (status == MSIG_OK)
        status = read_header(&h, err);
    if (status == MSIG_OK)
        status = msig_manifest_commit(manifest, h.members, h.count, file, err);
    else
        status = msig_sniff_explain(source, "safetensors", status, err);
    if (status == MSIG_OK) {
        size_t dropped = 0;
        for (size_t i = 0; i < h.count; i++)
            dropped += h.members[i].dropped;
        info->tensors = h.count - dropped;
        info->header_bytes = h.len;
        info->metadata = h.metadata;
    }
    msig_free(&manifest->alloc, h.members, h.capacity, sizeof *h.members);
    msig_free(&manifest->alloc, h.dims, h.dim_capacity, sizeof *h.dims);
    return status;
}
