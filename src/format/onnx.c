#include "format/onnx.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sum.h"
#include "format/dtype.h"
#include "format/onnx_schema.h"
#include "format/sniff.h"

struct msig_onnx {
    msig_alloc alloc;
    msig_source *source;
    msig_wire *wire;  /* until the model is unpacked */
    msig_arena arena; /* of the unpacked model */
    uint64_t size, walked, allowed;
    bool exhausted; /* the unpacked model needs more than is allowed, */
    bool starved;   /* or more than there is */
    Msig__ModelProto *model;
    msig_onnx_scope *scopes;
    size_t scope_count, scope_capacity;
    msig_onnx_operator *operators;
    size_t operator_count, node_count, tensor_count;
    bool read, skipped;
};

static const char *const dtypes[] = {
    [1] = "F32",   [2] = "U8",       [3] = "I8",           [4] = "U16",      [5] = "I16",
    [6] = "I32",   [7] = "I64",      [8] = "STRING",       [9] = "BOOL",     [10] = "F16",
    [11] = "F64",  [12] = "U32",     [13] = "U64",         [14] = "C64",     [15] = "C128",
    [16] = "BF16", [17] = "F8_E4M3", [18] = "F8_E4M3FNUZ", [19] = "F8_E5M2", [20] = "F8_E5M2FNUZ",
    [21] = "U4",   [22] = "I4",      [23] = "F4",          [24] = "F8_E8M0", [25] = "U2",
    [26] = "I2",
};

const char *msig_onnx_dtype(int32_t number) {
    if (number < 0 || (size_t)number >= sizeof dtypes / sizeof *dtypes)
        return NULL;
    return dtypes[number];
}

/* ---- unpacking ---- */

/* protobuf-c's allocator: an arena, all of which is freed at once. */
static void *unpack_alloc(void *ctx, size_t size) {
    msig_onnx *o = ctx;
    if (o->arena.bytes > o->allowed || size > o->allowed - o->arena.bytes) {
        o->exhausted = true;
        return NULL;
    }
    void *ptr = msig_arena_alloc(&o->arena, size);
    o->starved = o->starved || !ptr;
    return ptr;
}

static void unpack_free(void *ctx, void *ptr) {
    (void)ctx;
    (void)ptr;
}

static msig_status too_large(const msig_onnx *o, msig_err *err) {
    return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET,
                        "a graph that needs more than %" PRIu64 " bytes of memory", o->allowed);
}

static msig_status unpack(msig_onnx *o, msig_err *err) {
    ProtobufCAllocator allocator = {unpack_alloc, unpack_free, o};
    msig_span skeleton = msig_wire_skeleton(o->wire);
    uint64_t taken = msig_wire_memory(o->wire);
    o->walked = msig_wire_walked(o->wire);
    o->allowed = msig_wire_allowed(o->wire);
    o->allowed = o->allowed > taken ? o->allowed - taken : 0;
    o->model = msig__model_proto__unpack(&allocator, skeleton.len, (const uint8_t *)skeleton.ptr);
    o->allowed += taken;
    if (!o->model && o->exhausted)
        return too_large(o, err);
    if (!o->model && o->starved)
        return msig_err_nomem(err);
    if (!o->model)
        return msig_err_set(err, MSIG_EMALFORMED, 0, "protobuf-c cannot unpack the graph");
    msig_wire_close(o->wire);
    o->wire = NULL;
    return MSIG_OK;
}

/* ---- lists ---- */

static msig_status add_graphs(msig_onnx *o, const msig_onnx_scope *scope, msig_err *err);

/* Adds a scope and those inside it. The walker bounds how deep this goes. */
static msig_status add_scope(msig_onnx *o, const msig_onnx_scope *scope, msig_err *err) {
    if (!msig_grow(&o->alloc, &o->scopes, &o->scope_capacity, o->scope_count + 1,
                   sizeof *o->scopes))
        return msig_err_nomem(err);
    o->scopes[o->scope_count++] = *scope;
    o->node_count += scope->node_count;
    o->tensor_count += scope->graph ? scope->graph->n_initializer : 0;
    return add_graphs(o, scope, err);
}

static msig_status add_graph(msig_onnx *o, const msig_onnx_scope *outer,
                             const Msig__GraphProto *graph, msig_err *err) {
    msig_onnx_kind kind = outer->kind == MSIG_ONNX_GRAPH ? MSIG_ONNX_SUBGRAPH : outer->kind;
    msig_onnx_scope scope = {kind, graph, outer->function, graph->node, graph->n_node};
    return add_scope(o, &scope, err);
}

