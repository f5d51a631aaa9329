#include "format/manifest_build.h"

#include <string.h>

#include "base/hash.h"
#include "base/sum.h"

#define MOST_TEMPLATES 16384 /* per manifest: beyond, a model's names are too many kinds */

msig_manifest_build *msig_manifest_build_new(msig_manifest *m) {
    msig_manifest_build *b = msig_new(&m->alloc, 1, sizeof *b);
    if (!b)
        return NULL;
    b->manifest = m;
    b->most_templates = MOST_TEMPLATES;
    b->seed = (uint64_t)(uintptr_t)m * UINT64_C(0x9e3779b97f4a7c15);
    msig_arena_init(&b->arena, &m->alloc);
    msig_slots_init(&b->variant_slots, &m->alloc);
    return b;
}

void msig_manifest_build_free(msig_manifest_build *b) {
    if (!b)
        return;
    msig_alloc alloc = b->manifest->alloc;
    msig_free(&alloc, b->variant_templates, b->variant_template_capacity,
              sizeof *b->variant_templates);
    msig_free(&alloc, b->keys, b->key_capacity, sizeof *b->keys);
    msig_free(&alloc, b->members, b->member_capacity, sizeof *b->members);
    msig_free(&alloc, b->text, b->text_size, 1);
    msig_free(&alloc, b->shard_read, b->shard_capacity, sizeof *b->shard_read);
    msig_free(&alloc, b->shards, b->shard_list_capacity, sizeof *b->shards);
    msig_entries_clear(&b->entries, &alloc);
    msig_slots_clear(&b->variant_slots);
    msig_arena_clear(&b->arena);
    msig_free(&alloc, b, 1, sizeof *b);
}

msig_status msig_manifest_begin(msig_manifest *m, msig_manifest_build **build, msig_err *err) {
    if (!m->build)
        return msig_err_set(err, MSIG_EMISMATCH, MSIG_NO_OFFSET, "the manifest is finished");
    m->build->member_count = 0;
    *build = m->build;
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

static bool fill_variant(msig_manifest_build *b, msig_variant *variant) {
    msig_manifest *m = b->manifest;
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
                     sizeof *m->variants) &&
           msig_grow(&m->alloc, &b->variant_templates, &b->variant_template_capacity,
                     m->variant_count + 1, sizeof *b->variant_templates);
}

static msig_status find_variant(msig_manifest_build *b, msig_variant *wanted, uint32_t *id,
                                msig_err *err) {
    msig_manifest *m = b->manifest;
    uint64_t hash = msig_hash_mix(b->seed, (uint64_t)wanted->key << 32 | wanted->dtype);
    hash = msig_hash_mix(hash, wanted->bytes);
    hash = msig_hash(wanted->dims, wanted->rank * sizeof *wanted->dims, hash);
    *id = msig_slots_find(&b->variant_slots, hash, same_variant, m, wanted);
    if (*id != MSIG_NONE)
        return MSIG_OK;
    if (!fill_variant(b, wanted) ||
        !msig_slots_add(&b->variant_slots, hash, (uint32_t)m->variant_count))
        return msig_err_nomem(err);
    *id = (uint32_t)m->variant_count++;
    m->variants[*id] = *wanted;
    b->variant_templates[*id] = NULL;
    return MSIG_OK;
}

/* Gives the number of a name's abstract key. The scratch memory holds any name of that key
 * afterwards: an index takes the place of one byte and has at most 10 digits. */
