/* ONNX models: what becomes of the walker's skeleton, and what that may cost. */
#include "support.h"

#include "format/onnx.h"
#include "format/onnx_scan.h"
#include "wire.h"

#define MEGABYTE ((size_t)1 << 20)

/* A tensor of the dims {2, 3} with raw data. */
static void put_tensor(wire_text *graph, const char *name, uint64_t dtype, size_t bytes) {
    wire_text tensor = {0};
    char *data = calloc(bytes + 1, 1);
    put_blob(&tensor, 1, "\2\3", 2);
    put_number(&tensor, 2, dtype);
    put_string(&tensor, 8, name);
    put_blob(&tensor, 9, data, bytes);
    put_message(graph, 5, &tensor);
    free(data);
}

static void put_node(wire_text *graph, unsigned number, const char *domain, const char *op) {
    wire_text node = {0};
    put_string(&node, 4, op);
    put_string(&node, 7, domain);
    put_message(graph, number, &node);
}

/* A node with a graph in an attribute, which has a node and a tensor. */
static void put_branch(wire_text *graph) {
    wire_text inner = {0}, attribute = {0}, node = {0};
    put_node(&inner, 1, "ai.onnx", "Relu");
    put_tensor(&inner, "inner", 10, 12);
    put_message(&attribute, 6, &inner);
    put_string(&node, 4, "If");
    put_message(&node, 5, &attribute);
    put_message(graph, 1, &node);
}

static wire_text model(void) {
    wire_text text = {0}, graph = {0}, function = {0}, opset = {0};
    put_node(&graph, 1, "", "MatMul");
    put_branch(&graph);
    put_node(&graph, 1, "", "MatMul");
    put_tensor(&graph, "weight", 1, 24);
    put_number(&text, 1, 9);
    put_message(&text, 7, &graph);
    put_string(&function, 1, "F");
    put_node(&function, 7, "my", "Own");
    put_message(&text, 25, &function);
    put_number(&opset, 2, 18);
    put_message(&text, 8, &opset);
    return text;
}

typedef struct reading {
    msig_onnx *onnx;
    msig_manifest *manifest;
    msig_status status;
    msig_err err;
} reading;

static reading read_span(const msig_alloc *alloc, msig_span text, size_t window) {
    reading r = {.err = garbage_err()};
    narrow_source source = narrow_over(text, window);
    r.status = msig_onnx_open(alloc, &source.base, &msig_wire_default_limits, &r.onnx, &r.err);
    if (r.status == MSIG_OK)
        r.status = msig_onnx_read(r.onnx, &r.err);
    if (r.status == MSIG_OK)
        r.status = msig_manifest_open(alloc, &r.manifest, &r.err);
    if (r.status == MSIG_OK)
        r.status = msig_onnx_list(r.onnx, r.manifest, msig_span_of("f"), &r.err);
    return r;
}

static void close_reading(reading *r) {
    msig_manifest_close(r->manifest);
    msig_onnx_close(r->onnx);
}

static void all_scopes_are_listed(void **state) {
    static const msig_onnx_kind kinds[] = {MSIG_ONNX_GRAPH, MSIG_ONNX_SUBGRAPH, MSIG_ONNX_FUNCTION};
    static const char *const names[][2] = {{"", "If"}, {"", "MatMul"}, {"", "Relu"}, {"my", "Own"}};
    static const uint64_t counts[] = {1, 2, 1, 1};
    (void)state;
    wire_text text = model();
    reading r = read_span(&msig_alloc_system, wire_span(&text), 7);
    size_t count;
    assert_int_equal(r.status, MSIG_OK);
    const msig_onnx_scope *scopes = msig_onnx_scopes(r.onnx, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(scopes[i].kind, kinds[i]);
    const msig_onnx_operator *operators = msig_onnx_operators(r.onnx, &count);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_true(msig_span_equal(operators[i].domain, msig_span_of(names[i][0])));
        assert_true(msig_span_equal(operators[i].name, msig_span_of(names[i][1])));
        assert_int_equal(operators[i].count, counts[i]);
    }
    assert_int_equal(msig_manifest_count(r.manifest), 2);
    assert_int_equal(msig_manifest_bytes(r.manifest), 24 + 12);
    assert_int_equal(msig_onnx_walked(r.onnx), text.len - 24 - 12);
    close_reading(&r);
    free(text.ptr);
}

