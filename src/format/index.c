#include "format/index.h"

#include <string.h>

#include "format/json.h"
#include "format/manifest_build.h"
#include "format/sniff.h"
#include "format/template.h"

#define LARGEST_INDEX UINT64_C(250000000)
#define DEEPEST 64
#define LONGEST_STRING 100000
#define MOST_SHARDS 10000
#define LARGEST_METADATA ((size_t)1 << 20)
#define BYTES_PER_ENTRY 64 /* few indexes have less */
#define MOST_RESERVED 262144

typedef struct parser {
    msig_manifest *manifest;
    msig_manifest_build *build;
    msig_json json;
    bool has_map;
    msig_span metadata;
    uint32_t last_shard;
    msig_span last_shard_name;
    bool last_shard_plain; /* written without escapes */
    msig_template *last;   /* of the entry before */
} parser;

/* An entry on its way through the general reader. */
typedef struct draft {
    msig_name name;
    msig_key_indices indices;
    uint64_t base;        /* of the window when the entry began */
    uint64_t begin;       /* offset behind the entry before */
    uint64_t name_offset; /* of its first character */
    size_t name_len;
    bool plain; /* written without escapes */
} draft;

#define BAD(offset, ...) msig_err_set(err, MSIG_EMALFORMED, (int64_t)(offset), __VA_ARGS__)

static bool has_segment(msig_span name, const char *segment) {
    size_t len = strlen(segment);
    size_t start = 0;
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && name.ptr[i] != '/')
            continue;
        if (i - start == len && memcmp(name.ptr + start, segment, len) == 0)
            return true;
        start = i + 1;
    }
    return false;
}

const char *msig_index_bad_shard(msig_span name) {
    if (name.len == 0)
        return "is empty";
    if (name.ptr[0] == '/')
        return "is absolute";
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c < 0x20 || c == 0x7f)
            return "has a control character";
        if (c == '\\')
            return "has a backslash";
        if (c == ':' && (i + 2 < name.len && name.ptr[i + 1] == '/' && name.ptr[i + 2] == '/'))
            return "is an address";
    }
    if (name.len >= 2 && name.ptr[1] == ':')
        return "has a drive letter";
    if (has_segment(name, "..") || has_segment(name, "."))
        return "leaves its folder";
    if (has_segment(name, ""))
        return "has an empty segment";
    return NULL;
}

static msig_status note_shard(parser *r, const msig_json_event *event, uint32_t *shard,
                              msig_err *err) {
    msig_manifest *m = r->manifest;
    msig_manifest_build *b = r->build;
    r->last_shard_plain = !(event->marks & MSIG_JSON_ESCAPED);
    if (r->last_shard != MSIG_NONE && msig_span_equal(event->text, r->last_shard_name)) {
        *shard = r->last_shard;
        return MSIG_OK;
    }
    *shard = msig_intern_find(&m->files, event->text);
    if (*shard == MSIG_NONE) {
        const char *problem = msig_index_bad_shard(event->text);
        if (problem)
            return BAD(event->offset, "shard name '%.*s' %s",
                       (int)(event->text.len < 60 ? event->text.len : 60), event->text.ptr,
                       problem);
        if (b->shard_count >= MOST_SHARDS)
            return msig_err_set(err, MSIG_ELIMIT, (int64_t)event->offset, "more than %d shards",
                                MOST_SHARDS);
        *shard = msig_intern_put(&m->files, event->text);
        size_t before = b->shard_capacity;
        if (*shard == MSIG_NONE ||
            !msig_grow(&m->alloc, &b->shards, &b->shard_list_capacity, b->shard_count + 1,
                       sizeof *b->shards) ||
            !msig_grow(&m->alloc, &b->shard_read, &b->shard_capacity, m->files.count,
                       sizeof *b->shard_read))
            return msig_err_nomem(err);
        memset(b->shard_read + before, 0, (b->shard_capacity - before) * sizeof *b->shard_read);
        b->shards[b->shard_count++] = *shard;
    }
    r->last_shard = *shard;
    r->last_shard_name = m->files.spans[*shard];
    return MSIG_OK;
}

/* ---- the fast way ---- */

/* Makes a template of an entry that is in the window, up to its shard's name. */
static msig_template *make_template(parser *r, const draft *d, uint64_t shard_offset) {
    msig_manifest_build *b = r->build;
    const char *window = r->json.buf;
    if (b->template_count >= b->most_templates)
        return NULL;
    msig_template_text text = {window + (d->begin - d->base),
                               window + (shard_offset - d->base),
                               {window + (d->name_offset - d->base), d->name_len},
                               {{NULL, 0}},
                               0,
                               0};
    text.indices = text.count = (uint32_t)d->indices.count;
    for (size_t i = 0; i < d->indices.count; i++) {
        text.holes[i].ptr = text.name.ptr + d->indices.at[i];
        text.holes[i].len = d->indices.digits[i];
    }
    b->template_count++;
    return msig_template_new(&b->arena, &text, d->name.id);
}

