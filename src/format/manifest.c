#include "format/manifest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
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
    msig_intern_init(&m->odd_names, alloc, &m->arena);
    msig_slots_init(&m->variant_slots, alloc);
    m->seed = (uint64_t)(uintptr_t)m * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = 0; i < MSIG_DTYPE_COUNT; i++) {
        if (msig_intern_put(&m->dtypes, msig_span_of(msig_dtype_row(i)->name)) == MSIG_NONE) {
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

/* Frees what only readers of files need. */
static void free_reading(msig_manifest *m) {
    free_array(&m->alloc, m->members, m->member_capacity, sizeof *m->members);
    free_array(&m->alloc, m->text, m->text_size, 1);
    m->members = NULL;
    m->text = NULL;
    m->member_capacity = m->text_size = 0;
}

void msig_manifest_close(msig_manifest *m) {
    if (!m)
        return;
    msig_alloc alloc = m->alloc;
    free_reading(m);
    for (size_t i = 0; i < m->variant_count; i++) {
        msig_ranges_clear(&m->variants[i].layers, &alloc);
        msig_ranges_clear(&m->variants[i].experts, &alloc);
    }
    free_array(&alloc, m->key_stats, m->key_capacity, sizeof *m->key_stats);
    free_array(&alloc, m->variants, m->variant_capacity, sizeof *m->variants);
    free_array(&alloc, m->tensors, m->tensor_capacity, sizeof *m->tensors);
    free_array(&alloc, m->runs, m->run_capacity, sizeof *m->runs);
    msig_entries_clear(&m->entries, &alloc);
    free_array(&alloc, m->shard_read, m->shard_capacity, sizeof *m->shard_read);
    free_array(&alloc, m->shards, m->shard_list_capacity, sizeof *m->shards);
    free_array(&alloc, m->findings, m->finding_capacity, sizeof *m->findings);
    free_array(&alloc, m->scratch, m->scratch_size, 1);
    msig_slots_clear(&m->variant_slots);
    msig_intern_clear(&m->keys);
    msig_intern_clear(&m->dtypes);
    msig_intern_clear(&m->files);
    msig_intern_clear(&m->odd_names);
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
    if (m->strict)
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET, "%s (strict)", raw);
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

/* Gives the number of a name's abstract key. The scratch memory holds any name of that key
 * afterwards: an index takes the place of one byte and has at most 10 digits. */
static msig_status intern_key(msig_manifest *m, msig_span name, msig_key_indices *indices,
                              uint32_t *key, msig_err *err) {
    if (!msig_grow(&m->alloc, &m->scratch, &m->scratch_size, name.len + 2 * 10, 1) ||
        !msig_grow(&m->alloc, &m->key_stats, &m->key_capacity, m->keys.count + 1,
                   sizeof *m->key_stats))
        return msig_err_nomem(err);
    msig_span text = {m->scratch, msig_key_abstract(name, m->scratch, indices)};
    size_t before = m->keys.count;
    *key = msig_intern_put(&m->keys, text);
    if (*key == MSIG_NONE)
        return msig_err_nomem(err);
    if (m->keys.count > before) {
        msig_key_stats fresh = {MSIG_NONE, MSIG_NONE, NULL, 0, {0, 0}, NULL};
        m->key_stats[*key] = fresh;
    }
    return MSIG_OK;
}

/* Tells whether key and indices say the whole name. */
static bool says_all(const msig_key_indices *indices) {
    return indices->exact && indices->count <= 2;
}

msig_status msig_manifest_classify(msig_manifest *m, msig_member *member, uint32_t dtype,
                                   const uint64_t *dims, uint32_t rank, uint64_t bytes,
                                   msig_err *err) {
    msig_key_indices indices;
    msig_variant wanted = {0};
    msig_status status = intern_key(m, member->name, &indices, &wanted.key, err);
    if (status != MSIG_OK)
        return status;
    wanted.dtype = dtype;
    wanted.dims = dims;
    wanted.rank = rank;
    wanted.bytes = bytes;
    member->exact = says_all(&indices);
    member->indices = indices.count < 2 ? (uint8_t)indices.count : 2;
    for (uint32_t i = 0; i < 2; i++)
        member->index[i] = i < indices.count ? indices.value[i] : 0;
    return find_variant(m, &wanted, &member->variant, err);
}

static msig_status odd_name(msig_manifest *m, msig_span text, msig_name *name, msig_err *err) {
    uint32_t id = msig_intern_put(&m->odd_names, text);
    if (id >= MSIG_NAME_ODD)
        return msig_err_nomem(err);
    name->id = id | MSIG_NAME_ODD;
    name->index[0] = name->index[1] = 0;
    return MSIG_OK;
}

msig_status msig_manifest_name(msig_manifest *m, msig_span text, msig_name *name,
                               msig_key_indices *indices, msig_err *err) {
    msig_key_indices unused;
    if (!indices)
        indices = &unused;
    msig_status status = intern_key(m, text, indices, &name->id, err);
    if (status == MSIG_OK && (!says_all(indices) || name->id >= MSIG_NAME_ODD))
        return odd_name(m, text, name, err);
    for (uint32_t i = 0; i < 2; i++)
        name->index[i] = i < indices->count ? indices->value[i] : 0;
    return status;
}

static size_t put_number(char *out, uint32_t number) {
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    for (size_t i = 0; i < count; i++)
        out[i] = digits[count - 1 - i];
    return count;
}

msig_span msig_manifest_spell(msig_manifest *m, msig_name name) {
    if (name.id & MSIG_NAME_ODD)
        return m->odd_names.spans[name.id ^ MSIG_NAME_ODD];
    msig_span key = m->keys.spans[name.id];
    msig_span text = {m->scratch, 0};
    unsigned used = 0;
    for (size_t i = 0; i < key.len; i++) {
        bool starts = i == 0 || key.ptr[i - 1] == '.';
        bool ends = i + 1 == key.len || key.ptr[i + 1] == '.';
        if (key.ptr[i] == 'N' && starts && ends && used < 2)
            text.len += put_number(m->scratch + text.len, name.index[used++]);
        else
            m->scratch[text.len++] = key.ptr[i];
    }
    return text;
}

/* A finding in which index and files disagree. */
#define DISAGREE(...) mismatch(msig_manifest_find(__VA_ARGS__), err)

static msig_status mismatch(msig_status status, msig_err *err) {
    if (status != MSIG_EMALFORMED)
        return status;
    if (err)
        err->code = MSIG_EMISMATCH;
    return MSIG_EMISMATCH;
}

static msig_status member_name(msig_manifest *m, const msig_member *member, msig_name *name,
                               msig_err *err) {
    name->id = m->variants[member->variant].key;
    name->index[0] = member->index[0];
    name->index[1] = member->index[1];
    return member->exact ? MSIG_OK : odd_name(m, member->name, name, err);
}

/* Drops the members that the index has elsewhere or not at all. */
static msig_status ask_index(msig_manifest *m, msig_member *members, size_t count, msig_span file,
                             msig_err *err) {
    uint32_t number = msig_intern_find(&m->files, file);
    const msig_member *stale = NULL;
    size_t stale_count = 0;
    for (size_t i = 0; i < count; i++) {
        msig_name name;
        if (members[i].dropped)
            continue;
        msig_status status = member_name(m, &members[i], &name, err);
        if (status != MSIG_OK)
            return status;
        msig_entry *entry = msig_entries_find(&m->entries, name);
        if (entry && entry->shard == number) {
            entry->seen = 1;
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
    return DISAGREE(m, "stale", file, err,
                    "%zu tensors that the index does not put here, first '%.*s'", stale_count,
                    (int)(stale->name.len < 80 ? stale->name.len : 80), stale->name.ptr);
}

/* Adds to a sum that stays at the largest number instead of overflowing. */
static void add_up(uint64_t *sum, uint64_t more) {
    if (!msig_add(*sum, more, sum))
        *sum = UINT64_MAX;
}

/* Notes whether the names of a key ascend by number, so that none can come twice. */
static void note_order(msig_manifest *m, msig_key_stats *stats, const msig_member *member) {
    const uint32_t *last = stats->last_index;
    const uint32_t *now = member->index;
    bool ascends = last[0] != now[0] ? last[0] < now[0] : last[1] < now[1];
    if (stats->first_variant != MSIG_NONE && (!ascends || !member->exact))
        m->unordered = true;
    stats->last_index[0] = now[0];
    stats->last_index[1] = now[1];
}

static msig_status count_tensor(msig_manifest *m, const msig_member *member, msig_err *err) {
    msig_variant *variant = &m->variants[member->variant];
    msig_name name;
    msig_status status = member_name(m, member, &name, err);
    if (status != MSIG_OK)
        return status;
    msig_key_stats *stats = &m->key_stats[variant->key];
    note_order(m, stats, member);
    if (variant->count == 0) {
        variant->first = (uint32_t)m->tensor_count;
        if (stats->last_variant == MSIG_NONE)
            stats->first_variant = member->variant;
        else
            m->variants[stats->last_variant].next = member->variant;
        stats->last_variant = member->variant;
    }
    variant->count++;
    add_up(&m->bytes, variant->bytes);
    add_up(&m->params, variant->elements);
    msig_tensor *tensor = &m->tensors[m->tensor_count++];
    tensor->variant = member->variant & ~MSIG_NAME_ODD;
    tensor->odd = !member->exact;
    tensor->index[0] = member->exact ? name.index[0] : name.id & ~MSIG_NAME_ODD;
    tensor->index[1] = name.index[1];
    if ((member->indices > 0 && !msig_ranges_add(&variant->layers, &m->alloc, member->index[0])) ||
        (member->indices > 1 && !msig_ranges_add(&variant->experts, &m->alloc, member->index[1])))
        return msig_err_nomem(err);
    return MSIG_OK;
}

msig_status msig_manifest_commit(msig_manifest *m, msig_member *members, size_t count,
                                 msig_span file, msig_err *err) {
    msig_status status = MSIG_OK;
    if (m->has_index)
        status = ask_index(m, members, count, file, err);
    if (status != MSIG_OK)
        return status;
    if (count >= MSIG_NAME_ODD - 1 - m->tensor_count)
        return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET, "more than 2^31 tensors");
    size_t needed = m->tensor_count + count;
    if (needed < m->entries.count)
        needed = m->entries.count; /* so many will come: room for all at once */
    msig_file_run run = {msig_intern_put(&m->files, file), (uint32_t)m->tensor_count};
    if (run.file == MSIG_NONE ||
        !msig_grow(&m->alloc, &m->tensors, &m->tensor_capacity, needed, sizeof *m->tensors) ||
        !msig_grow(&m->alloc, &m->runs, &m->run_capacity, m->run_count + 1, sizeof *m->runs))
        return msig_err_nomem(err);
    if (m->run_count == 0 || m->runs[m->run_count - 1].file != run.file)
        m->runs[m->run_count++] = run;
    for (size_t i = 0; i < count && status == MSIG_OK; i++)
        if (!members[i].dropped)
            status = count_tensor(m, &members[i], err);
    return status;
}

msig_status msig_manifest_add(msig_manifest *m, msig_span name, msig_span dtype,
                              const uint64_t *dims, uint32_t rank, msig_span file, msig_err *err) {
    msig_member member = {0};
    uint64_t bytes = 0;
    const char *message;
    uint32_t number = msig_manifest_dtype(m, dtype);
    member.name = name;
    if (number == MSIG_NONE)
        return msig_err_nomem(err);
    if (number < MSIG_DTYPE_COUNT && msig_dtype_row(number)->items &&
        !msig_dtype_measure(number, dims, rank, &bytes, &message))
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET, "shape of a tensor: %s", message);
    msig_status status = msig_manifest_classify(m, &member, number, dims, rank, bytes, err);
    if (status != MSIG_OK)
        return status;
    return msig_manifest_commit(m, &member, 1, file, err);
}

static msig_status find_missing(msig_manifest *m, msig_err *err) {
    msig_status status = MSIG_OK;
    size_t missing = 0;
    size_t first = 0;
    for (size_t i = 0; i < m->shard_count && status == MSIG_OK; i++)
        if (!m->shard_read[m->shards[i]])
            status = DISAGREE(m, "missing_shard", m->files.spans[m->shards[i]], err,
                              "a shard that the index names was not read");
    for (size_t i = 0; i < m->entries.count; i++) {
        const msig_entry *entry = &m->entries.list[i];
        if (!entry->seen && m->shard_read[entry->shard] && missing++ == 0)
            first = i;
    }
    if (status != MSIG_OK || !missing)
        return status;
    msig_span name = msig_manifest_spell(m, msig_entries_name(&m->entries, first));
    return DISAGREE(m, "missing_tensor", m->files.spans[m->entries.list[first].shard], err,
                    "%zu tensors of the index are not in their shards, first '%.*s'", missing,
                    (int)(name.len < 80 ? name.len : 80), name.ptr);
}

static msig_name tensor_name(const msig_manifest *m, size_t tensor) {
    const msig_tensor *t = &m->tensors[tensor];
    msig_name name = {m->variants[t->variant].key, {t->index[0], t->index[1]}};
    if (t->odd)
        name.id = t->index[0] | MSIG_NAME_ODD;
    return name;
}

/* Without an index, files may have tensors of the same name, and each of them counts. */
static msig_status find_repeated(msig_manifest *m, msig_err *err) {
    msig_entries all;
    msig_span nowhere = {"", 0};
    size_t repeated = 0;
    bool good = true;
    memset(&all, 0, sizeof all);
    for (size_t i = 0; i < m->tensor_count && good; i++)
        good = msig_entries_add(&all, &m->alloc, tensor_name(m, i), 0);
    good = good && msig_entries_settle(&all, &m->alloc, (uint32_t)m->keys.count,
                                       (uint32_t)m->odd_names.count, &repeated);
    msig_entries_clear(&all, &m->alloc);
    if (!good)
        return msig_err_nomem(err);
    if (repeated == 0)
        return MSIG_OK;
    return DISAGREE(m, "repeated_tensor", nowhere, err,
                    "%zu tensors have the name of one in another file, all are counted", repeated);
}

msig_status msig_manifest_finish(msig_manifest *m, msig_err *err) {
    if (m->finished)
        return MSIG_OK;
    msig_span nowhere = {"", 0};
    msig_status status = MSIG_OK;
    if (m->has_index)
        status = find_missing(m, err);
    else if (m->run_count > 1 && m->unordered)
        status = find_repeated(m, err);
    if (status == MSIG_OK && m->has_total_size && m->total_size != m->bytes)
        status = DISAGREE(m, "total_size", nowhere, err,
                          "the index says %" PRIu64 " bytes, the tensors have %" PRIu64,
                          m->total_size, m->bytes);
    if (status != MSIG_OK)
        return status;
    for (size_t i = 0; i < m->variant_count; i++) {
        msig_ranges_settle(&m->variants[i].layers);
        msig_ranges_settle(&m->variants[i].experts);
    }
    free_reading(m);
    m->finished = true;
    return MSIG_OK;
}

msig_span msig_manifest_tensor_name(msig_manifest *m, size_t tensor) {
    return msig_manifest_spell(m, tensor_name(m, tensor));
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