static msig_status intern_key(msig_manifest_build *b, msig_span name, msig_key_indices *indices,
                              uint32_t *key, msig_err *err) {
    static const msig_key_build fresh = {NULL, 0, MSIG_NONE, {0, 0}, NULL};
    msig_manifest *m = b->manifest;
    size_t before = m->keys.count;
    if (!msig_grow(&m->alloc, &m->scratch, &m->scratch_size, name.len + 2 * 10, 1) ||
        !msig_grow(&m->alloc, &m->first_variants, &m->key_capacity, before + 1,
                   sizeof *m->first_variants) ||
        !msig_grow(&m->alloc, &b->keys, &b->key_capacity, before + 1, sizeof *b->keys))
        return msig_err_nomem(err);
    msig_span text = {m->scratch, msig_key_abstract(name, m->scratch, indices)};
    *key = msig_intern_put(&m->keys, text);
    if (*key == MSIG_NONE)
        return msig_err_nomem(err);
    if (m->keys.count > before) {
        m->first_variants[*key] = MSIG_NONE;
        b->keys[*key] = fresh;
    }
    return MSIG_OK;
}

/* Tells whether key and indices say the whole name. */
static bool says_all(const msig_key_indices *indices) {
    return indices->exact && indices->count <= 2;
}

/* Makes a member of a name, dtype and shape, without its place. */
static msig_status classify(msig_manifest_build *b, msig_variant *wanted, msig_member *member,
                            msig_err *err) {
    msig_key_indices indices;
    msig_status status = intern_key(b, member->name, &indices, &wanted->key, err);
    if (status != MSIG_OK)
        return status;
    member->exact = says_all(&indices);
    member->indices = indices.count < 2 ? (uint8_t)indices.count : 2;
    for (uint32_t i = 0; i < 2; i++)
        member->index[i] = i < indices.count ? indices.value[i] : 0;
    return find_variant(b, wanted, &member->variant, err);
}

msig_status msig_manifest_classify(msig_manifest_build *b, msig_span name, uint32_t dtype,
                                   const uint64_t *dims, uint32_t rank, uint64_t bytes,
                                   msig_err *err) {
    msig_member member = {0};
    msig_variant wanted = {0};
    member.name = name;
    wanted.dtype = dtype;
    wanted.dims = dims;
    wanted.rank = rank;
    wanted.bytes = bytes;
    msig_status status = classify(b, &wanted, &member, err);
    if (status != MSIG_OK)
        return status;
    if (!msig_grow(&b->manifest->alloc, &b->members, &b->member_capacity, b->member_count + 1,
                   sizeof *b->members))
        return msig_err_nomem(err);
    b->members[b->member_count++] = member;
    return MSIG_OK;
}

msig_status msig_manifest_odd_name(msig_manifest *m, msig_span text, msig_name *name,
                                   msig_err *err) {
    uint32_t id = msig_intern_put(&m->odd_names, text);
    if (id >= MSIG_NAME_ODD)
        return msig_err_nomem(err);
    name->id = id | MSIG_NAME_ODD;
    name->index[0] = name->index[1] = 0;
    return MSIG_OK;
}

msig_status msig_manifest_name(msig_manifest_build *b, msig_span text, msig_name *name,
                               msig_key_indices *indices, msig_err *err) {
    msig_key_indices unused;
    if (!indices)
        indices = &unused;
    msig_status status = intern_key(b, text, indices, &name->id, err);
    if (status == MSIG_OK && (!says_all(indices) || name->id >= MSIG_NAME_ODD))
        return msig_manifest_odd_name(b->manifest, text, name, err);
    for (uint32_t i = 0; i < 2; i++)
        name->index[i] = i < indices->count ? indices->value[i] : 0;
    return status;
}

/* Adds to a sum that stays at the largest number instead of overflowing. */
static void add_up(uint64_t *sum, uint64_t more) {
    if (!msig_add(*sum, more, sum))
        *sum = UINT64_MAX;
}

/* Notes whether the names of a key ascend by number, so that none can come twice. */
static void note_order(msig_manifest_build *b, msig_key_build *key, const msig_member *member) {
    const uint32_t *last = key->last_index;
    const uint32_t *now = member->index;
    bool ascends = last[0] != now[0] ? last[0] < now[0] : last[1] < now[1];
    if (key->last_variant != MSIG_NONE && (!ascends || !member->exact))
        b->unordered = true;
    key->last_index[0] = now[0];
    key->last_index[1] = now[1];
}

