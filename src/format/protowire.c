/*
 * Each step of the walk handles one field and changes nothing before all bytes that it needs were
 * there; so a step that fails for want of bytes can be done again.
 */
#include "format/protowire.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

#define WINDOW ((size_t)1 << 16)
#define FIRST_READ ((size_t)1 << 12) /* after a jump: most of what lies there is small */
#define VARINT_BYTES 10
#define LENGTH_BYTES 5 /* of the lengths in the skeleton, which are filled in afterwards */
#define PAYLOAD_FIELDS 8
#define MEMORY_FACTOR 4

const msig_wire_limits msig_wire_default_limits = {
    .depth = 100,
    .bytes = (uint64_t)1 << 30,
    .messages = 1 << 24,
    .name = 1 << 20,
    .text = 1 << 20,
    .some = 64,
    .jump = 1 << 10,
    .memory = (uint64_t)48 << 20, /* of 64 MB: the rest is what the program takes anyway */
};

typedef struct payload {
    uint32_t field;
    uint64_t offset, bytes, count;
} payload;

/* An open message, group or list of packed numbers. */
typedef struct frame {
    const msig_wire_message *message; /* NULL: nothing of it is known */
    const msig_wire_field *packed;    /* a list of numbers of this field */
    uint32_t group;                   /* number of a group, 0 for others */
    uint64_t begin, end;
    size_t length_at; /* of a message: where its length goes in the skeleton */
    size_t some;      /* numbers kept of those that are not all kept */
    payload payloads[PAYLOAD_FIELDS];
    size_t payload_count;
} frame;

struct msig_wire {
    msig_alloc alloc;
    msig_source *source;
    msig_wire_limits limits;
    uint64_t size, pos;
    uint64_t passed; /* bytes of payloads and unknown fields before pos */
    uint64_t messages;
    unsigned char *window;
    uint64_t window_at;
    size_t window_len, read_next;
    frame *frames;
    size_t depth, frame_capacity;
    char *out;
    size_t len, out_capacity;
    msig_wire_jump *jumps;
    size_t jump_count, jump_capacity;
    bool missing;
    uint64_t missing_at;
};

#define BAD(w, ...) msig_err_set(err, MSIG_EMALFORMED, (int64_t)(w)->pos, __VA_ARGS__)
#define LIMIT(w, ...) msig_err_set(err, MSIG_ELIMIT, (int64_t)(w)->pos, __VA_ARGS__)

/* ---- bytes in ---- */

static msig_status fill(msig_wire *w, msig_err *err) {
    uint64_t from = w->window_at + w->window_len;
    size_t want = WINDOW - w->window_len;
    size_t got;
    if (want > w->read_next)
        want = w->read_next;
    if (want > w->size - from)
        want = (size_t)(w->size - from);
    msig_status status =
        msig_source_some(w->source, from, w->window + w->window_len, want, &got, err);
    w->missing = status == MSIG_ETRUNCATED;
    w->missing_at = from;
    if (status != MSIG_OK)
        return status;
    if (got == 0)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)from, "the file became shorter");
    w->window_len += got;
    if (w->read_next < WINDOW)
        w->read_next *= 2;
    return MSIG_OK;
}

/* Gives n bytes (at most WINDOW, inside the file) from the walk's position on. */
static msig_status need(msig_wire *w, size_t n, const unsigned char **ptr, msig_err *err) {
    if (w->pos < w->window_at || w->pos - w->window_at > w->window_len) {
        w->window_at = w->pos;
        w->window_len = 0;
        w->read_next = FIRST_READ;
    }
    size_t skip = (size_t)(w->pos - w->window_at);
    if (w->window_len - skip < n && skip > 0) {
        memmove(w->window, w->window + skip, w->window_len - skip);
        w->window_len -= skip;
        w->window_at = w->pos;
        skip = 0;
    }
    while (w->window_len - skip < n) {
        msig_status status = fill(w, err);
        if (status != MSIG_OK)
            return status;
    }
    *ptr = w->window + skip;
    return MSIG_OK;
}

/* Reports that the innermost message ends before `what`, or the file, where the message reaches to
 * its end. */
static msig_status cut_off(const msig_wire *w, const char *what, msig_err *err) {
    if (w->frames[w->depth - 1].end == w->size)
        return msig_err_set(err, MSIG_ETRUNCATED, (int64_t)w->size,
                            "expected %s at byte %" PRIu64 ", found the end of the file", what,
                            w->pos);
    return BAD(w, "expected %s, found the end of the message", what);
}