static void pieces_of_a_message_merge(void **state) {
    wire_text text = {0}, graph = {0}, tensor = {0};
    (void)state;
    put_string(&tensor, 8, "first");
    put_number(&tensor, 1, 4);
    put_blob(&tensor, 9, "\0\0\0\0", 4);
    wire_text sparse = {0};
    put_message(&sparse, 1, &tensor);
    put_number(&tensor, 2, 3);
    put_number(&tensor, 1, 5);
    put_blob(&tensor, 9, "\0\0\0\0\0", 5);
    put_message(&sparse, 1, &tensor);
    put_message(&graph, 15, &sparse);
    put_message(&text, 7, &graph);
    put_node(&graph, 1, "", "Add");
    put_message(&text, 7, &graph);
    reading r = read_span(&msig_alloc_system, wire_span(&text), 4096);
    assert_int_equal(r.status, MSIG_OK);
    const Msig__GraphProto *merged = msig_onnx_model(r.onnx)->graph;
    assert_int_equal(merged->n_node, 1);
    assert_int_equal(merged->n_sparse_initializer, 1);
    msig_onnx_tensor facts;
    assert_int_equal(msig_onnx_describe(merged->sparse_initializer[0]->values, &facts, NULL),
                     MSIG_OK);
    assert_string_equal(facts.dtype, "I8");
    assert_int_equal(facts.elements, 20);
    assert_int_equal(facts.stored, 9);
    assert_int_equal(facts.stores, 2);
    close_reading(&r);
    free(text.ptr);
}

/* Of one input: an empty type, then one of a tensor, then its shape; protobuf merges them. */
static void pieces_of_a_type_merge(void **state) {
    wire_text text = {0}, graph = {0}, port = {0}, type = {0}, tensor = {0}, shape = {0}, dim = {0};
    (void)state;
    put_string(&port, 1, "x");
    put_message(&port, 2, &type);
    put_number(&tensor, 1, 7);
    put_message(&type, 1, &tensor);
    put_message(&port, 2, &type);
    put_message(&shape, 1, &dim);
    put_string(&dim, 2, "batch");
    put_message(&shape, 1, &dim);
    put_message(&tensor, 2, &shape);
    put_message(&type, 1, &tensor);
    put_message(&port, 2, &type);
    put_message(&graph, 11, &port);
    put_message(&text, 7, &graph);
    reading r = read_span(&msig_alloc_system, wire_span(&text), 4096);
    assert_int_equal(r.status, MSIG_OK);
    const Msig__TensorTypeProto *merged =
        msig_onnx_model(r.onnx)->graph->input[0]->type->tensor_type;
    assert_int_equal(merged->elem_type, 7);
    assert_int_equal(merged->shape->n_dim, 2);
    assert_false(merged->shape->dim[0]->has_dim_param);
    assert_true(merged->shape->dim[1]->has_dim_param);
    close_reading(&r);
    free(text.ptr);
}

static void narrow_types_are_packed(void **state) {
    static const struct {
        int32_t dtype;
        const char *name;
        uint64_t bytes; /* of 15 elements */
    } cases[] = {{1, "F32", 60},      {10, "F16", 30},         {15, "C128", 240}, {16, "BF16", 30},
                 {17, "F8_E4M3", 15}, {20, "F8_E5M2FNUZ", 15}, {21, "U4", 8},     {22, "I4", 8},
                 {23, "F4", 8},       {24, "F8_E8M0", 15},     {25, "U2", 4},     {26, "I2", 4}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t dims[] = {3, 5};
        Msig__TensorProto tensor = MSIG__TENSOR_PROTO__INIT;
        msig_onnx_tensor facts;
        tensor.dims = dims;
        tensor.n_dims = 2;
        tensor.data_type = cases[i].dtype;
        assert_int_equal(msig_onnx_describe(&tensor, &facts, NULL), MSIG_OK);
        assert_string_equal(facts.dtype, cases[i].name);
        assert_int_equal(facts.bytes, cases[i].bytes);
    }
    for (int32_t dtype = 1; dtype <= 26; dtype++)
        assert_non_null(msig_onnx_dtype(dtype));
    assert_null(msig_onnx_dtype(0));
    assert_null(msig_onnx_dtype(27));
    assert_null(msig_onnx_dtype(INT32_MIN));
}

