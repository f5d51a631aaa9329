#include "format/onnx_schema.h"

#define NUMBER(n)                                                                                  \
    { n, MSIG_WIRE_KEEP, MSIG_WIRE_VARINT, NULL }
#define LIST(n)                                                                                    \
    { n, MSIG_WIRE_LIST, MSIG_WIRE_VARINT, NULL }
#define SOME(n)                                                                                    \
    { n, MSIG_WIRE_SOME, MSIG_WIRE_VARINT, NULL }
#define REAL(n)                                                                                    \
    { n, MSIG_WIRE_KEEP, MSIG_WIRE_FIXED32, NULL }
#define NAME(n)                                                                                    \
    { n, MSIG_WIRE_NAME, MSIG_WIRE_BYTES, NULL }
#define TEXT(n)                                                                                    \
    { n, MSIG_WIRE_TEXT, MSIG_WIRE_BYTES, NULL }
#define PAYLOAD(n, type)                                                                           \
    { n, MSIG_WIRE_PAYLOAD, type, NULL }
#define INNER(n, message)                                                                          \
    { n, MSIG_WIRE_MESSAGE, MSIG_WIRE_BYTES, &message }
#define MESSAGE(list)                                                                              \
    { list, sizeof(list) / sizeof *(list), false }

static const msig_wire_message graph, type;

static const msig_wire_field entry_fields[] = {NAME(1), TEXT(2)};
static const msig_wire_message entry = MESSAGE(entry_fields);

static const msig_wire_field tensor_fields[] = {
    LIST(1),
    NUMBER(2),
    PAYLOAD(MSIG_ONNX_FLOAT_DATA, MSIG_WIRE_FIXED32),
    PAYLOAD(MSIG_ONNX_INT32_DATA, MSIG_WIRE_VARINT),
    PAYLOAD(MSIG_ONNX_STRING_DATA, MSIG_WIRE_BYTES),
    PAYLOAD(MSIG_ONNX_INT64_DATA, MSIG_WIRE_VARINT),
    NAME(8),
    PAYLOAD(MSIG_ONNX_RAW_DATA, MSIG_WIRE_BYTES),
    PAYLOAD(MSIG_ONNX_DOUBLE_DATA, MSIG_WIRE_FIXED64),
    PAYLOAD(MSIG_ONNX_UINT64_DATA, MSIG_WIRE_VARINT),
    INNER(13, entry),
    NUMBER(14),
};
static const msig_wire_message tensor = {tensor_fields,
                                         sizeof tensor_fields / sizeof *tensor_fields, true};

static const msig_wire_field sparse_fields[] = {INNER(1, tensor), INNER(2, tensor), LIST(3)};
static const msig_wire_message sparse = MESSAGE(sparse_fields);

static const msig_wire_field dimension_fields[] = {NUMBER(1), NAME(2)};
static const msig_wire_message dimension = MESSAGE(dimension_fields);

static const msig_wire_field shape_fields[] = {INNER(1, dimension)};
static const msig_wire_message shape = MESSAGE(shape_fields);

static const msig_wire_field tensor_type_fields[] = {NUMBER(1), INNER(2, shape)};
static const msig_wire_message tensor_type = MESSAGE(tensor_type_fields);

static const msig_wire_field element_type_fields[] = {INNER(1, type)};
static const msig_wire_message element_type = MESSAGE(element_type_fields);

static const msig_wire_field map_type_fields[] = {NUMBER(1), INNER(2, type)};
static const msig_wire_message map_type = MESSAGE(map_type_fields);

static const msig_wire_field type_fields[] = {INNER(1, tensor_type), INNER(4, element_type),
                                              INNER(5, map_type), INNER(8, tensor_type),
                                              INNER(9, element_type)};
static const msig_wire_message type = MESSAGE(type_fields);

static const msig_wire_field port_fields[] = {NAME(1), INNER(2, type)};
static const msig_wire_message port = MESSAGE(port_fields);

static const msig_wire_field attribute_fields[] = {
    NAME(1), REAL(2),           NUMBER(3),        TEXT(4),    INNER(5, tensor),  INNER(6, graph),
    SOME(8), INNER(10, tensor), INNER(11, graph), NUMBER(20), INNER(22, sparse), INNER(23, sparse),
};
static const msig_wire_message attribute = MESSAGE(attribute_fields);

static const msig_wire_field node_fields[] = {
    NAME(1), NAME(2), NAME(3), NAME(4), INNER(5, attribute), NAME(7), INNER(9, entry)};
static const msig_wire_message node = MESSAGE(node_fields);

static const msig_wire_field graph_fields[] = {
    INNER(1, node),  NAME(2),         INNER(5, tensor),  INNER(11, port),
    INNER(12, port), INNER(13, port), INNER(15, sparse),
};
static const msig_wire_message graph = MESSAGE(graph_fields);

static const msig_wire_field opset_fields[] = {NAME(1), NUMBER(2)};
static const msig_wire_message opset = MESSAGE(opset_fields);

static const msig_wire_field function_fields[] = {
    NAME(1),        NAME(4),         NAME(5),  NAME(6),
    INNER(7, node), INNER(9, opset), NAME(10), INNER(11, attribute),
    NAME(13),
};
static const msig_wire_message function = MESSAGE(function_fields);

static const msig_wire_field training_fields[] = {INNER(1, graph), INNER(2, graph)};
static const msig_wire_message training = MESSAGE(training_fields);

static const msig_wire_field model_fields[] = {
    NUMBER(1),
    NAME(2),
    NAME(3),
    NAME(4),
    NUMBER(5),
    INNER(7, graph),
    INNER(8, opset),
    INNER(14, entry),
    INNER(20, training),
    INNER(25, function),
};
const msig_wire_message msig_onnx_schema = MESSAGE(model_fields);