static uint64_t left(const msig_wire *w) {
    return w->frames[w->depth - 1].end - w->pos;
}

static msig_status varint(msig_wire *w, uint64_t *value, msig_err *err) {
    size_t most = left(w) < VARINT_BYTES ? (size_t)left(w) : VARINT_BYTES;
    const unsigned char *ptr = NULL;
    uint64_t number = 0;
    size_t n = 0;
    for (;;) {
        if (n == most)
            return n == VARINT_BYTES ? BAD(w, "a number of more than ten bytes")
                                     : cut_off(w, "a number", err);
        msig_status status = need(w, n + 1, &ptr, err);
        if (status != MSIG_OK)
            return status;
        number |= (uint64_t)(ptr[n] & 0x7f) << (7 * n);
        if (ptr[n++] < 0x80)
            break;
    }
    w->pos += n;
    *value = number;
    return MSIG_OK;
}

static bool is_list(const msig_wire_field *field) {
    return field->use == MSIG_WIRE_LIST || field->use == MSIG_WIRE_SOME ||
           field->use == MSIG_WIRE_PAYLOAD;
}

/* Reads the length of a field and checks that so much is there. What the schema does not have and
 * runs over the end means no cut file, but other data behind a whole one. */
static msig_status length(msig_wire *w, const msig_wire_field *field, uint64_t *len,
                          msig_err *err) {
    msig_status status = varint(w, len, err);
    if (status != MSIG_OK || *len <= left(w))
        return status;
    if (field && (field->wire == MSIG_WIRE_BYTES || is_list(field)))
        return cut_off(w, "a field of the length given", err);
    return BAD(w, "an unknown field of %" PRIu64 " bytes, which are not there", *len);
}

/* ---- bytes out ---- */

uint64_t msig_wire_walked(const msig_wire *w) {
    return w->pos - w->passed;
}

uint64_t msig_wire_allowed(const msig_wire *w) {
    return w->limits.memory + MEMORY_FACTOR * msig_wire_walked(w);
}

static msig_status room(msig_wire *w, size_t n, msig_err *err) {
    if (n <= w->out_capacity - w->len)
        return MSIG_OK;
    /* While it grows, the old and the new memory are there. */
    uint64_t grown = (uint64_t)w->len + n + w->out_capacity / 2 + w->out_capacity;
    if (grown > msig_wire_allowed(w))
        return LIMIT(w, "more than %" PRIu64 " bytes of memory needed", msig_wire_allowed(w));
    if (!msig_grow(&w->alloc, &w->out, &w->out_capacity, w->len + n, 1))
        return msig_err_nomem(err);
    return MSIG_OK;
}

/* Appends to the skeleton, where there is room. */
static void put_varint(msig_wire *w, uint64_t value) {
    while (value >= 0x80) {
        w->out[w->len++] = (char)(value | 0x80);
        value >>= 7;
    }
    w->out[w->len++] = (char)value;
}

static void put_key(msig_wire *w, uint32_t number, msig_wire_type type) {
    put_varint(w, (uint64_t)number << 3 | type);
}

static void put_number(msig_wire *w, uint32_t number, uint64_t value) {
    put_key(w, number, MSIG_WIRE_VARINT);
    put_varint(w, value);
}

/* Writes a length into the five bytes that were left for it. */
static void put_length(char *out, size_t len) {
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        out[i] = (char)(len >> (7 * i) & 0x7f) | (char)(i + 1 < LENGTH_BYTES ? 0x80 : 0);
}

/* Copies n bytes from the walk's position on. */
static msig_status copy(msig_wire *w, size_t n, msig_err *err) {
    msig_status status = room(w, n, err);
    while (n > 0 && status == MSIG_OK) {
        size_t part = n < FIRST_READ ? n : FIRST_READ;
        const unsigned char *ptr;
        status = need(w, part, &ptr, err);
        if (status != MSIG_OK)
            break;
        memcpy(w->out + w->len, ptr, part);
        w->len += part;
        w->pos += part;
        n -= part;
    }
    return status;
}

/* ---- frames ---- */

static msig_status push(msig_wire *w, const frame *fresh, msig_err *err) {
    /* The model itself is no level, and neither is a list of numbers. */
    if (w->depth > w->limits.depth && !fresh->packed)
        return LIMIT(w, "messages more than %" PRIu32 " levels deep", w->limits.depth);
    if (++w->messages > w->limits.messages)
        return LIMIT(w, "more than %" PRIu64 " messages", w->limits.messages);
    if (!msig_grow(&w->alloc, &w->frames, &w->frame_capacity, w->depth + 1, sizeof *w->frames))
        return msig_err_nomem(err);
    w->frames[w->depth++] = *fresh;
    return MSIG_OK;
}

