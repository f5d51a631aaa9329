/*
 * Fuzz target: ONNX models. Input: one byte of choices, then the file. Read at once and byte by
 * byte, which must come to the same, within little memory.
 */
#include "agree.h"

#include "format/onnx.h"
#include "format/onnx_scan.h"

enum { STRICT = 1, NARROW_LIMITS = 2 };

/* What a reader takes beside what is in proportion to the input: a window, the stack, the first
 * blocks of lists. */
#define BESIDE ((size_t)1 << 20)
#define MEMORY ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

typedef struct reading {
    msig_alloc_failing memory;
    msig_alloc alloc;
    msig_onnx *onnx;
    msig_manifest *manifest;
    msig_status status;
    msig_err err;
} reading;

static void read_model(reading *r, unsigned choices, msig_span file, size_t window) {
    hollow_source source = hollow_over(file, 0, window);
    msig_wire_limits limits = msig_wire_default_limits;
    memset(r, 0, sizeof *r);
    memset(&r->err, 0x5a, sizeof r->err);
    r->memory.fail_at = SIZE_MAX;
    r->alloc = msig_alloc_failing_borrow(&r->memory);
    limits.memory = MEMORY;
    if (choices & NARROW_LIMITS) {
        limits.depth = 8;
        limits.messages = 32;
        limits.name = limits.text = limits.some = 4;
        limits.memory = 1 << 12;
    }
    r->status = msig_onnx_open(&r->alloc, &source.base, &limits, &r->onnx, &r->err);
    if (r->status == MSIG_OK)
        r->status = msig_onnx_read(r->onnx, &r->err);
    r->manifest = new_manifest(false);
    msig_manifest_set_strict(r->manifest, choices & STRICT);
    if (r->status == MSIG_OK)
        r->status = msig_onnx_list(r->onnx, r->manifest, msig_span_of("f"), &r->err);
    demand(r->memory.peak <= MEMORY + BESIDE + 4 * file.len, "memory in proportion");
}

static void close_reading(reading *r) {
    msig_onnx_close(r->onnx);
    msig_manifest_close(r->manifest);
    demand(r->memory.live == 0, "all memory is given back");
}

static void check_graph(const Msig__GraphProto *graph) {
    demand(graph->base.n_unknown_fields == 0, "the skeleton has known fields only");
    for (size_t i = 0; i < graph->n_initializer; i++) {
        const Msig__TensorProto *tensor = graph->initializer[i];
        demand(tensor->base.n_unknown_fields == 0, "tensors have known fields only");
        demand(tensor->has_at, "a tensor has a place");
    }
    for (size_t i = 0; i < graph->n_node; i++)
        demand(graph->node[i]->base.n_unknown_fields == 0, "nodes have known fields only");
}

/* What holds for a model that was read. */
static void check_model(const reading *r, size_t len) {
    const Msig__ModelProto *model = msig_onnx_model(r->onnx);
    size_t scopes, operators;
    uint64_t nodes = 0;
    demand(model && model->graph && model->base.n_unknown_fields == 0, "a model");
    const msig_onnx_scope *scope = msig_onnx_scopes(r->onnx, &scopes);
    for (size_t i = 0; i < scopes; i++) {
        nodes += scope[i].node_count;
        if (scope[i].graph)
            check_graph(scope[i].graph);
    }
    const msig_onnx_operator *list = msig_onnx_operators(r->onnx, &operators);
    for (size_t i = 0; i < operators; i++)
        nodes -= list[i].count;
    demand(nodes == 0, "every node is counted");
    demand(msig_onnx_walked(r->onnx) <= len, "no more is walked than there is");
}

static void compare(const reading *a, const reading *b, size_t len) {
    demand(a->status == b->status, "one status");
    if (a->status == MSIG_OK) {
        demand(!disagreement(a->manifest, b->manifest), "one result");
        demand(msig_onnx_walked(a->onnx) == msig_onnx_walked(b->onnx), "one walk");
        check_model(a, len);
        return;
    }
    demand(a->err.offset == b->err.offset && strcmp(a->err.text, b->err.text) == 0, "one error");
    demand(a->err.offset <= (int64_t)len, "a place in the file");
    demand(!strstr(a->err.text, "protobuf-c"), "what was walked can be unpacked");
    demand(a->status == MSIG_EMALFORMED || a->status == MSIG_ETRUNCATED ||
               a->status == MSIG_ELIMIT || a->status == MSIG_EUNSUPPORTED,
           "a status that says something of the input");
}

/* What is guessed of a piece of a file lies inside it. */
static void scan(msig_span text) {
    msig_onnx_header header;
    size_t from = 0;
    while (msig_onnx_scan(text, from, 1, &header)) {
        demand(from <= header.begin && header.begin < header.payload, "headers in order");
        demand(header.payload <= text.len && header.bytes >= 1, "a header in the text");
        from = header.payload;
    }
    demand(msig_onnx_tail(&msig_alloc_system, text) <= text.len, "an end in the text");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    if (len == 0)
        return 0;
    msig_span file = {(const char *)input + 1, len - 1};
    reading whole, narrow;
    read_model(&whole, input[0], file, SIZE_MAX);
    read_model(&narrow, input[0], file, 1);
    compare(&whole, &narrow, file.len);
    scan(file);
    close_reading(&whole);
    close_reading(&narrow);
    return 0;
}