/* Remembers the text of the entry that was read. */
static void learn(parser *r, const draft *d, uint64_t shard_offset) {
    msig_template *before = r->last;
    r->last = NULL;
    if (!d->plain || d->name.id & MSIG_NAME_ODD)
        return;
    msig_template **known = &r->build->keys[d->name.id].template;
    if (d->base == r->json.base) { /* else the text has left the window; a later one will do */
        const char *begin = r->json.buf + (d->begin - d->base);
        const char *end = r->json.buf + r->json.len;
        if (!*known || msig_template_disagrees(*known, begin, end))
            *known = make_template(r, d, shard_offset);
    }
    if (!*known)
        return;
    msig_template_chain(before, *known);
    r->last = *known;
}

/* Tells whether the shard of the entry before stands here again; `room` bytes can be read. */
static bool same_shard(const parser *r, const char *ptr, size_t room) {
    size_t len = r->last_shard_name.len;
    return r->last_shard_plain && room >= len + 2 && ptr[0] == '"' && ptr[len + 1] == '"' &&
           memcmp(ptr + 1, r->last_shard_name.ptr, len) == 0;
}

/* Reads as many entries as agree with the templates that followed each other before and are in the
 * same shard. The reader stands behind an entry and stays in that state. */
static msig_status run(parser *r, msig_err *err) {
    msig_json *json = &r->json;
    const char *end = json->buf + json->len;
    msig_template_match matches[2];
    memset(matches, 0, sizeof matches);
    for (unsigned turn = 0;; turn ^= 1) {
        msig_template_match *match = &matches[turn];
        msig_template *t;
        const char *ptr = json->buf + json->pos;
        const char *behind = msig_template_follow(r->last, ptr, end, &t, &matches[turn ^ 1], match);
        if (!behind || !same_shard(r, behind, (size_t)(end - behind)))
            return MSIG_OK;
        msig_name name = {t->owner, {0, 0}};
        for (uint32_t i = 0; i < t->indices; i++)
            name.index[i] = (uint32_t)match->index[i].value;
        if (!msig_entries_add(&r->build->entries, &r->manifest->alloc, name, r->last_shard))
            return msig_err_nomem(err);
        r->last = t;
        json->pos += (size_t)(behind - ptr) + r->last_shard_name.len + 2;
    }
}

/* ---- the general way ---- */

/* Reads an entry whose name is in `event`. */
static msig_status entry(parser *r, draft *d, msig_json_event *event, msig_err *err) {
    msig_manifest *m = r->manifest;
    uint32_t shard = MSIG_NONE;
    d->plain = !(event->marks & MSIG_JSON_ESCAPED);
    d->name_offset = event->offset + 1;
    d->name_len = event->text.len;
    msig_status status = msig_manifest_name(r->build, event->text, &d->name, &d->indices, err);
    if (status == MSIG_OK)
        status = msig_json_next(&r->json, event, err);
    if (status == MSIG_OK && event->kind != MSIG_JSON_STRING)
        return BAD(event->offset, "weight_map: expected a file name in quotes");
    if (status == MSIG_OK)
        status = note_shard(r, event, &shard, err);
    if (status == MSIG_OK && !msig_entries_add(&r->build->entries, &m->alloc, d->name, shard))
        status = msig_err_nomem(err);
    if (status == MSIG_OK)
        learn(r, d, event->offset);
    return status;
}

static msig_status weight_map(parser *r, msig_err *err) {
    msig_json_event event;
    msig_status status = msig_json_next(&r->json, &event, err);
    if (status != MSIG_OK)
        return status;
    if (event.kind != MSIG_JSON_OBJECT || r->has_map)
        return BAD(event.offset, "weight_map: expected one object");
    r->has_map = true;
    while (status == MSIG_OK) {
        draft d;
        status = run(r, err);
        d.base = r->json.base;
        d.begin = msig_json_offset(&r->json);
        if (status == MSIG_OK)
            status = msig_json_next(&r->json, &event, err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_OBJECT_END)
            return status;
        status = entry(r, &d, &event, err);
    }
    return status;
}

static void note_total_size(msig_manifest_build *b, const msig_json_event *event) {
    if (event->kind == MSIG_JSON_INTEGER && event->number.integer >= 0)
        b->total_size = (uint64_t)event->number.integer;
    else if (event->kind == MSIG_JSON_NATURAL)
        b->total_size = event->number.natural;
    else if (event->kind == MSIG_JSON_REAL && event->number.real >= 0 && event->number.real < 1e18)
        b->total_size = (uint64_t)event->number.real;
    else
        return;
    b->has_total_size = true;
}