static msig_status put_private(msig_wire *w, const frame *top, msig_err *err) {
    enum { LARGEST = 4 * (1 + VARINT_BYTES) };
    msig_status status = room(w, (PAYLOAD_FIELDS + 1) * (LARGEST + 4), err);
    if (status != MSIG_OK)
        return status;
    for (size_t i = 0; i < top->payload_count; i++) {
        const payload *p = &top->payloads[i];
        put_key(w, MSIG_WIRE_PRIVATE_PAYLOAD, MSIG_WIRE_BYTES);
        size_t length_at = w->len++; /* one byte: the message has less than 128 */
        put_number(w, 1, p->field);
        put_number(w, 2, p->offset);
        put_number(w, 3, p->bytes);
        put_number(w, 4, p->count);
        w->out[length_at] = (char)(w->len - length_at - 1);
    }
    put_number(w, MSIG_WIRE_PRIVATE_AT, top->begin);
    return MSIG_OK;
}

static msig_status leave(msig_wire *w, msig_err *err) {
    frame *top = &w->frames[w->depth - 1];
    if (top->message && top->message->has_payload) {
        msig_status status = put_private(w, top, err);
        if (status != MSIG_OK)
            return status;
    }
    w->depth--;
    if (w->depth == 0 || !top->message)
        return MSIG_OK;
    size_t len = w->len - top->length_at - LENGTH_BYTES;
    if (len > INT32_MAX) /* protobuf's own limit, which the reader of the skeleton has */
        return LIMIT(w, "a message of more than 2^31 bytes without payloads");
    put_length(w->out + top->length_at, len);
    return MSIG_OK;
}

static msig_status enter_message(msig_wire *w, const msig_wire_field *field, uint64_t len,
                                 msig_err *err) {
    frame fresh = {.message = field->message, .begin = w->pos, .end = w->pos + len};
    msig_status status = room(w, LENGTH_BYTES + VARINT_BYTES, err);
    if (status != MSIG_OK)
        return status;
    put_key(w, field->number, MSIG_WIRE_BYTES);
    fresh.length_at = w->len;
    w->len += LENGTH_BYTES;
    return push(w, &fresh, err);
}

static msig_status enter_group(msig_wire *w, uint32_t number, msig_err *err) {
    frame fresh = {.group = number, .begin = w->pos, .end = w->frames[w->depth - 1].end};
    return push(w, &fresh, err);
}

static msig_status leave_group(msig_wire *w, uint32_t number, msig_err *err) {
    frame *top = &w->frames[w->depth - 1];
    if (top->group != number)
        return BAD(w, "the end of group %" PRIu32 ", which is not open", number);
    w->depth--;
    return MSIG_OK;
}

/* ---- fields ---- */

static const msig_wire_field *find_field(const msig_wire_message *message, uint32_t number) {
    if (message)
        for (size_t i = 0; i < message->count; i++)
            if (message->fields[i].number == number)
                return &message->fields[i];
    return NULL;
}

/* Takes note of `bytes` at `offset` that belong to a payload. */
static void note_payload(frame *top, uint32_t number, uint64_t offset, uint64_t bytes) {
    size_t i = 0;
    while (i < top->payload_count && top->payloads[i].field != number)
        i++;
    if (i == PAYLOAD_FIELDS)
        return; /* no schema has so many */
    if (i == top->payload_count) {
        payload fresh = {number, offset, 0, 0};
        top->payloads[top->payload_count++] = fresh;
    }
    top->payloads[i].bytes += bytes;
    top->payloads[i].count++;
}

/* Steps over `len` bytes. */
static msig_status pass(msig_wire *w, uint64_t len, msig_err *err) {
    if (len >= w->limits.jump) {
        if (!msig_grow(&w->alloc, &w->jumps, &w->jump_capacity, w->jump_count + 1,
                       sizeof *w->jumps))
            return msig_err_nomem(err);
        msig_wire_jump jump = {w->pos, len};
        w->jumps[w->jump_count++] = jump;
    }
    w->pos += len;
    w->passed += len;
    return MSIG_OK;
}

