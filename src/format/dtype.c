#include "format/dtype.h"

#include "base/sum.h"

static const msig_dtype rows[MSIG_DTYPE_COUNT] = {
#define ELEMENT(name, items, bytes) {#name, items, bytes, false},
#define BLOCK(name, items, bytes) {#name, items, bytes, true},
    MSIG_DTYPE_SAFETENSORS_LIST(ELEMENT) MSIG_DTYPE_ONNX_LIST(ELEMENT) MSIG_DTYPE_GGUF_LIST(BLOCK)
#undef ELEMENT
#undef BLOCK
};

uint32_t msig_dtype_find(msig_span name) {
    uint32_t i = 0;
    for (; i < MSIG_DTYPE_COUNT; i++)
        if (msig_span_equal(name, msig_span_of(rows[i].name)))
            break;
    return i;
}

const msig_dtype *msig_dtype_row(uint32_t dtype) {
    return &rows[dtype];
}

/* The official parser counts bits, and refuses what overflows them. */
static bool measure_elements(const msig_dtype *row, uint64_t elements, uint64_t *bytes,
                             const char **message) {
    uint64_t bits;
    *message = "overflow";
    if (!msig_mul(elements, row->bytes * UINT64_C(8) / row->items, &bits))
        return false;
    *message = "no whole byte";
    *bytes = bits / 8;
    return bits % 8 == 0;
}

bool msig_dtype_measure(uint32_t dtype, const uint64_t *dims, uint32_t rank, uint64_t *bytes,
                        const char **message) {
    const msig_dtype *row = &rows[dtype];
    uint64_t elements = 1;
    *message = "no size";
    if (row->items == 0)
        return false;
    *message = "overflow";
    for (uint32_t i = 0; i < rank; i++)
        if (!msig_mul(elements, dims[i], &elements))
            return false;
    if (!row->block)
        return measure_elements(row, elements, bytes, message);
    if (rank == 0 || dims[rank - 1] % row->items != 0) {
        *message = "no whole block";
        return false;
    }
    return msig_mul(elements / row->items, row->bytes, bytes);
}