static msig_status count_tensor(msig_manifest_build *b, const msig_member *member, msig_err *err) {
    msig_manifest *m = b->manifest;
    msig_variant *variant = &m->variants[member->variant];
    msig_name name = {0, {0, 0}};
    msig_status status = msig_member_name(m, member, &name, err);
    if (status != MSIG_OK)
        return status;
    msig_key_build *key = &b->keys[variant->key];
    note_order(b, key, member);
    if (variant->count == 0) {
        variant->first = (uint32_t)m->tensor_count;
        if (key->last_variant == MSIG_NONE)
            m->first_variants[variant->key] = member->variant;
        else
            m->variants[key->last_variant].next = member->variant;
        key->last_variant = member->variant;
    }
    variant->count++;
    add_up(&m->bytes, variant->bytes);
    add_up(&m->params, variant->elements);
    msig_tensor_record *tensor = &m->tensors[m->tensor_count++];
    tensor->variant = member->variant & ~MSIG_NAME_ODD;
    tensor->odd = !member->exact;
    tensor->index[0] = member->exact ? name.index[0] : name.id & ~MSIG_NAME_ODD;
    tensor->index[1] = name.index[1];
    if ((member->indices > 0 && !msig_ranges_add(&variant->layers, &m->alloc, member->index[0])) ||
        (member->indices > 1 && !msig_ranges_add(&variant->experts, &m->alloc, member->index[1])))
        return msig_err_nomem(err);
    return MSIG_OK;
}

/* Makes room for the members as tensors of a file. */
static msig_status begin_run(msig_manifest_build *b, msig_span file, msig_err *err) {
    msig_manifest *m = b->manifest;
    if (b->member_count >= MSIG_NAME_ODD - 1 - m->tensor_count)
        return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET, "more than 2^31 tensors");
    size_t needed = m->tensor_count + b->member_count;
    if (needed < b->entries.count)
        needed = b->entries.count; /* so many will come: room for all at once */
    msig_file_run run = {msig_intern_put(&m->files, file), (uint32_t)m->tensor_count};
    if (run.file == MSIG_NONE ||
        !msig_grow(&m->alloc, &m->tensors, &m->tensor_capacity, needed, sizeof *m->tensors) ||
        !msig_grow(&m->alloc, &m->runs, &m->run_capacity, m->run_count + 1, sizeof *m->runs))
        return msig_err_nomem(err);
    if (m->run_count == 0 || m->runs[m->run_count - 1].file != run.file)
        m->runs[m->run_count++] = run;
    return MSIG_OK;
}

msig_status msig_manifest_commit(msig_manifest_build *b, msig_span file, msig_err *err) {
    msig_status status = MSIG_OK;
    if (b->has_index)
        status = msig_manifest_ask_index(b, file, err);
    if (status == MSIG_OK)
        status = begin_run(b, file, err);
    for (size_t i = 0; i < b->member_count && status == MSIG_OK; i++)
        if (!b->members[i].dropped)
            status = count_tensor(b, &b->members[i], err);
    b->member_count = 0;
    return status;
}

msig_status msig_manifest_add(msig_manifest *m, const msig_tensor *tensor, msig_err *err) {
    msig_manifest_build *b = NULL;
    msig_status status = msig_manifest_begin(m, &b, err);
    if (status != MSIG_OK)
        return status;
    uint32_t dtype = msig_manifest_dtype(m, tensor->dtype);
    if (dtype == MSIG_NONE)
        return msig_err_nomem(err);
    status = msig_manifest_classify(b, tensor->name, dtype, tensor->dims, tensor->rank,
                                    tensor->bytes, err);
    return status == MSIG_OK ? msig_manifest_commit(b, tensor->file, err) : status;
}
