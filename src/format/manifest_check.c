#include "format/manifest_build.h"

#include <inttypes.h>
#include <string.h>

msig_status msig_manifest_disagree(msig_status status, msig_err *err) {
    if (status != MSIG_EMALFORMED)
        return status;
    if (err)
        err->code = MSIG_EMISMATCH;
    return MSIG_EMISMATCH;
}

msig_status msig_manifest_ask_index(msig_manifest_build *b, msig_span file, msig_err *err) {
    msig_manifest *m = b->manifest;
    uint32_t number = msig_intern_find(&m->files, file);
    const msig_member *stale = NULL;
    size_t stale_count = 0;
    for (size_t i = 0; i < b->member_count; i++) {
        msig_member *member = &b->members[i];
        msig_name name;
        if (member->dropped)
            continue;
        msig_status status = msig_member_name(m, member, &name, err);
        if (status != MSIG_OK)
            return status;
        msig_entry *entry = msig_entries_find(&b->entries, name);
        if (entry && entry->shard == number) {
            entry->seen = 1;
            continue;
        }
        member->dropped = true;
        if (stale_count++ == 0)
            stale = member;
    }
    if (number != MSIG_NONE && number < b->shard_capacity)
        b->shard_read[number] = true;
    if (!stale)
        return MSIG_OK;
    return MSIG_DISAGREE(m, "stale", file, err,
                         "%zu tensors that the index does not put here, first '%.*s'", stale_count,
                         (int)(stale->name.len < 80 ? stale->name.len : 80), stale->name.ptr);
}

static msig_status find_missing(msig_manifest_build *b, msig_err *err) {
    msig_manifest *m = b->manifest;
    msig_status status = MSIG_OK;
    size_t missing = 0;
    size_t first = 0;
    for (size_t i = 0; i < b->shard_count && status == MSIG_OK; i++)
        if (!b->shard_read[b->shards[i]])
            status = MSIG_DISAGREE(m, "missing_shard", m->files.spans[b->shards[i]], err,
                                   "a shard that the index names was not read");
    for (size_t i = 0; i < b->entries.count; i++) {
        const msig_entry *entry = &b->entries.list[i];
        if (!entry->seen && b->shard_read[entry->shard] && missing++ == 0)
            first = i;
    }
    if (status != MSIG_OK || !missing)
        return status;
    msig_span name = msig_manifest_spell(m, msig_entries_name(&b->entries, first));
    return MSIG_DISAGREE(m, "missing_tensor", m->files.spans[b->entries.list[first].shard], err,
                         "%zu tensors of the index are not in their shards, first '%.*s'", missing,
                         (int)(name.len < 80 ? name.len : 80), name.ptr);
}

/* Without an index, files may have tensors of the same name, and each of them counts. */
static msig_status find_repeated(msig_manifest *m, msig_err *err) {
    msig_entries all;
    msig_span nowhere = {"", 0};
    size_t repeated = 0;
    bool good = true;
    memset(&all, 0, sizeof all);
    for (size_t i = 0; i < m->tensor_count && good; i++)
        good = msig_entries_add(&all, &m->alloc, msig_manifest_tensor_name(m, i), 0);
    good = good && msig_entries_sort(&all, &m->alloc, (uint32_t)m->keys.count,
                                       (uint32_t)m->odd_names.count, &repeated);
    msig_entries_clear(&all, &m->alloc);
    if (!good)
        return msig_err_nomem(err);
    if (repeated == 0)
        return MSIG_OK;
    return MSIG_DISAGREE(m, "repeated_tensor", nowhere, err,
                         "%zu tensors have the name of one in another file, all are counted",
                         repeated);
}

msig_status msig_manifest_check(msig_manifest_build *b, msig_err *err) {
    msig_manifest *m = b->manifest;
    msig_span nowhere = {"", 0};
    msig_status status = MSIG_OK;
    if (b->has_index)
        status = find_missing(b, err);
    else if (m->run_count > 1 && b->unordered)
        status = find_repeated(m, err);
    if (status == MSIG_OK && b->has_total_size && b->total_size != m->bytes)
        status = MSIG_DISAGREE(m, "total_size", nowhere, err,
                               "the index says %" PRIu64 " bytes, the tensors have %" PRIu64,
                               b->total_size, m->bytes);
    return status;
}
