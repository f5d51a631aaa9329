#include "format/manifest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/key.h"
#include "base/sum.h"
#include "format/dtype.h"

msig_status msig_manifest_open(const msig_alloc *alloc, msig_manifest **manifest, msig_err *err) {
    msig_manifest *m = msig_new(alloc, 1, sizeof *m);
    if (!m)
        return msig_err_nomem(err);
    m->alloc = *alloc;
    msig_arena_init(&m->arena, alloc);
    msig_intern_init(&m->keys, alloc, &m->arena);
    msig_intern_init(&m->dtypes, alloc, &m->arena);
    msig_intern_init(&m->files, alloc, &m->arena);
    msig_slots_init(&m->variant_slots, alloc);
    msig_slots_init(&m->entry_slots, alloc);
    m->seed = (uint64_t)(uintptr_t)m * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = 0; i < MSIG_DTYPE_COUNT; i++) {
        if (msig_intern_put(&m->dtypes, msig_span_of(msig_dtype_name(i))) == MSIG_NONE) {
            msig_manifest_close(m);
            return msig_err_nomem(err);
        }
    }
    *manifest = m;
    return MSIG_OK;
}

static void free_array(const msig_alloc *alloc, void *list, size_t capacity, size_t size) {
    if (list)
        msig_free(alloc, list, capacity, size);
}

void msig_manifest_close(msig_manifest *m) {
    if (!m)
        return;
    msig_alloc alloc = m->alloc;
    for (size_t i = 0; i < m->variant_count; i++) {
        msig_ranges_clear(&m->variants[i].layers, &alloc);
        msig_ranges_clear(&m->variants[i].experts, &alloc);
    }
    free_array(&alloc, m->key_stats, m->key_capacity, sizeof *m->key_stats);
    free_array(&alloc, m->variants, m->variant_capacity, sizeof *m->variants);
    free_array(&alloc, m->tensors, m->tensor_capacity, sizeof *m->tensors);
    free_array(&alloc, m->runs, m->run_capacity, sizeof *m->runs);
    free_array(&alloc, m->entries, m->entry_capacity, sizeof *m->entries);
    free_array(&alloc, m->shard_read, m->shard_capacity, sizeof *m->shard_read);
    free_array(&alloc, m->shards, m->shard_list_capacity, sizeof *m->shards);
    free_array(&alloc, m->findings, m->finding_capacity, sizeof *m->findings);
    free_array(&alloc, m->scratch, m->scratch_size, 1);
    msig_slots_clear(&m->variant_slots);
    msig_slots_clear(&m->entry_slots);
    msig_intern_clear(&m->keys);
    msig_intern_clear(&m->dtypes);
    msig_intern_clear(&m->files);
    msig_arena_clear(&m->arena);
    msig_free(&alloc, m, 1, sizeof *m);
}

msig_status msig_manifest_find(msig_manifest *m, const char *code, msig_span where, msig_err *err,
                               const char *fmt, ...) {
    /* msig_err_set's care for hostile text serves here too. */
    char raw[MSIG_ERR_TEXT];
    msig_err text;
    va_list args;
    va_start(args, fmt);
    vsnprintf(raw, sizeof raw, fmt, args);
    va_end(args);
    msig_err_set(&text, MSIG_OK, MSIG_NO_OFFSET, "%s", raw);
    if (!msig_grow(&m->alloc, &m->findings, &m->finding_capacity, m->finding_count + 1,
                   sizeof *m->findings))
        return msig_err_nomem(err);
    msig_finding finding = {code, msig_span_of(text.text), where};
    finding.message.ptr = msig_arena_dup(&m->arena, finding.message.ptr, finding.message.len);
    finding.where.ptr = msig_arena_dup(&m->arena, where.ptr, where.len);
    if (!finding.message.ptr || !finding.where.ptr)
        return msig_err_nomem(err);
    m->findings[m->finding_count++] = finding;
    return MSIG_OK;
}

