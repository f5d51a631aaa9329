#include "format/manifest_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/key.h"
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
    m->build = msig_manifest_build_new(m);
    bool good = m->build != NULL;
    for (uint32_t i = 0; good && i < MSIG_DTYPE_COUNT; i++)
        good = msig_intern_put(&m->dtypes, msig_span_of(msig_dtype_row(i)->name)) != MSIG_NONE;
    if (!good) {
        msig_manifest_close(m);
        return msig_err_nomem(err);
    }
    *manifest = m;
    return MSIG_OK;
}

void msig_manifest_close(msig_manifest *m) {
    if (!m)
        return;
    msig_alloc alloc = m->alloc;
    msig_manifest_build_free(m->build);
    for (size_t i = 0; i < m->variant_count; i++) {
        msig_ranges_clear(&m->variants[i].layers, &alloc);
        msig_ranges_clear(&m->variants[i].experts, &alloc);
    }
    msig_free(&alloc, m->first_variants, m->key_capacity, sizeof *m->first_variants);
    msig_free(&alloc, m->variants, m->variant_capacity, sizeof *m->variants);
    msig_free(&alloc, m->tensors, m->tensor_capacity, sizeof *m->tensors);
    msig_free(&alloc, m->runs, m->run_capacity, sizeof *m->runs);
    msig_free(&alloc, m->findings, m->finding_capacity, sizeof *m->findings);
    msig_free(&alloc, m->scratch, m->scratch_size, 1);
    msig_intern_clear(&m->keys);
    msig_intern_clear(&m->dtypes);
    msig_intern_clear(&m->files);
    msig_intern_clear(&m->odd_names);
    msig_arena_clear(&m->arena);
    msig_free(&alloc, m, 1, sizeof *m);
}

void msig_manifest_set_strict(msig_manifest *m, bool strict) {
    m->strict = strict;
}

msig_status msig_manifest_finish(msig_manifest *m, msig_err *err) {
    if (!m->build)
        return MSIG_OK;
    msig_status status = msig_manifest_check(m->build, err);
    if (status != MSIG_OK)
        return status;
    for (size_t i = 0; i < m->variant_count; i++) {
        msig_ranges_sort(&m->variants[i].layers);
        msig_ranges_sort(&m->variants[i].experts);
    }
    msig_manifest_build_free(m->build);
    m->build = NULL;
    return MSIG_OK;
}

bool msig_manifest_is_finished(const msig_manifest *m) {
    return !m->build;
}

size_t msig_manifest_count(const msig_manifest *m) {
    return m->tensor_count;
}

msig_name msig_manifest_tensor_name(const msig_manifest *m, size_t tensor) {
    const msig_tensor_record *t = &m->tensors[tensor];
    msig_name name = {m->variants[t->variant].key, {t->index[0], t->index[1]}};
    if (t->odd)
        name.id = t->index[0] | MSIG_NAME_ODD;
    return name;
}

static msig_span file_of(const msig_manifest *m, size_t tensor) {
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

msig_tensor msig_manifest_tensor(msig_manifest *m, size_t i) {
    const msig_variant *variant = &m->variants[m->tensors[i].variant];
    msig_tensor tensor = {msig_manifest_spell(m, msig_manifest_tensor_name(m, i)),
                          m->dtypes.spans[variant->dtype],
                          variant->dims,
                          variant->rank,
                          variant->bytes,
                          file_of(m, i)};
    return tensor;
}

uint64_t msig_manifest_bytes(const msig_manifest *m) {
    return m->bytes;
}

uint64_t msig_manifest_params(const msig_manifest *m) {
    return m->params;
}

size_t msig_manifest_key_count(const msig_manifest *m) {
    return m->keys.count;
}

msig_span msig_manifest_key(const msig_manifest *m, uint32_t key) {
    return m->keys.spans[key];
}

const msig_variant *msig_manifest_first_variant(const msig_manifest *m, uint32_t key) {
    uint32_t first = m->first_variants[key];
    return first == MSIG_NONE ? NULL : &m->variants[first];
}

const msig_variant *msig_manifest_next_variant(const msig_manifest *m,
                                               const msig_variant *variant) {
    return variant->next == MSIG_NONE ? NULL : &m->variants[variant->next];
}

msig_span msig_manifest_dtype_name(const msig_manifest *m, uint32_t dtype) {
    return m->dtypes.spans[dtype];
}

size_t msig_manifest_finding_count(const msig_manifest *m) {
    return m->finding_count;
}

const msig_finding *msig_manifest_finding(const msig_manifest *m, size_t i) {
    return &m->findings[i];
}

void msig_manifest_limit_templates(msig_manifest *m, size_t most) {
    if (m->build)
        m->build->most_templates = most;
}

size_t msig_manifest_template_count(const msig_manifest *m) {
    return m->build ? m->build->template_count : 0;
}

msig_status msig_manifest_note(msig_manifest *m, const char *code, msig_span where, msig_err *err,
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

msig_span msig_manifest_spell(msig_manifest *m, msig_name name) {
    if (name.id & MSIG_NAME_ODD)
        return m->odd_names.spans[name.id ^ MSIG_NAME_ODD];
    msig_span key = m->keys.spans[name.id];
    size_t len = msig_key_name(key, name.index, sizeof name.index / sizeof *name.index, m->scratch);
    return (msig_span){m->scratch, len};
}