/* Keeps a number of the field, unless the message has enough of them already. */
static msig_status keep_number(msig_wire *w, frame *owner, const msig_wire_field *field,
                               uint64_t value, msig_err *err) {
    if (field->use == MSIG_WIRE_SOME && ++owner->some > w->limits.some)
        return MSIG_OK;
    msig_status status = room(w, 2 * VARINT_BYTES, err);
    if (status == MSIG_OK)
        put_number(w, field->number, value);
    return status;
}

static bool is_number(const msig_wire_field *field) {
    return field->use <= MSIG_WIRE_SOME;
}

static msig_status number_field(msig_wire *w, frame *top, const msig_wire_field *field,
                                msig_err *err) {
    uint64_t at = w->pos;
    uint64_t value;
    msig_status status = varint(w, &value, err);
    if (status != MSIG_OK || !field || field->wire != MSIG_WIRE_VARINT)
        return status;
    if (is_number(field))
        return keep_number(w, top, field, value, err);
    if (field->use == MSIG_WIRE_PAYLOAD) {
        note_payload(top, field->number, at, w->pos - at);
        w->passed += w->pos - at;
    }
    return MSIG_OK;
}

static msig_status fixed_field(msig_wire *w, frame *top, const msig_wire_field *field,
                               msig_wire_type type, msig_err *err) {
    size_t bytes = type == MSIG_WIRE_FIXED32 ? 4 : 8;
    if (left(w) < bytes)
        return cut_off(w, "a number of fixed size", err);
    if (field && field->wire == type && is_number(field)) {
        msig_status status = room(w, VARINT_BYTES + bytes, err);
        if (status != MSIG_OK)
            return status;
        put_key(w, field->number, type);
        return copy(w, bytes, err);
    }
    if (field && field->wire == type)
        note_payload(top, field->number, w->pos, bytes);
    w->pos += bytes;
    w->passed += bytes;
    return MSIG_OK;
}

static msig_status text_field(msig_wire *w, const msig_wire_field *field, uint64_t len,
                              msig_err *err) {
    static const char mark[] = "\xe2\x80\xa6"; /* an ellipsis: something is left out here */
    size_t most = field->use == MSIG_WIRE_NAME ? w->limits.name : w->limits.text;
    uint64_t end = w->pos + len;
    bool cut = len > most;
    if (cut && field->use == MSIG_WIRE_NAME)
        return LIMIT(w, "a name of %" PRIu64 " bytes, at most %zu allowed", len, most);
    msig_status status = room(w, VARINT_BYTES + LENGTH_BYTES + sizeof mark, err);
    if (status != MSIG_OK)
        return status;
    put_key(w, field->number, MSIG_WIRE_BYTES);
    size_t length_at = w->len;
    w->len += LENGTH_BYTES;
    status = copy(w, cut ? most : (size_t)len, err);
    if (status != MSIG_OK || room(w, sizeof mark, err) != MSIG_OK)
        return status != MSIG_OK ? status : room(w, sizeof mark, err);
    if (cut) {
        for (size_t n = most < 3 ? most : 3; n > 0; n--)
            if (msig_utf8_is_cut(w->out + w->len - n, n)) {
                w->len -= n;
                break;
            }
        memcpy(w->out + w->len, mark, sizeof mark - 1);
        w->len += sizeof mark - 1;
    }
    put_length(w->out + length_at, w->len - length_at - LENGTH_BYTES);
    return pass(w, end - w->pos, err);
}

static msig_status bytes_field(msig_wire *w, frame *top, const msig_wire_field *field,
                               msig_err *err) {
    uint64_t len;
    msig_status status = length(w, field, &len, err);
    if (status != MSIG_OK || !field)
        return status != MSIG_OK ? status : pass(w, len, err);
    if (field->use == MSIG_WIRE_PAYLOAD) {
        note_payload(top, field->number, w->pos, len);
        return pass(w, len, err);
    }
    if (is_list(field)) {
        frame fresh = {.packed = field, .begin = w->pos, .end = w->pos + len};
        return push(w, &fresh, err);
    }
    if (field->wire != MSIG_WIRE_BYTES)
        return pass(w, len, err);
    if (field->use == MSIG_WIRE_MESSAGE)
        return enter_message(w, field, len, err);
    return text_field(w, field, len, err);
}

static msig_status packed_number(msig_wire *w, frame *top, msig_err *err) {
    uint64_t value;
    msig_status status = varint(w, &value, err);
    return status != MSIG_OK ? status : keep_number(w, top - 1, top->packed, value, err);
}

