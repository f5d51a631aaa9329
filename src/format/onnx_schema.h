/*
 * What the walker keeps of an ONNX model: the fields of vendor/onnx.proto, and which ones are the
 * bytes of tensors.
 */
#ifndef MSIG_FORMAT_ONNX_SCHEMA_H
#define MSIG_FORMAT_ONNX_SCHEMA_H

#include "format/protowire.h"

/* Fields of a tensor that hold its values. */
enum {
    MSIG_ONNX_FLOAT_DATA = 4,
    MSIG_ONNX_INT32_DATA = 5,
    MSIG_ONNX_STRING_DATA = 6,
    MSIG_ONNX_INT64_DATA = 7,
    MSIG_ONNX_RAW_DATA = 9,
    MSIG_ONNX_DOUBLE_DATA = 10,
    MSIG_ONNX_UINT64_DATA = 11
};

/* The message that a file is. */
extern const msig_wire_message msig_onnx_schema;

#endif