static void dims_that_no_tensor_has_are_refused(void **state) {
    static const int64_t dims[][3] = {
        {-1, 2, 3}, {INT64_MAX, INT64_MAX, 1}, {INT64_MAX, 1, 1}, {0, -1, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
        Msig__TensorProto tensor = MSIG__TENSOR_PROTO__INIT;
        msig_onnx_tensor facts;
        msig_err err = garbage_err();
        tensor.dims = (int64_t *)dims[i];
        tensor.n_dims = 3;
        tensor.data_type = 1;
        tensor.at = 77;
        assert_int_equal(msig_onnx_describe(&tensor, &facts, &err), MSIG_EMALFORMED);
        assert_int_equal(err.offset, 77);
    }
}

/* What a bomb repeats, into the graph. */
static void put_many(wire_text *graph, unsigned number, const char *item, size_t len, size_t n) {
    graph->ptr = realloc(graph->ptr, graph->len + n * (len + 2));
    for (size_t i = 0; i < n; i++) {
        graph->ptr[graph->len++] = (char)(number << 3 | 2);
        graph->ptr[graph->len++] = (char)len;
        memcpy(graph->ptr + graph->len, item, len);
        graph->len += len;
    }
}

/* Memory stays within 64 MB and four times what is no weight, and beyond that the answer is no. */
static void bombs_are_refused(void **state) {
    static const struct {
        unsigned number;
        const char *item;
        size_t len, count;
    } bombs[] = {{1, "", 0, 100000},        {5, "\x4a\0", 2, 100000},
                 {1, "", 0, 1000000},       {5, "", 0, 1000000},
                 {5, "\x4a\0", 2, 1000000}, {13, "", 0, 2000000},
                 {1, "\x2a\0", 2, 1000000}, {5, "\x08\1\x10\1\x42\1w\x4a\0", 9, 1000000}};
    (void)state;
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        wire_text text = {0}, graph = {0};
        put_many(&graph, bombs[i].number, bombs[i].item, bombs[i].len, bombs[i].count);
        put_message(&text, 7, &graph);
        msig_alloc_failing failing = {.fail_at = SIZE_MAX};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        reading r = read_span(&alloc, wire_span(&text), 1 << 16);
        assert_int_equal(r.status, bombs[i].count > 100000 ? MSIG_ELIMIT : MSIG_OK);
        assert_true(failing.peak <= 64 * MEGABYTE + 4 * text.len);
        close_reading(&r);
        assert_int_equal(failing.live, 0);
        free(text.ptr);
    }
}

static void other_things_are_named(void **state) {
    static const char *const texts[] = {"<!DOCTYPE html><html></html>", "\x1f\x8b\x08\x00",
                                        "version https://git-lfs.github.com/spec/v1\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        reading r = read_span(&msig_alloc_system, msig_span_of(texts[i]), 64);
        assert_int_equal(r.status, MSIG_EUNSUPPORTED);
        close_reading(&r);
    }
    reading r = read_span(&msig_alloc_system, msig_span_of(""), 64);
    assert_int_equal(r.status, MSIG_EMALFORMED);
    assert_int_equal(r.err.offset, 0);
    assert_int_equal(msig_onnx_read(r.onnx, &r.err), MSIG_EMALFORMED); /* and stays so */
    close_reading(&r);
}

static void sweep(bool lasting) {
    wire_text text = model();
    size_t failures = 0;
    msig_status status = MSIG_ENOMEM;
    for (size_t at = 0; status != MSIG_OK; at++) {
        msig_alloc_failing failing = {.fail_at = at, .lasting = lasting};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        reading r = read_span(&alloc, wire_span(&text), 64);
        status = r.status;
        if (status != MSIG_OK) {
            assert_int_equal(status, MSIG_ENOMEM);
            failures++;
        }
        close_reading(&r);
        assert_int_equal(failing.live, 0);
    }
    assert_true(failures > 10);
    free(text.ptr);
}

static void lack_of_memory_is_reported(void **state) {
    (void)state;
    sweep(false);
    sweep(true);
}

/* Every text that is cut anywhere, or in which a byte is another one, gives a header inside it or
 * none. */
static void headers_lie_in_the_text(void **state) {
    (void)state;
    wire_text text = model();
    for (size_t len = 0; len <= text.len; len++) {
        char *copy = malloc(len + 1);
        memcpy(copy, text.ptr, len);
        msig_span span = {copy, len};
        msig_onnx_header header;
        for (size_t from = 0; msig_onnx_scan(span, from, 1, &header); from = header.payload)
            assert_true(from <= header.begin && header.payload <= len);
        assert_true(msig_onnx_tail(&msig_alloc_system, span) <= len);
        free(copy);
    }
    msig_alloc_failing failing = {.fail_at = 0};
    msig_alloc alloc = msig_alloc_failing_borrow(&failing);
    msig_span whole = {text.ptr, text.len};
    assert_true(msig_onnx_tail(&msig_alloc_system, whole) < text.len);
    assert_int_equal(msig_onnx_tail(&alloc, whole), text.len);
    free(text.ptr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_scopes_are_listed),
        cmocka_unit_test(pieces_of_a_message_merge),
        cmocka_unit_test(pieces_of_a_type_merge),
        cmocka_unit_test(narrow_types_are_packed),
        cmocka_unit_test(dims_that_no_tensor_has_are_refused),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(other_things_are_named),
        cmocka_unit_test(lack_of_memory_is_reported),
        cmocka_unit_test(headers_lie_in_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