static msig_status any_field(msig_wire *w, frame *top, msig_err *err) {
    uint64_t key;
    uint64_t at = w->pos;
    msig_status status = varint(w, &key, err);
    if (status != MSIG_OK)
        return status;
    if (key > UINT32_MAX || key >> 3 == 0) {
        w->pos = at;
        return BAD(w, "field number %" PRIu64, key >> 3);
    }
    uint32_t number = (uint32_t)key >> 3;
    const msig_wire_field *field = find_field(top->message, number);
    switch (key & 7) {
    case MSIG_WIRE_VARINT:
        return number_field(w, top, field, err);
    case MSIG_WIRE_FIXED32:
        return fixed_field(w, top, field, MSIG_WIRE_FIXED32, err);
    case MSIG_WIRE_FIXED64:
        return fixed_field(w, top, field, MSIG_WIRE_FIXED64, err);
    case MSIG_WIRE_BYTES:
        return bytes_field(w, top, field, err);
    case MSIG_WIRE_GROUP:
        return enter_group(w, number, err);
    case MSIG_WIRE_GROUP_END:
        return leave_group(w, number, err);
    default:
        w->pos = at;
        return BAD(w, "wire type %u, which does not exist", (unsigned)(key & 7));
    }
}

static msig_status step(msig_wire *w, msig_err *err) {
    frame *top = &w->frames[w->depth - 1];
    if (w->pos == top->end && top->group)
        return cut_off(w, "the end of a group", err);
    if (w->pos == top->end)
        return leave(w, err);
    if (msig_wire_walked(w) > w->limits.bytes)
        return LIMIT(w, "more than %" PRIu64 " bytes beside the weights", w->limits.bytes);
    return top->packed ? packed_number(w, top, err) : any_field(w, top, err);
}

/* ---- the walk ---- */

msig_status msig_wire_open(const msig_alloc *alloc, msig_source *source,
                           const msig_wire_message *schema, const msig_wire_limits *limits,
                           msig_wire **wire, msig_err *err) {
    msig_wire *w = msig_new(alloc, 1, sizeof *w);
    if (!w)
        return msig_err_nomem(err);
    w->alloc = *alloc;
    w->source = source;
    w->limits = *limits;
    w->size = msig_source_size(source);
    w->read_next = FIRST_READ;
    w->window = msig_new(alloc, WINDOW, 1);
    frame root = {.message = schema, .end = w->size};
    msig_status status = w->window ? push(w, &root, err) : msig_err_nomem(err);
    if (status != MSIG_OK) {
        msig_wire_close(w);
        return status;
    }
    *wire = w;
    return MSIG_OK;
}

msig_status msig_wire_walk(msig_wire *w, msig_err *err) {
    w->missing = false;
    while (w->depth > 0) {
        size_t len = w->len;
        uint64_t pos = w->pos;
        uint64_t passed = w->passed;
        msig_status status = step(w, err);
        if (status != MSIG_OK) {
            w->len = len;
            w->pos = pos;
            w->passed = passed;
            return status;
        }
    }
    return MSIG_OK;
}

bool msig_wire_missing(const msig_wire *w, uint64_t *offset) {
    *offset = w->missing_at;
    return w->missing;
}

bool msig_wire_skip(msig_wire *w, uint64_t *offset) {
    if (!w->missing || w->depth < 2)
        return false;
    w->depth--;
    *offset = w->frames[w->depth].end;
    w->passed += *offset - w->pos;
    w->pos = *offset;
    return true;
}

msig_span msig_wire_skeleton(const msig_wire *w) {
    msig_span span = {w->out, w->len};
    return span;
}

uint64_t msig_wire_memory(const msig_wire *w) {
    return w->out_capacity;
}

const msig_wire_jump *msig_wire_jumps(const msig_wire *w, size_t *count) {
    *count = w->jump_count;
    return w->jumps;
}

void msig_wire_close(msig_wire *w) {
    if (!w)
        return;
    msig_alloc alloc = w->alloc;
    if (w->window)
        msig_free(&alloc, w->window, WINDOW, 1);
    if (w->frames)
        msig_free(&alloc, w->frames, w->frame_capacity, sizeof *w->frames);
    if (w->out)
        msig_free(&alloc, w->out, w->out_capacity, 1);
    if (w->jumps)
        msig_free(&alloc, w->jumps, w->jump_capacity, sizeof *w->jumps);
    msig_free(&alloc, w, 1, sizeof *w);
}
