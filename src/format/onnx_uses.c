/*
 * Who reads a value: the inputs of all nodes, in the order of their names. Functions are left out,
 * since their names are their own; those of inner graphs may be of the graphs around them.
 */
#include "format/onnx.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b) {
    const msig_onnx_use *x = a;
    const msig_onnx_use *y = b;
    int order = msig_span_order(x->name, y->name);
    if (order != 0)
        return order;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static size_t count_inputs(const msig_onnx_scope *scopes, size_t count) {
    size_t inputs = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < scopes[i].node_count; k++)
            inputs += scopes[i].kind == MSIG_ONNX_FUNCTION ? 0 : scopes[i].nodes[k]->n_input;
    return inputs;
}

static void fill(msig_onnx_uses *uses, const msig_onnx_scope *scope) {
    for (size_t i = 0; i < scope->node_count; i++) {
        const Msig__NodeProto *node = scope->nodes[i];
        for (size_t k = 0; k < node->n_input; k++) {
            msig_onnx_use *use = &uses->list[uses->count];
            use->name = msig_onnx_text(node->input[k]);
            use->node = node;
            use->input = (uint32_t)k;
            use->ordinal = (uint32_t)uses->count++;
        }
    }
}

msig_status msig_onnx_uses_open(const msig_alloc *alloc, const msig_onnx *onnx,
                                msig_onnx_uses *uses, msig_err *err) {
    size_t count;
    const msig_onnx_scope *scopes = msig_onnx_scopes(onnx, &count);
    size_t inputs = count_inputs(scopes, count);
    uses->count = 0;
    if (inputs >= UINT32_MAX || !msig_onnx_has_room(onnx, inputs * sizeof *uses->list))
        return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET, "a graph of %zu inputs of nodes",
                            inputs);
    uses->list = msig_new(alloc, inputs, sizeof *uses->list);
    if (!uses->list)
        return msig_err_nomem(err);
    uses->capacity = inputs;
    for (size_t i = 0; i < count; i++)
        if (scopes[i].kind != MSIG_ONNX_FUNCTION)
            fill(uses, &scopes[i]);
    qsort(uses->list, uses->count, sizeof *uses->list, by_name);
    return MSIG_OK;
}

const msig_onnx_use *msig_onnx_uses_find(const msig_onnx_uses *uses, msig_span name,
                                         size_t *count) {
    size_t low = 0;
    size_t high = uses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (msig_span_order(uses->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < uses->count && msig_span_equal(uses->list[low + *count].name, name))
        ++*count;
    return uses->list + low;
}

void msig_onnx_uses_close(msig_onnx_uses *uses, const msig_alloc *alloc) {
    if (uses->list)
        msig_free(alloc, uses->list, uses->capacity, sizeof *uses->list);
    uses->list = NULL;
}
