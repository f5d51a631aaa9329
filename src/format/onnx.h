/*
 * ONNX: a model's graph without its weights. msig_onnx_read walks the file (protowire.h), which
 * steps over the bytes of every tensor wherever it is, unpacks what is left and checks it.
 *
 * All spans and lists that callers get are borrowed until msig_onnx_close. Not for use by two
 * threads at once. A build without protobuf-c answers `unsupported` (see native_onnx.c).
 */
#ifndef MSIG_FORMAT_ONNX_H
#define MSIG_FORMAT_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/source.h"
#include "base/span.h"
#include "format/manifest.h"
#include "format/protowire.h"
#include "onnx.pb-c.h"

typedef struct msig_onnx msig_onnx;

/* data_location of a tensor whose values are in another file. */
#define MSIG_ONNX_EXTERNAL 1

/* Where nodes and initializers stand. */
typedef enum msig_onnx_kind {
    MSIG_ONNX_GRAPH,    /* the model's own graph */
    MSIG_ONNX_SUBGRAPH, /* one in an attribute of a node, at any depth */
    MSIG_ONNX_FUNCTION  /* a function, or a graph inside one */
} msig_onnx_kind;

typedef struct msig_onnx_scope {
    msig_onnx_kind kind;
    const Msig__GraphProto *graph;       /* NULL for the body of a function itself */
    const Msig__FunctionProto *function; /* NULL outside of functions */
    Msig__NodeProto *const *nodes;
    size_t node_count;
} msig_onnx_scope;

typedef struct msig_onnx_operator {
    msig_onnx_kind kind;
    msig_span domain, name; /* "" is the default domain, also where the file spells it out */
    uint64_t count;
} msig_onnx_operator;

/* A tensor with what the format says about it. */
typedef struct msig_onnx_tensor {
    msig_span name;
    const char *dtype; /* NULL: one that we do not know */
    uint64_t elements;
    uint64_t bytes;  /* of the values, packed as raw data are */
    uint64_t stored; /* bytes of the fields that hold them in the file, */
    uint64_t stores; /* and how many fields there are */
    bool raw, external;
} msig_onnx_tensor;

/* Prepares to read a model; the source stays borrowed. Close with msig_onnx_close. Code: nomem. */
msig_status msig_onnx_open(const msig_alloc *alloc, msig_source *source,
                           const msig_wire_limits *limits, msig_onnx **onnx, msig_err *err);

/* Reads the model. Codes: truncated, malformed, limit, unsupported (another kind of file), nomem,
 * and those of the source. Where bytes were missing (msig_wire_missing of msig_onnx_wire), it may
 * be called again. */
msig_status msig_onnx_read(msig_onnx *onnx, msig_err *err);

/* Leaves out the rest of the innermost message in which bytes were missing; the offset is where
 * reading goes on. It will find what is missing next, and no model. Gives false if nothing is left
 * to go on with. */
bool msig_onnx_skip(msig_onnx *onnx, uint64_t *offset);

/* The walk, for its jumps and for what is missing; NULL once it came to the end. */
const msig_wire *msig_onnx_wire(const msig_onnx *onnx);

/* The unpacked model; NULL before a successful read. */
const Msig__ModelProto *msig_onnx_model(const msig_onnx *onnx);

/* All graphs and function bodies: the graph first, then those inside it in the order of nodes, then
 * the functions. Graphs for training are no part of the model. */
const msig_onnx_scope *msig_onnx_scopes(const msig_onnx *onnx, size_t *count);

/* Operators of all nodes, each counted once where it stands; sorted by scope, domain and name. */
const msig_onnx_operator *msig_onnx_operators(const msig_onnx *onnx, size_t *count);

/* Writes the operators of one scope, sorted and counted, into a list that has room for one of each
 * node; returns how many there are. */
size_t msig_onnx_operators_of(const msig_onnx_scope *scope, msig_onnx_operator *list);

/* Bytes of the file: all, and those that are neither weights nor unknown. */
uint64_t msig_onnx_size(const msig_onnx *onnx);
uint64_t msig_onnx_walked(const msig_onnx *onnx);

/* Describes a tensor. Code: malformed for dims that no tensor can have. */
msig_status msig_onnx_describe(const Msig__TensorProto *tensor, msig_onnx_tensor *out,
                               msig_err *err);

/* Adds all initializers to the manifest, those of the graph first, in the order of the file, and
 * what is odd about them and the model to its findings. Codes: malformed, limit, nomem. */
msig_status msig_onnx_list(const msig_onnx *onnx, msig_manifest *manifest, msig_span file,
                           msig_err *err);

/* An input of a node. */
typedef struct msig_onnx_use {
    msig_span name;
    const Msig__NodeProto *node;
    uint32_t input;   /* which one, from 0 */
    uint32_t ordinal; /* in the order of the file */
} msig_onnx_use;

typedef struct msig_onnx_uses {
    msig_onnx_use *list;
    size_t count, capacity;
} msig_onnx_uses;

/* Lists who reads which value (onnx_uses.c); the model stays borrowed. Close with
 * msig_onnx_uses_close and the same allocator. Codes: limit, nomem. */
msig_status msig_onnx_uses_open(const msig_alloc *alloc, const msig_onnx *onnx,
                                msig_onnx_uses *uses, msig_err *err);

/* The inputs of this name, in the order of the file. */
const msig_onnx_use *msig_onnx_uses_find(const msig_onnx_uses *uses, msig_span name, size_t *count);

/* Frees the list; a zeroed one is accepted. */
void msig_onnx_uses_close(msig_onnx_uses *uses, const msig_alloc *alloc);

/* May a list of so many bytes be made beside the model? (See msig_wire_allowed.) */
bool msig_onnx_has_room(const msig_onnx *onnx, size_t bytes);

/* Our name of an element type of ONNX, NULL if it has none. */
const char *msig_onnx_dtype(int32_t number);

/* The bytes of a field as a span, empty where the field is not there. */
static inline msig_span msig_onnx_text(ProtobufCBinaryData data) {
    msig_span span = {data.len ? (const char *)data.data : "", data.len};
    return span;
}

/* A domain of operators; the default one is "", also where the file spells it out. */
static inline msig_span msig_onnx_domain(ProtobufCBinaryData data) {
    msig_span domain = msig_onnx_text(data);
    return msig_span_equal(domain, msig_span_of("ai.onnx")) ? msig_span_of("") : domain;
}

/* Frees everything; NULL is accepted. */
void msig_onnx_close(msig_onnx *onnx);

#endif
