/* What an ONNX model says about its tensors, and what is odd about it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "format/manifest_build.h"
#include "format/onnx.h"

/* Oddities that are read all the same: counted, with the first one kept. */
typedef enum oddity {
    ODD_NAME,
    ODD_DUPLICATE,
    ODD_DTYPE,
    ODD_BYTES,
    ODD_NOTHING,
    ODD_BOTH,
    ODD_COUNT
} oddity;

static const struct {
    const char *code, *text;
} oddities[ODD_COUNT] = {
    [ODD_NAME] = {"odd_name", "a tensor name that is empty, has control characters or is no UTF-8"},
    [ODD_DUPLICATE] = {"duplicate_name", "a tensor name twice in one graph"},
    [ODD_DTYPE] = {"unknown_dtype", "a dtype that the format does not have"},
    [ODD_BYTES] = {"bytes_differ", "a tensor with other bytes than dtype and dims say"},
    [ODD_NOTHING] = {"no_data", "a tensor without its values"},
    [ODD_BOTH] = {"external_and_inline", "a tensor whose values are in another file, and here too"},
};

typedef struct lister {
    const msig_onnx *onnx;
    msig_manifest *manifest;
    msig_manifest_build *build;
    msig_span file;
    uint64_t *dims; /* of the tensor at hand */
    size_t dim_capacity;
    struct {
        size_t count;
        msig_span name;
    } odd[ODD_COUNT];
} lister;

static void note(lister *l, oddity odd, msig_span name) {
    if (l->odd[odd].count++ == 0)
        l->odd[odd].name = name;
}

static bool is_odd_name(msig_span name) {
    for (size_t i = 0; i < name.len;) {
        size_t n = msig_utf8_char(name.ptr + i, name.len - i);
        if (n == 0 || msig_utf8_is_hidden(name.ptr + i, n))
            return true;
        i += n;
    }
    return name.len == 0;
}

static void note_oddities(lister *l, const msig_onnx_tensor *facts) {
    if (is_odd_name(facts->name))
        note(l, ODD_NAME, facts->name);
    if (!facts->dtype)
        note(l, ODD_DTYPE, facts->name);
    if (facts->external && facts->stored > 0)
        note(l, ODD_BOTH, facts->name);
    else if (!facts->external && facts->raw && facts->stored != facts->bytes)
        note(l, ODD_BYTES, facts->name);
    else if (!facts->external && facts->elements > 0 && facts->stores == 0)
        note(l, ODD_NOTHING, facts->name);
}

static uint32_t dtype_number(lister *l, const Msig__TensorProto *tensor) {
    char text[32];
    const char *name = msig_onnx_dtype(tensor->data_type);
    if (!name) {
        snprintf(text, sizeof text, "UNKNOWN_%" PRId32, tensor->data_type);
        name = text;
    }
    return msig_manifest_dtype(l->manifest, msig_span_of(name));
}

static msig_status add(lister *l, const Msig__TensorProto *tensor, msig_err *err) {
    msig_onnx_tensor facts;
    msig_status status = msig_onnx_describe(tensor, &facts, err);
    if (status != MSIG_OK)
        return status;
    uint32_t dtype = dtype_number(l, tensor);
    if (dtype == MSIG_NONE || !msig_grow(&l->manifest->alloc, &l->dims, &l->dim_capacity,
                                         tensor->n_dims + 1, sizeof *l->dims))
        return msig_err_nomem(err);
    for (size_t i = 0; i < tensor->n_dims; i++)
        l->dims[i] = (uint64_t)tensor->dims[i];
    note_oddities(l, &facts);
    return msig_manifest_classify(l->build, facts.name, dtype, l->dims, (uint32_t)tensor->n_dims,
                                  facts.bytes, err);
}

static int by_text(const void *a, const void *b) {
    return msig_span_order(*(const msig_span *)a, *(const msig_span *)b);
}

/* Notes names that come twice. */
static msig_status compare_names(lister *l, const Msig__GraphProto *graph, msig_err *err) {
    size_t n = graph->n_initializer;
    const msig_alloc *alloc = &l->manifest->alloc;
    msig_span *names = msig_new(alloc, n, sizeof *names);
    if (!names)
        return msig_err_nomem(err);
    for (size_t i = 0; i < n; i++)
        names[i] = msig_onnx_text(graph->initializer[i]->name);
    qsort(names, n, sizeof *names, by_text);
    for (size_t i = 1; i < n; i++)
        if (msig_span_equal(names[i - 1], names[i]))
            note(l, ODD_DUPLICATE, names[i]);
    msig_free(alloc, names, n, sizeof *names);
    return MSIG_OK;
}

static msig_status add_all(lister *l, msig_err *err) {
    size_t count;
    const msig_onnx_scope *scopes = msig_onnx_scopes(l->onnx, &count);
    msig_status status = MSIG_OK;
    for (size_t i = 0; i < count && status == MSIG_OK; i++) {
        const Msig__GraphProto *graph = scopes[i].graph;
        if (!graph)
            continue;
        status = compare_names(l, graph, err);
        for (size_t k = 0; k < graph->n_initializer && status == MSIG_OK; k++)
            status = add(l, graph->initializer[k], err);
    }
    return status;
}

static msig_status report(lister *l, msig_err *err) {
    msig_status status = MSIG_OK;
    for (int i = 0; i < ODD_COUNT && status == MSIG_OK; i++) {
        msig_span name = l->odd[i].name;
        if (l->odd[i].count)
            status = msig_manifest_note(
                l->manifest, oddities[i].code, l->file, err, "%s: '%.*s' (%zu in all)",
                oddities[i].text, (int)(name.len < 60 ? name.len : 60), name.ptr, l->odd[i].count);
    }
    if (status == MSIG_OK && msig_onnx_model(l->onnx)->n_opset_import == 0)
        status = msig_manifest_note(l->manifest, "no_opset", l->file, err,
                                    "the model does not say which operators it uses");
    if (status == MSIG_OK && msig_onnx_size(l->onnx) > INT32_MAX)
        status = msig_manifest_note(l->manifest, "large_file", l->file, err,
                                    "a file above 2 GiB, which the official parsers refuse");
    return status;
}

msig_status msig_onnx_list(const msig_onnx *onnx, msig_manifest *manifest, msig_span file,
                           msig_err *err) {
    lister l = {.onnx = onnx, .manifest = manifest, .file = file};
    msig_status status = msig_manifest_begin(manifest, &l.build, err);
    if (status == MSIG_OK)
        status = add_all(&l, err);
    if (status == MSIG_OK)
        status = report(&l, err);
    if (status == MSIG_OK)
        status = msig_manifest_commit(l.build, file, err);
    if (l.dims)
        msig_free(&manifest->alloc, l.dims, l.dim_capacity, sizeof *l.dims);
    return status;
}