/* Adds the graphs in the attributes of a scope's nodes. */
static msig_status add_graphs(msig_onnx *o, const msig_onnx_scope *scope, msig_err *err) {
    msig_status status = MSIG_OK;
    for (size_t i = 0; i < scope->node_count; i++) {
        const Msig__NodeProto *node = scope->nodes[i];
        for (size_t k = 0; k < node->n_attribute; k++) {
            const Msig__AttributeProto *attribute = node->attribute[k];
            if (attribute->g && status == MSIG_OK)
                status = add_graph(o, scope, attribute->g, err);
            for (size_t j = 0; j < attribute->n_graphs && status == MSIG_OK; j++)
                status = add_graph(o, scope, attribute->graphs[j], err);
        }
    }
    return status;
}

static msig_status list_scopes(msig_onnx *o, msig_err *err) {
    const Msig__GraphProto *graph = o->model->graph;
    msig_onnx_scope main = {MSIG_ONNX_GRAPH, graph, NULL, graph->node, graph->n_node};
    msig_status status = add_scope(o, &main, err);
    for (size_t i = 0; i < o->model->n_functions && status == MSIG_OK; i++) {
        const Msig__FunctionProto *f = o->model->functions[i];
        msig_onnx_scope body = {MSIG_ONNX_FUNCTION, NULL, f, f->node, f->n_node};
        status = add_scope(o, &body, err);
    }
    return status;
}

static int by_place(const void *a, const void *b) {
    const msig_onnx_operator *x = a;
    const msig_onnx_operator *y = b;
    if (x->kind != y->kind)
        return (x->kind > y->kind) - (x->kind < y->kind);
    int order = msig_span_order(x->domain, y->domain);
    return order ? order : msig_span_order(x->name, y->name);
}

/* Brings equal operators together; returns how many differ. */
static size_t join_equal(msig_onnx_operator *list, size_t n) {
    size_t kept = 0;
    if (n)
        qsort(list, n, sizeof *list, by_place);
    for (size_t i = 0; i < n; i++)
        if (kept > 0 && by_place(&list[kept - 1], &list[i]) == 0)
            list[kept - 1].count++;
        else
            list[kept++] = list[i];
    return kept;
}

static void name_operators(const msig_onnx_scope *scope, msig_onnx_operator *list) {
    for (size_t i = 0; i < scope->node_count; i++) {
        const Msig__NodeProto *node = scope->nodes[i];
        msig_onnx_operator one = {scope->kind, msig_onnx_domain(node->domain),
                                  msig_onnx_text(node->op_type), 1};
        list[i] = one;
    }
}

size_t msig_onnx_operators_of(const msig_onnx_scope *scope, msig_onnx_operator *list) {
    name_operators(scope, list);
    return join_equal(list, scope->node_count);
}

bool msig_onnx_has_room(const msig_onnx *o, size_t bytes) {
    enum { TENSOR_COST = 200 }; /* in a manifest, and while it is made */
    return bytes + o->arena.bytes + o->node_count * sizeof *o->operators +
               o->scope_capacity * sizeof *o->scopes + o->tensor_count * TENSOR_COST <=
           o->allowed;
}

static msig_status count_operators(msig_onnx *o, msig_err *err) {
    if (!msig_onnx_has_room(o, 0))
        return too_large(o, err);
    o->operators = msig_new(&o->alloc, o->node_count, sizeof *o->operators);
    if (!o->operators)
        return msig_err_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < o->scope_count; i++) {
        name_operators(&o->scopes[i], o->operators + n);
        n += o->scopes[i].node_count;
    }
    o->operator_count = join_equal(o->operators, n);
    return MSIG_OK;
}

/* ---- tensors ---- */

static msig_status measure(const Msig__TensorProto *tensor, msig_onnx_tensor *out, msig_err *err) {
    out->elements = 1;
    bool empty = false;
    for (size_t i = 0; i < tensor->n_dims; i++) {
        if (tensor->dims[i] < 0)
            return msig_err_set(err, MSIG_EMALFORMED, (int64_t)tensor->at,
                                "a tensor with the dim %" PRId64, tensor->dims[i]);
        empty = empty || tensor->dims[i] == 0;
    }
    for (size_t i = 0; i < tensor->n_dims && !empty; i++)
        if (!msig_mul(out->elements, (uint64_t)tensor->dims[i], &out->elements))
            return msig_err_set(err, MSIG_EMALFORMED, (int64_t)tensor->at,
                                "a tensor of more than 2^64 elements");
    if (empty)
        out->elements = 0;
    return MSIG_OK;
}