bool msig_manifest_bytes(uint32_t dtype, const uint64_t *dims, uint32_t rank, uint64_t *bytes,
                         const char **why) {
    uint64_t bits = 1;
    *why = "overflow";
    for (uint32_t i = 0; i < rank; i++)
        if (!msig_mul(bits, dims[i], &bits))
            return false;
    if (!msig_mul(bits, msig_dtype_bits(dtype), &bits))
        return false;
    *why = "no whole byte";
    if (bits % 8 != 0)
        return false;
    *bytes = bits / 8;
    return true;
}

uint32_t msig_manifest_dtype(msig_manifest *m, msig_span name) {
    return msig_intern_put(&m->dtypes, name);
}

static bool same_variant(const void *ctx, uint32_t id, const void *wanted) {
    const msig_variant *a = &((const msig_manifest *)ctx)->variants[id];
    const msig_variant *b = wanted;
    return a->key == b->key && a->dtype == b->dtype && a->bytes == b->bytes && a->rank == b->rank &&
           (a->rank == 0 || memcmp(a->dims, b->dims, a->rank * sizeof *a->dims) == 0);
}

static bool fill_variant(msig_manifest *m, msig_variant *variant) {
    uint64_t *dims = msig_arena_alloc(&m->arena, variant->rank * sizeof *dims);
    if (!dims)
        return false;
    if (variant->rank)
        memcpy(dims, variant->dims, variant->rank * sizeof *dims);
    variant->dims = dims;
    variant->elements = 1;
    for (uint32_t i = 0; i < variant->rank; i++)
        if (!msig_mul(variant->elements, dims[i], &variant->elements))
            variant->elements = UINT64_MAX;
    variant->first = MSIG_NONE;
    variant->next = MSIG_NONE;
    return msig_grow(&m->alloc, &m->variants, &m->variant_capacity, m->variant_count + 1,
                     sizeof *m->variants);
}

static msig_status find_variant(msig_manifest *m, msig_variant *wanted, uint32_t *id,
                                msig_err *err) {
    uint64_t hash = msig_hash_mix(m->seed, (uint64_t)wanted->key << 32 | wanted->dtype);
    hash = msig_hash_mix(hash, wanted->bytes);
    hash = msig_hash(wanted->dims, wanted->rank * sizeof *wanted->dims, hash);
    *id = msig_slots_find(&m->variant_slots, hash, same_variant, m, wanted);
    if (*id != MSIG_NONE)
        return MSIG_OK;
    if (!fill_variant(m, wanted) ||
        !msig_slots_add(&m->variant_slots, hash, (uint32_t)m->variant_count))
        return msig_err_nomem(err);
    *id = (uint32_t)m->variant_count++;
    m->variants[*id] = *wanted;
    return MSIG_OK;
}

msig_status msig_manifest_classify(msig_manifest *m, msig_member *member, uint32_t dtype,
                                   const uint64_t *dims, uint32_t rank, uint64_t bytes,
                                   msig_err *err) {
    msig_span name = {member->name, member->name_len};
    if (!msig_grow(&m->alloc, &m->scratch, &m->scratch_size, name.len, 1))
        return msig_err_nomem(err);
    msig_key_indices indices;
    msig_span key = {m->scratch, 0};
    key.len = msig_key_abstract(name, m->scratch, &indices);
    size_t keys_before = m->keys.count;
    msig_variant wanted = {0};
    wanted.key = msig_intern_put(&m->keys, key);
    if (wanted.key == MSIG_NONE ||
        !msig_grow(&m->alloc, &m->key_stats, &m->key_capacity, m->keys.count, sizeof *m->key_stats))
        return msig_err_nomem(err);
    if (m->keys.count > keys_before) {
        m->key_stats[wanted.key].first_variant = MSIG_NONE;
        m->key_stats[wanted.key].last_variant = MSIG_NONE;
        m->key_stats[wanted.key].before = NULL;
    }
    wanted.dtype = dtype;
    wanted.dims = dims;
    wanted.rank = rank;
    wanted.bytes = bytes;
    member->exact = indices.exact && indices.count <= 2;
    member->indices = indices.count < 2 ? (uint32_t)indices.count : 2;
    for (uint32_t i = 0; i < member->indices; i++)
        member->index[i] = indices.value[i];
    return find_variant(m, &wanted, &member->variant, err);
}

