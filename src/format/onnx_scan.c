#include "format/onnx_scan.h"

#include "base/utf8.h"
#include "format/onnx.h"
#include "format/onnx_schema.h"

enum { DIMS = 1, DATA_TYPE = 2, NAME = 8, DOC_STRING = 12 }; /* fields of a tensor */
enum { RANK = 16, VARINT_BYTES = 10, MOST_FIELDS = 32 };

typedef struct cursor {
    const unsigned char *ptr;
    size_t pos, end;
} cursor;

static bool varint(cursor *c, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_BYTES && c->pos < c->end; shift += 7) {
        unsigned char byte = c->ptr[c->pos++];
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool add_dim(cursor *c, Msig__TensorProto *tensor) {
    uint64_t dim;
    if (tensor->n_dims == RANK || !varint(c, &dim) || dim > INT64_MAX)
        return false;
    tensor->dims[tensor->n_dims++] = (int64_t)dim;
    return true;
}

static bool add_packed_dims(cursor *c, size_t len, Msig__TensorProto *tensor) {
    cursor inner = {c->ptr, c->pos, c->pos + len};
    while (inner.pos < inner.end)
        if (!add_dim(&inner, tensor))
            return false;
    c->pos = inner.end;
    return true;
}

/* Do the values have as many bytes as dims and type say? */
static bool agrees(const Msig__TensorProto *tensor, uint64_t bytes) {
    msig_onnx_tensor facts;
    msig_err err;
    return tensor->n_dims > 0 && msig_onnx_describe(tensor, &facts, &err) == MSIG_OK &&
           facts.bytes == bytes;
}

/* Reads one field of bytes; *values: it is the one that holds the values. */
static bool bytes_field(cursor *c, uint32_t number, Msig__TensorProto *tensor, bool *values,
                        uint64_t *len) {
    if (!varint(c, len))
        return false;
    *values = number == MSIG_ONNX_RAW_DATA || number == MSIG_ONNX_FLOAT_DATA ||
              number == MSIG_ONNX_DOUBLE_DATA;
    if (*values)
        return true;
    if (*len > c->end - c->pos)
        return false;
    if (number == DIMS)
        return add_packed_dims(c, (size_t)*len, tensor);
    c->pos += (size_t)*len;
    return number == NAME || number == DOC_STRING;
}

/* Does a header of a tensor begin here? */
static bool parse(msig_span text, size_t at, uint64_t least, msig_onnx_header *header) {
    int64_t dims[RANK];
    Msig__TensorProto tensor = MSIG__TENSOR_PROTO__INIT;
    cursor c = {(const unsigned char *)text.ptr, at, text.len};
    uint64_t key, value;
    tensor.dims = dims;
    for (int fields = 0; fields < MOST_FIELDS; fields++) {
        bool values = false;
        if (!varint(&c, &key) || key > 0x7f)
            return false;
        switch (key & 7) {
        case MSIG_WIRE_VARINT:
            if (key >> 3 == DIMS) {
                if (!add_dim(&c, &tensor))
                    return false;
            } else if (key >> 3 != DATA_TYPE || !varint(&c, &value) || value > INT32_MAX) {
                return false;
            } else {
                tensor.data_type = (int32_t)value;
            }
            break;
        case MSIG_WIRE_BYTES:
            if (!bytes_field(&c, (uint32_t)key >> 3, &tensor, &values, &value))
                return false;
            break;
        default:
            return false;
        }
        if (values) {
            header->begin = at;
            header->payload = c.pos;
            header->bytes = value;
            return value >= least && value <= INT64_MAX && agrees(&tensor, value);
        }
    }
    return false;
}

bool msig_onnx_scan(msig_span text, size_t from, uint64_t least, msig_onnx_header *header) {
    for (size_t at = from; at < text.len; at++) {
        unsigned char first = (unsigned char)text.ptr[at];
        bool may_begin = first == (DIMS << 3 | MSIG_WIRE_VARINT) ||
                         first == (DIMS << 3 | MSIG_WIRE_BYTES) ||
                         first == (DATA_TYPE << 3 | MSIG_WIRE_VARINT) ||
                         first == (NAME << 3 | MSIG_WIRE_BYTES);
        if (may_begin && parse(text, at, least, header))
            return true;
    }
    return false;
}

/* ---- the end of a file ---- */

enum { LAST_FIELD = 31, MOST_DEPTH = 16, SMALL_VALUES = 64, STEPS_PER_BYTE = 64 };

/* The levels that are open at a place need not be known: when a message ends, the next field of the
 * one around it follows, so that a file is a row of fields from every place between two on. */
typedef struct row {
    const unsigned char *ptr;
    size_t steps; /* that are left: a text may be made so that this would take long */
} row;

static bool is_text(const char *ptr, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)ptr[i] < ' ')
            return false;
    return msig_utf8_valid(ptr, len) == len;
}

static bool field(row *r, size_t at, size_t end, unsigned depth, size_t *next);

static bool is_message(row *r, size_t at, size_t end, unsigned depth) {
    while (at < end)
        if (depth == MOST_DEPTH || !field(r, at, end, depth + 1, &at))
            return false;
    return true;
}

/* Is there a field at a place, as ONNX may have it? Where the next one would begin. */
static bool field(row *r, size_t at, size_t end, unsigned depth, size_t *next) {
    cursor c = {r->ptr, at, end};
    uint64_t key, len = 0;
    if (r->steps == 0 || !varint(&c, &key) || key >> 3 == 0 || key >> 3 > LAST_FIELD)
        return false;
    r->steps--;
    switch (key & 7) {
    case MSIG_WIRE_VARINT:
        if (!varint(&c, &len))
            return false;
        len = 0;
        break;
    case MSIG_WIRE_FIXED32:
        len = 4;
        break;
    case MSIG_WIRE_FIXED64:
        len = 8;
        break;
    case MSIG_WIRE_BYTES:
        if (!varint(&c, &len))
            return false;
        break;
    default:
        return false;
    }
    if (len > end - c.pos)
        return false;
    *next = c.pos + (size_t)len;
    return (key & 7) != MSIG_WIRE_BYTES ||
           (key >> 3 == MSIG_ONNX_RAW_DATA && len <= SMALL_VALUES) ||
           is_text((const char *)r->ptr + c.pos, (size_t)len) ||
           is_message(r, c.pos, *next, depth);
}

size_t msig_onnx_tail(const msig_alloc *alloc, msig_span text) {
    row r = {(const unsigned char *)text.ptr, STEPS_PER_BYTE * text.len};
    unsigned char *leads = msig_new(alloc, text.len + 1, 1); /* from a place to the end */
    size_t first = text.len;
    if (!leads)
        return first;
    leads[text.len] = 1;
    for (size_t at = text.len; at-- > 0;) {
        size_t next = 0;
        leads[at] = field(&r, at, text.len, 0, &next) && leads[next];
        if (leads[at])
            first = at;
    }
    msig_free(alloc, leads, text.len + 1, 1);
    return first;
}