msig_status msig_onnx_describe(const Msig__TensorProto *tensor, msig_onnx_tensor *out,
                               msig_err *err) {
    memset(out, 0, sizeof *out);
    out->name = msig_onnx_text(tensor->name);
    out->dtype = msig_onnx_dtype(tensor->data_type);
    out->external = tensor->data_location == MSIG_ONNX_EXTERNAL;
    msig_status status = measure(tensor, out, err);
    if (status != MSIG_OK)
        return status;
    for (size_t i = 0; i < tensor->n_payload; i++) {
        out->stored += tensor->payload[i]->bytes;
        out->stores += tensor->payload[i]->count;
        out->raw = out->raw || tensor->payload[i]->field == MSIG_ONNX_RAW_DATA;
    }
    uint32_t dtype = out->dtype ? msig_dtype_find(msig_span_of(out->dtype)) : MSIG_DTYPE_COUNT;
    const msig_dtype *row = dtype < MSIG_DTYPE_COUNT ? msig_dtype_row(dtype) : NULL;
    if (!row || !row->items) {
        out->bytes = out->stored; /* texts, and types that came later */
        return MSIG_OK;
    }
    uint64_t units = out->elements / row->items + (out->elements % row->items != 0);
    if (!msig_mul(units, row->bytes, &out->bytes))
        return msig_err_set(err, MSIG_EMALFORMED, (int64_t)tensor->at,
                            "a tensor of more than 2^64 bytes");
    return MSIG_OK;
}

/* ---- the whole ---- */

msig_status msig_onnx_open(const msig_alloc *alloc, msig_source *source,
                           const msig_wire_limits *limits, msig_onnx **onnx, msig_err *err) {
    msig_onnx *o = msig_new(alloc, 1, sizeof *o);
    if (!o)
        return msig_err_nomem(err);
    o->alloc = *alloc;
    o->source = source;
    o->size = msig_source_size(source);
    msig_arena_init(&o->arena, alloc);
    msig_status status = msig_wire_open(alloc, source, &msig_onnx_schema, limits, &o->wire, err);
    if (status != MSIG_OK) {
        msig_onnx_close(o);
        return status;
    }
    *onnx = o;
    return MSIG_OK;
}

static msig_status understand(msig_onnx *o, msig_err *err) {
    msig_status status = unpack(o, err);
    if (status == MSIG_OK && !o->model->graph)
        status = msig_err_set(err, MSIG_EMALFORMED, 0, "expected a model with a graph, found none");
    if (status == MSIG_OK)
        status = list_scopes(o, err);
    return status == MSIG_OK ? count_operators(o, err) : status;
}

msig_status msig_onnx_read(msig_onnx *o, msig_err *err) {
    uint64_t offset;
    if (!o->wire)
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET, "the model could not be read");
    msig_status status = msig_wire_walk(o->wire, err);
    if (status != MSIG_OK && msig_wire_missing(o->wire, &offset))
        return status;
    if (status == MSIG_OK && o->skipped)
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET, "parts were left out");
    if (status == MSIG_OK)
        status = understand(o, err);
    if (status != MSIG_OK)
        return msig_sniff_explain(o->source, "ONNX", status, err);
    o->read = true;
    return MSIG_OK;
}

bool msig_onnx_skip(msig_onnx *o, uint64_t *offset) {
    if (!o->wire || !msig_wire_skip(o->wire, offset))
        return false;
    o->skipped = true;
    return true;
}

const msig_wire *msig_onnx_wire(const msig_onnx *o) {
    return o->wire;
}

const Msig__ModelProto *msig_onnx_model(const msig_onnx *o) {
    return o->read ? o->model : NULL;
}

const msig_onnx_scope *msig_onnx_scopes(const msig_onnx *o, size_t *count) {
    *count = o->scope_count;
    return o->scopes;
}

const msig_onnx_operator *msig_onnx_operators(const msig_onnx *o, size_t *count) {
    *count = o->operator_count;
    return o->operators;
}

uint64_t msig_onnx_size(const msig_onnx *o) {
    return o->size;
}

uint64_t msig_onnx_walked(const msig_onnx *o) {
    return o->walked;
}

void msig_onnx_close(msig_onnx *o) {
    if (!o)
        return;
    msig_alloc alloc = o->alloc;
    msig_wire_close(o->wire);
    if (o->scopes)
        msig_free(&alloc, o->scopes, o->scope_capacity, sizeof *o->scopes);
    if (o->operators)
        msig_free(&alloc, o->operators, o->node_count, sizeof *o->operators);
    msig_arena_clear(&o->arena);
    msig_free(&alloc, o, 1, sizeof *o);
}