static bool same_entry(const void *ctx, uint32_t id, const void *wanted) {
    const msig_entry *entry = &((const msig_manifest *)ctx)->entries[id];
    const msig_span *name = wanted;
    return entry->name_len == name->len && memcmp(entry->name, name->ptr, name->len) == 0;
}

/* Finds a tensor in the index: most often it stands behind the one that was found last. */
static uint32_t find_entry(msig_manifest *m, msig_span name) {
    if (m->next_entry < m->entry_count && same_entry(m, (uint32_t)m->next_entry, &name))
        return (uint32_t)m->next_entry;
    uint64_t hash = msig_hash(name.ptr, name.len, m->seed);
    return msig_slots_find(&m->entry_slots, hash, same_entry, m, &name);
}

/* Drops the members that the index has elsewhere or not at all. */
static msig_status ask_index(msig_manifest *m, msig_member *members, size_t count, msig_span file,
                             msig_err *err) {
    uint32_t number = msig_intern_find(&m->files, file);
    const msig_member *stale = NULL;
    size_t stale_count = 0;
    for (size_t i = 0; i < count; i++) {
        msig_span name = {members[i].name, members[i].name_len};
        if (members[i].dropped)
            continue;
        uint32_t id = find_entry(m, name);
        m->next_entry = id == MSIG_NONE ? m->next_entry : (size_t)id + 1;
        if (id != MSIG_NONE && m->entries[id].shard == number) {
            m->entries[id].seen = true;
            continue;
        }
        members[i].dropped = true;
        if (stale_count++ == 0)
            stale = &members[i];
    }
    if (number != MSIG_NONE && number < m->shard_capacity)
        m->shard_read[number] = true;
    if (!stale)
        return MSIG_OK;
    return msig_manifest_find(m, "stale", file, err,
                              "%zu tensors that the index does not put here, first '%.*s'",
                              stale_count, (int)(stale->name_len < 80 ? stale->name_len : 80),
                              stale->name);
}

static bool count_tensor(msig_manifest *m, const msig_member *member) {
    msig_variant *variant = &m->variants[member->variant];
    if (variant->count == 0) {
        msig_key_stats *stats = &m->key_stats[variant->key];
        variant->first = (uint32_t)m->tensor_count;
        if (stats->last_variant == MSIG_NONE)
            stats->first_variant = member->variant;
        else
            m->variants[stats->last_variant].next = member->variant;
        stats->last_variant = member->variant;
    }
    variant->count++;
    if (!msig_add(m->bytes, variant->bytes, &m->bytes))
        m->bytes = UINT64_MAX;
    if (!msig_add(m->params, variant->elements, &m->params))
        m->params = UINT64_MAX;
    msig_tensor tensor = {member->name, member->name_len, member->variant};
    m->tensors[m->tensor_count++] = tensor;
    if (member->indices > 0 && !msig_ranges_add(&variant->layers, &m->alloc, member->index[0]))
        return false;
    return member->indices < 2 || msig_ranges_add(&variant->experts, &m->alloc, member->index[1]);
}

