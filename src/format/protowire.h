/*
 * A walker over protobuf bytes: follows a schema, steps over the payloads of tensors without
 * reading them, and writes a skeleton, the same message without what the schema leaves out. It
 * trusts nothing: the stack is explicit and bounded, lengths have 64 bits and stay inside their
 * message, any order of fields, packed or not, unknown fields and groups are read.
 *
 * The skeleton keeps the order of the input, so that fields that come in pieces merge when it is
 * unpacked. The private fields (from 1000 on) cannot come from the input.
 *
 * A walk over a source that does not have all of its bytes yet stops where one is missing and goes
 * on there when it is asked again. Not for use by two threads at once.
 */
#ifndef MSIG_FORMAT_PROTOWIRE_H
#define MSIG_FORMAT_PROTOWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/source.h"
#include "base/span.h"

typedef enum msig_wire_type {
    MSIG_WIRE_VARINT = 0,
    MSIG_WIRE_FIXED64 = 1,
    MSIG_WIRE_BYTES = 2,
    MSIG_WIRE_GROUP = 3,
    MSIG_WIRE_GROUP_END = 4,
    MSIG_WIRE_FIXED32 = 5
} msig_wire_type;

/* What becomes of a field. A field of another wire type than expected is unknown, as everywhere in
 * protobuf. */
typedef enum msig_wire_use {
    MSIG_WIRE_KEEP,    /* a number */
    MSIG_WIRE_LIST,    /* numbers, packed or not */
    MSIG_WIRE_SOME,    /* the same, but only the first ones of a message */
    MSIG_WIRE_NAME,    /* a text that must be whole: a longer one is an error */
    MSIG_WIRE_TEXT,    /* a text that may be cut */
    MSIG_WIRE_MESSAGE, /* walked in turn */
    MSIG_WIRE_PAYLOAD  /* stepped over; elements have the wire type, packed or not */
} msig_wire_use;

typedef struct msig_wire_field {
    uint32_t number;
    msig_wire_use use;
    msig_wire_type wire;
    const struct msig_wire_message *message;
} msig_wire_field;

typedef struct msig_wire_message {
    const msig_wire_field *fields;
    size_t count;
    bool has_payload; /* the skeleton says where the message begins and what was stepped over */
} msig_wire_message;

/* Private fields of a message with payloads: a message {field 1, offset 2, bytes 3, count 4} for
 * each number that was there, and where the message begins. */
#define MSIG_WIRE_PRIVATE_PAYLOAD 1000u
#define MSIG_WIRE_PRIVATE_AT 1001u

typedef struct msig_wire_limits {
    uint32_t depth; /* of messages and groups */
    uint64_t bytes; /* that are read, which payloads are not */
    uint64_t messages;
    size_t name, text; /* bytes of one */
    size_t some;       /* numbers of one message */
    size_t jump;       /* payloads of so many bytes and more are listed as jumps */
    uint64_t memory;   /* bytes, see msig_wire_allowed */
} msig_wire_limits;

extern const msig_wire_limits msig_wire_default_limits;

/* Bytes that the walk did not read. */
typedef struct msig_wire_jump {
    uint64_t offset, bytes;
} msig_wire_jump;

typedef struct msig_wire msig_wire;

/* Makes a walker over a source, which stays borrowed, as is the schema. Close with
 * msig_wire_close. Code: nomem. */
msig_status msig_wire_open(const msig_alloc *alloc, msig_source *source,
                           const msig_wire_message *schema, const msig_wire_limits *limits,
                           msig_wire **wire, msig_err *err);

/* Walks to the end. Codes: truncated, malformed (with their place), limit, nomem, and those of the
 * source. Where the source lacked bytes (truncated), msig_wire_missing says so and the walk can go
 * on; after other errors it cannot. */
msig_status msig_wire_walk(msig_wire *wire, msig_err *err);

/* Tells whether the last walk stopped for bytes that the source lacked, and the first of them. */
bool msig_wire_missing(const msig_wire *wire, uint64_t *offset);

/* Goes on behind the innermost message that is open, whatever lacks in it, after a walk that lacked
 * bytes: so a walk sees what can be reached without them. The skeleton has a hole then and is good
 * for nothing. Gives false if only the outermost message is open. */
bool msig_wire_skip(msig_wire *wire, uint64_t *offset);

/* The skeleton so far; the messages that are open in it have no lengths yet. */
msig_span msig_wire_skeleton(const msig_wire *wire);

/* Bytes of the file that were passed and are neither payloads nor unknown fields. */
uint64_t msig_wire_walked(const msig_wire *wire);

/* Bytes of memory that a reader may take for what was walked so far: the limit and four times what
 * was walked. The walker itself keeps to it. */
uint64_t msig_wire_allowed(const msig_wire *wire);

/* Bytes of memory that the skeleton takes. */
uint64_t msig_wire_memory(const msig_wire *wire);

/* The jumps so far, in the order of the file; borrowed until the next walk. */
const msig_wire_jump *msig_wire_jumps(const msig_wire *wire, size_t *count);

/* Frees the walker; NULL is accepted. */
void msig_wire_close(msig_wire *wire);

#endif