static msig_status read_metadata(parser *r, msig_err *err) {
    msig_json *json = &r->json;
    msig_json_event event;
    msig_status status = msig_json_next(json, &event, err);
    if (status != MSIG_OK)
        return status;
    if (event.kind != MSIG_JSON_OBJECT)
        return msig_json_skip(json, &event, err);
    json->mark = json->pos - 1;
    bool is_total = false;
    size_t outside = json->depth - 1;
    while (json->depth > outside) {
        status = msig_json_next(json, &event, err);
        if (status != MSIG_OK)
            return status;
        if (is_total)
            note_total_size(r->build, &event);
        is_total = event.kind == MSIG_JSON_KEY && json->depth == outside + 1 &&
                   msig_span_equal(event.text, msig_span_of("total_size"));
        if (json->pos - json->mark > LARGEST_METADATA)
            return msig_err_set(err, MSIG_ELIMIT, (int64_t)event.offset,
                                "metadata of the index: more than %zu bytes", LARGEST_METADATA);
    }
    msig_span text = msig_json_marked(json);
    r->metadata.ptr = msig_arena_dup(&r->manifest->arena, text.ptr, text.len);
    r->metadata.len = text.len;
    msig_json_unmark(json);
    return r->metadata.ptr ? MSIG_OK : msig_err_nomem(err);
}

static msig_status document(parser *r, msig_err *err) {
    msig_json_event event;
    msig_status status = msig_json_next(&r->json, &event, err);
    if (status != MSIG_OK)
        return status;
    if (event.kind != MSIG_JSON_OBJECT)
        return BAD(event.offset, "index: expected an object");
    while ((status = msig_json_next(&r->json, &event, err)) == MSIG_OK &&
           event.kind == MSIG_JSON_KEY) {
        if (msig_span_equal(event.text, msig_span_of("weight_map"))) {
            status = weight_map(r, err);
        } else if (msig_span_equal(event.text, msig_span_of("metadata"))) {
            status = read_metadata(r, err);
        } else {
            status = msig_json_next(&r->json, &event, err);
            if (status == MSIG_OK)
                status = msig_json_skip(&r->json, &event, err);
        }
        if (status != MSIG_OK)
            return status;
    }
    if (status == MSIG_OK)
        status = msig_json_next(&r->json, &event, err);
    if (status == MSIG_OK && !r->has_map)
        return BAD(0, "index: expected a weight_map, found none");
    return status;
}

/* Ends the collecting of entries. */
static msig_status finish(parser *r, msig_span name, msig_err *err) {
    msig_manifest *m = r->manifest;
    size_t duplicates;
    if (!msig_entries_sort(&r->build->entries, &m->alloc, (uint32_t)m->keys.count,
                             (uint32_t)m->odd_names.count, &duplicates))
        return msig_err_nomem(err);
    if (!duplicates)
        return MSIG_OK;
    return msig_manifest_note(m, "duplicate_name", name, err,
                              "%zu names twice in the weight_map, the last ones count", duplicates);
}

static msig_status begin(parser *r, const msig_source *source, msig_err *err) {
    msig_manifest *m = r->manifest;
    msig_status status = msig_manifest_begin(m, &r->build, err);
    if (status != MSIG_OK)
        return status;
    if (r->build->has_index || m->run_count > 0)
        return msig_err_set(err, MSIG_EMISMATCH, MSIG_NO_OFFSET,
                            "an index is read once and before the shards");
    r->build->has_index = true;
    uint64_t probable = msig_source_size(source) / BYTES_PER_ENTRY;
    if (!msig_entries_reserve(&r->build->entries, &m->alloc,
                              probable < MOST_RESERVED ? (size_t)probable : MOST_RESERVED))
        return msig_err_nomem(err);
    return MSIG_OK;
}

msig_status msig_index_read(msig_manifest *manifest, msig_source *source, msig_span name,
                            msig_index_info *info, msig_err *err) {
    static const msig_json_options options = {LARGEST_INDEX, DEEPEST, LONGEST_STRING, true};
    parser r;
    memset(&r, 0, sizeof r);
    r.manifest = manifest;
    r.metadata.ptr = "";
    r.last_shard = MSIG_NONE;
    msig_status status = begin(&r, source, err);
    if (status != MSIG_OK)
        return status;
    status = msig_json_open(&r.json, &manifest->alloc, source, 0, msig_source_size(source),
                            &options, err);
    if (status == MSIG_OK)
        status = document(&r, err);
    msig_json_close(&r.json);
    if (status != MSIG_OK)
        return msig_sniff_explain(source, "a shard index", status, err);
    status = finish(&r, name, err);
    info->metadata = r.metadata;
    info->entries = r.build->entries.count;
    return status;
}

size_t msig_index_shard_count(const msig_manifest *manifest) {
    return manifest->build ? manifest->build->shard_count : 0;
}

msig_span msig_index_shard(const msig_manifest *manifest, size_t i) {
    return manifest->files.spans[manifest->build->shards[i]];
}

size_t msig_index_entry_count(const msig_manifest *manifest) {
    return manifest->build ? manifest->build->entries.count : 0;
}

msig_index_entry msig_index_entry_at(msig_manifest *manifest, size_t i) {
    const msig_entries *entries = &manifest->build->entries;
    msig_index_entry entry = {msig_manifest_spell(manifest, msig_entries_name(entries, i)),
                              manifest->files.spans[entries->list[i].shard]};
    return entry;
}