msig_status msig_manifest_commit(msig_manifest *m, msig_member *members, size_t count,
                                 msig_span file, msig_err *err) {
    if (m->has_index) {
        msig_status status = ask_index(m, members, count, file, err);
        if (status != MSIG_OK)
            return status;
    }
    if (count >= MSIG_NONE - 1 - m->tensor_count)
        return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET, "more than 2^32 tensors");
    msig_file_run run = {msig_intern_put(&m->files, file), (uint32_t)m->tensor_count};
    if (run.file == MSIG_NONE ||
        !msig_grow(&m->alloc, &m->tensors, &m->tensor_capacity, m->tensor_count + count,
                   sizeof *m->tensors) ||
        !msig_grow(&m->alloc, &m->runs, &m->run_capacity, m->run_count + 1, sizeof *m->runs))
        return msig_err_nomem(err);
    if (m->run_count == 0 || m->runs[m->run_count - 1].file != run.file)
        m->runs[m->run_count++] = run;
    for (size_t i = 0; i < count; i++)
        if (!members[i].dropped && !count_tensor(m, &members[i]))
            return msig_err_nomem(err);
    return MSIG_OK;
}

msig_status msig_manifest_add(msig_manifest *m, msig_span name, msig_span dtype,
                              const uint64_t *dims, uint32_t rank, msig_span file, msig_err *err) {
    msig_member member = {0};
    uint64_t bytes = 0;
    const char *why;
    uint32_t number = msig_manifest_dtype(m, dtype);
    member.name = msig_arena_dup(&m->arena, name.ptr, name.len);
    if (number == MSIG_NONE || !member.name)
        return msig_err_nomem(err);
    if (number < MSIG_DTYPE_COUNT && !msig_manifest_bytes(number, dims, rank, &bytes, &why))
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET, "shape of a tensor: %s", why);
    member.name_len = (uint32_t)name.len;
    msig_status status = msig_manifest_classify(m, &member, number, dims, rank, bytes, err);
    if (status != MSIG_OK)
        return status;
    return msig_manifest_commit(m, &member, 1, file, err);
}

static msig_status find_missing(msig_manifest *m, msig_err *err) {
    msig_status status = MSIG_OK;
    size_t missing = 0;
    const msig_entry *first = NULL;
    for (size_t i = 0; i < m->shard_count && status == MSIG_OK; i++)
        if (!m->shard_read[m->shards[i]])
            status = msig_manifest_find(m, "missing_shard", m->files.spans[m->shards[i]], err,
                                        "a shard that the index names was not read");
    for (size_t i = 0; i < m->entry_count; i++) {
        const msig_entry *entry = &m->entries[i];
        if (entry->seen || !m->shard_read[entry->shard])
            continue;
        if (missing++ == 0)
            first = entry;
    }
    if (status != MSIG_OK || !first)
        return status;
    return msig_manifest_find(m, "missing_tensor", m->files.spans[first->shard], err,
                              "%zu tensors of the index are not in their shards, first '%.*s'",
                              missing, (int)(first->name_len < 80 ? first->name_len : 80),
                              first->name);
}

msig_status msig_manifest_finish(msig_manifest *m, msig_err *err) {
    if (m->finished)
        return MSIG_OK;
    msig_span nowhere = {"", 0};
    msig_status status = MSIG_OK;
    if (m->has_index)
        status = find_missing(m, err);
    if (status == MSIG_OK && m->has_total_size && m->total_size != m->bytes)
        status = msig_manifest_find(m, "total_size", nowhere, err,
                                    "the index says %" PRIu64 " bytes, the tensors have %" PRIu64,
                                    m->total_size, m->bytes);
    if (status != MSIG_OK)
        return status;
    for (size_t i = 0; i < m->variant_count; i++) {
        msig_ranges_settle(&m->variants[i].layers);
        msig_ranges_settle(&m->variants[i].experts);
    }
    m->finished = true;
    return MSIG_OK;
}

msig_span msig_manifest_file(const msig_manifest *m, size_t tensor) {
    msig_span nowhere = {"", 0};
    size_t low = 0;
    size_t high = m->run_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->runs[middle].first <= tensor)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? nowhere : m->files.spans[m->runs[low - 1].file];
}
