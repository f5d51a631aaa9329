#include "format/index.h"

#include <string.h>

#include "base/hash.h"
#include "format/json.h"
#include "format/sniff.h"

#define LARGEST_INDEX UINT64_C(250000000)
#define DEEPEST 64
#define LONGEST_STRING 100000
#define MOST_SHARDS 10000
#define LARGEST_METADATA ((size_t)1 << 20)

typedef struct reading {
    msig_manifest *manifest;
    msig_json json;
    msig_span name;
    bool has_map;
    msig_span metadata;
    size_t duplicates;
    uint32_t last_shard;
    msig_span last_shard_name;
} reading;

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

static msig_status note_shard(reading *r, const msig_json_event *event, uint32_t *shard,
                              msig_err *err) {
    msig_manifest *m = r->manifest;
    if (r->last_shard != MSIG_NONE && msig_span_equal(event->text, r->last_shard_name)) {
        *shard = r->last_shard;
        return MSIG_OK;
    }
    *shard = msig_intern_find(&m->files, event->text);
    if (*shard == MSIG_NONE) {
        const char *why = msig_index_bad_shard(event->text);
        if (why)
            return BAD(event->offset, "shard name '%.*s' %s",
                       (int)(event->text.len < 60 ? event->text.len : 60), event->text.ptr, why);
        if (m->shard_count >= MOST_SHARDS)
            return msig_err_set(err, MSIG_ELIMIT, (int64_t)event->offset, "more than %d shards",
                                MOST_SHARDS);
        *shard = msig_intern_put(&m->files, event->text);
        size_t before = m->shard_capacity;
        if (*shard == MSIG_NONE ||
            !msig_grow(&m->alloc, &m->shards, &m->shard_list_capacity, m->shard_count + 1,
                       sizeof *m->shards) ||
            !msig_grow(&m->alloc, &m->shard_read, &m->shard_capacity, m->files.count,
                       sizeof *m->shard_read))
            return msig_err_nomem(err);
        memset(m->shard_read + before, 0, (m->shard_capacity - before) * sizeof *m->shard_read);
        m->shards[m->shard_count++] = *shard;
    }
    r->last_shard = *shard;
    r->last_shard_name = m->files.spans[*shard];
    return MSIG_OK;
}

static bool same_entry(const void *ctx, uint32_t id, const void *wanted) {
    const msig_entry *entry = &((const msig_manifest *)ctx)->entries[id];
    const msig_span *name = wanted;
    return entry->name_len == name->len && memcmp(entry->name, name->ptr, name->len) == 0;
}

static msig_status add_entry(reading *r, msig_span name, uint32_t *id, msig_err *err) {
    msig_manifest *m = r->manifest;
    uint64_t hash = msig_hash(name.ptr, name.len, m->seed);
    *id = msig_slots_find(&m->entry_slots, hash, same_entry, m, &name);
    if (*id != MSIG_NONE) {
        r->duplicates++;
        return MSIG_OK;
    }
    msig_entry entry = {msig_arena_dup(&m->arena, name.ptr, name.len), (uint32_t)name.len, 0,
                        false};
    *id = (uint32_t)m->entry_count;
    if (!entry.name ||
        !msig_grow(&m->alloc, &m->entries, &m->entry_capacity, m->entry_count + 1,
                   sizeof *m->entries) ||
        !msig_slots_add(&m->entry_slots, hash, *id))
        return msig_err_nomem(err);
    m->entries[m->entry_count++] = entry;
    return MSIG_OK;
}

static msig_status weight_map(reading *r, msig_err *err) {
    msig_json_event event;
    msig_status status = msig_json_next(&r->json, &event, err);
    if (status != MSIG_OK)
        return status;
    if (event.kind != MSIG_JSON_OBJECT || r->has_map)
        return BAD(event.offset, "weight_map: expected one object");
    r->has_map = true;
    for (;;) {
        uint32_t id;
        uint32_t shard;
        status = msig_json_next(&r->json, &event, err);
        if (status != MSIG_OK || event.kind == MSIG_JSON_OBJECT_END)
            return status;
        status = add_entry(r, event.text, &id, err);
        if (status == MSIG_OK)
            status = msig_json_next(&r->json, &event, err);
        if (status == MSIG_OK && event.kind != MSIG_JSON_STRING)
            return BAD(event.offset, "weight_map: expected a file name in quotes");
        if (status == MSIG_OK)
            status = note_shard(r, &event, &shard, err);
        if (status != MSIG_OK)
            return status;
        r->manifest->entries[id].shard = shard;
    }
}

static void note_total_size(msig_manifest *m, const msig_json_event *event) {
    if (event->kind == MSIG_JSON_INTEGER && event->number.integer >= 0)
        m->total_size = (uint64_t)event->number.integer;
    else if (event->kind == MSIG_JSON_NATURAL)
        m->total_size = event->number.natural;
    else if (event->kind == MSIG_JSON_REAL && event->number.real >= 0 && event->number.real < 1e18)
        m->total_size = (uint64_t)event->number.real;
    else
        return;
    m->has_total_size = true;
}

static msig_status read_metadata(reading *r, msig_err *err) {
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
            note_total_size(r->manifest, &event);
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

static msig_status document(reading *r, msig_err *err) {
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

msig_status msig_index_read(msig_manifest *manifest, msig_source *source, msig_span name,
                            msig_index_info *info, msig_err *err) {
    reading r;
    memset(&r, 0, sizeof r);
    r.manifest = manifest;
    r.name = name;
    r.metadata.ptr = "";
    r.last_shard = MSIG_NONE;
    if (manifest->has_index || manifest->run_count > 0)
        return msig_err_set(err, MSIG_EMISMATCH, MSIG_NO_OFFSET,
                            "an index is read once and before the shards");
    manifest->has_index = true;
    msig_json_options options = {LARGEST_INDEX, DEEPEST, LONGEST_STRING, true};
    msig_status status = msig_json_open(&r.json, &manifest->alloc, source, 0,
                                        msig_source_size(source), &options, err);
    if (status == MSIG_OK)
        status = document(&r, err);
    msig_json_close(&r.json);
    if (status != MSIG_OK)
        return msig_sniff_explain(source, "a shard index", status, err);
    if (r.duplicates)
        status = msig_manifest_find(manifest, "duplicate_name", name, err,
                                    "%zu names twice in the weight_map, the last ones count",
                                    r.duplicates);
    info->metadata = r.metadata;
    info->entries = manifest->entry_count;
    return status;
}
