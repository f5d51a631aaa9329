/* The walker over protobuf bytes: what it keeps, steps over, and refuses. */
#include "support.h"

#include "base/sparse.h"
#include "format/protowire.h"
#include "wire.h"

/* A message with one field of each use: 1 number, 2 list, 3 the first of a list, 4 name, 5 text,
 * 6 itself, 7 payload of bytes, 8 payload of numbers, 9 payload and 10 number of fixed size. */
static const msig_wire_message schema;
static const msig_wire_field fields[] = {
    {1, MSIG_WIRE_KEEP, MSIG_WIRE_VARINT, NULL},
    {2, MSIG_WIRE_LIST, MSIG_WIRE_VARINT, NULL},
    {3, MSIG_WIRE_SOME, MSIG_WIRE_VARINT, NULL},
    {4, MSIG_WIRE_NAME, MSIG_WIRE_BYTES, NULL},
    {5, MSIG_WIRE_TEXT, MSIG_WIRE_BYTES, NULL},
    {6, MSIG_WIRE_MESSAGE, MSIG_WIRE_BYTES, &schema},
    {7, MSIG_WIRE_PAYLOAD, MSIG_WIRE_BYTES, NULL},
    {8, MSIG_WIRE_PAYLOAD, MSIG_WIRE_VARINT, NULL},
    {9, MSIG_WIRE_PAYLOAD, MSIG_WIRE_FIXED32, NULL},
    {10, MSIG_WIRE_KEEP, MSIG_WIRE_FIXED32, NULL},
};
static const msig_wire_message schema = {fields, sizeof fields / sizeof *fields, false};
static const msig_wire_message weighty = {fields, sizeof fields / sizeof *fields, true};

static msig_wire_limits limits(void) {
    msig_wire_limits l = msig_wire_default_limits;
    l.name = 8;
    l.text = 8;
    l.some = 2;
    l.jump = 16;
    return l;
}

typedef struct outcome {
    msig_status status;
    msig_err err;
    char skeleton[512];
    size_t len, jumps;
    uint64_t walked;
} outcome;

/* Walks a text through reads of at most `window` bytes. */
static outcome walk(msig_span text, const msig_wire_message *message, size_t window,
                    const msig_wire_limits *l) {
    outcome out = {.err = garbage_err()};
    narrow_source source = narrow_over(text, window);
    msig_wire *wire;
    assert_int_equal(msig_wire_open(&msig_alloc_system, &source.base, message, l, &wire, &out.err),
                     MSIG_OK);
    out.status = msig_wire_walk(wire, &out.err);
    msig_span skeleton = msig_wire_skeleton(wire);
    out.len = skeleton.len;
    if (out.status == MSIG_OK && skeleton.len && skeleton.len < sizeof out.skeleton)
        memcpy(out.skeleton, skeleton.ptr, skeleton.len);
    msig_wire_jumps(wire, &out.jumps);
    out.walked = msig_wire_walked(wire);
    msig_wire_close(wire);
    return out;
}

/* Walks a text and expects this skeleton; frees both. */
static void expect(wire_text *given, const msig_wire_message *message, wire_text *wanted) {
    msig_wire_limits l = limits();
    for (size_t window = 1; window <= 4096; window *= 8) {
        outcome out = walk(wire_span(given), message, window, &l);
        if (out.status != MSIG_OK)
            fail_msg("%s", out.err.text);
        assert_int_equal(out.len, wanted->len);
        if (out.len)
            assert_memory_equal(out.skeleton, wanted->ptr, wanted->len);
    }
    free(given->ptr);
    free(wanted->ptr);
}

static void expect_error(wire_text *given, msig_status status, int64_t offset) {
    msig_wire_limits l = limits();
    for (size_t window = 1; window <= 4096; window *= 8) {
        outcome out = walk(wire_span(given), &schema, window, &l);
        assert_int_equal(out.status, status);
        assert_int_equal(out.err.offset, offset);
    }
    free(given->ptr);
}

/* The skeleton's form of a length. */
static void put_padded(wire_text *text, unsigned number, wire_text *inner) {
    put_key(text, number, 2);
    for (unsigned i = 0; i < 5; i++) {
        unsigned char byte = (unsigned char)((inner->len >> 7 * i & 0x7f) | (i < 4 ? 0x80 : 0));
        put_bytes(text, &byte, 1);
    }
    put_bytes(text, inner->ptr, inner->len);
    free(inner->ptr);
    inner->ptr = NULL;
    inner->len = 0;
}

static void put_padded_text(wire_text *text, unsigned number, const char *string) {
    wire_text inner = {0};
    put_bytes(&inner, string, strlen(string));
    put_padded(text, number, &inner);
}

static void known_fields_are_kept_in_their_order(void **state) {
    wire_text given = {0}, wanted = {0}, inner = {0};
    (void)state;
    put_string(&given, 4, "name");
    put_number(&given, 1, UINT64_MAX);
    put_string(&inner, 5, "text");
    put_message(&given, 6, &inner);
    put_key(&given, 10, 5);
    put_bytes(&given, "\1\2\3\4", 4);
    put_number(&given, 1, 7);

    put_padded_text(&wanted, 4, "name");
    put_number(&wanted, 1, UINT64_MAX);
    put_padded_text(&inner, 5, "text");
    put_padded(&wanted, 6, &inner);
    put_key(&wanted, 10, 5);
    put_bytes(&wanted, "\1\2\3\4", 4);
    put_number(&wanted, 1, 7);
    expect(&given, &schema, &wanted);
}

static void lists_are_read_packed_and_not(void **state) {
    wire_text given = {0}, wanted = {0}, packed = {0};
    (void)state;
    put_number(&given, 2, 300);
    put_varint(&packed, 1);
    put_varint(&packed, UINT64_MAX);
    put_message(&given, 2, &packed);
    put_number(&given, 2, 5);
    put_blob(&given, 2, "", 0);
    put_varint(&packed, 10);
    put_varint(&packed, 11);
    put_varint(&packed, 12);
    put_message(&given, 3, &packed); /* only two are wanted */
    put_number(&given, 3, 13);

    put_number(&wanted, 2, 300);
    put_number(&wanted, 2, 1);
    put_number(&wanted, 2, UINT64_MAX);
    put_number(&wanted, 2, 5);
    put_number(&wanted, 3, 10);
    put_number(&wanted, 3, 11);
    expect(&given, &schema, &wanted);
}

static void long_texts_are_cut_at_characters(void **state) {
    wire_text given = {0}, wanted = {0};
    (void)state;
    put_string(&given, 5, "12345678");
    put_string(&given, 5, "1234567890");
    put_string(&given, 5, "1234567\xc3\xa9");
    put_string(&given, 5, "12345\xf0\x9f\x98\x80");
    put_padded_text(&wanted, 5, "12345678");
    put_padded_text(&wanted, 5, "12345678\xe2\x80\xa6");
    put_padded_text(&wanted, 5, "1234567\xe2\x80\xa6");
    put_padded_text(&wanted, 5, "12345\xe2\x80\xa6");
    expect(&given, &schema, &wanted);
}

static void unknown_fields_and_groups_are_left_out(void **state) {
    wire_text given = {0}, wanted = {0};
    (void)state;
    put_string(&given, 1000, "not ours, though the number is"); /* private numbers, too */
    put_number(&given, 1001, 1);
    put_key(&given, 77, 1);
    put_bytes(&given, "12345678", 8);
    put_key(&given, 78, 5);
    put_bytes(&given, "1234", 4);
    put_key(&given, 100, 3);
    put_number(&given, 1, 99); /* inside a group nothing is known */
    put_key(&given, 101, 3);
    put_string(&given, 4, "inside");
    put_key(&given, 101, 4);
    put_key(&given, 100, 4);
    put_number(&given, 4, 1);     /* a name as a number, */
    put_string(&given, 1, "one"); /* a number as text, */
    put_key(&given, 6, 5);        /* a message as a number of fixed size */
    put_bytes(&given, "1234", 4);
    put_number(&given, 1, 5);
    put_number(&wanted, 1, 5);
    expect(&given, &schema, &wanted);
}

static void payloads_are_stepped_over_and_told(void **state) {
    wire_text given = {0}, wanted = {0}, inner = {0};
    (void)state;
    put_blob(&given, 7, "0123456789abcdef", 16); /* its bytes begin at 2 */
    put_number(&given, 8, 300);                  /* two bytes at 19 */
    put_blob(&given, 7, "xyz", 3);
    put_blob(&given, 8, "\1\2", 2); /* packed */
    put_key(&given, 9, 5);
    put_bytes(&given, "1234", 4); /* at 31 */

    static const uint64_t rows[3][4] = {{7, 2, 19, 2}, {8, 19, 4, 2}, {9, 31, 4, 1}};
    for (size_t i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 4; k++)
            put_number(&inner, k + 1, rows[i][k]);
        put_message(&wanted, MSIG_WIRE_PRIVATE_PAYLOAD, &inner);
    }
    put_number(&wanted, MSIG_WIRE_PRIVATE_AT, 0);
    msig_wire_limits l = limits();
    outcome out = walk(wire_span(&given), &weighty, 1, &l);
    assert_int_equal(out.jumps, 1); /* of 16 bytes or more */
    assert_int_equal(out.walked, given.len - 19 - 4 - 4);
    expect(&given, &weighty, &wanted);
}

static void what_breaks_the_wire_is_refused(void **state) {
    wire_text given = {0}, inner = {0};
    (void)state;
    put_number(&given, 0, 1);
    expect_error(&given, MSIG_EMALFORMED, 0);
    given.ptr = NULL, given.len = 0;
    put_number(&given, 1, 1);
    put_key(&given, 1, 6);
    expect_error(&given, MSIG_EMALFORMED, 2);
    given.ptr = NULL, given.len = 0;
    put_bytes(&given, "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12);
    expect_error(&given, MSIG_EMALFORMED, 1);
    given.ptr = NULL, given.len = 0;
    put_key(&given, 5, 4); /* ends a group that is not open */
    expect_error(&given, MSIG_EMALFORMED, 1);
    given.ptr = NULL, given.len = 0;
    put_key(&given, 5, 3);
    put_key(&given, 6, 4);
    expect_error(&given, MSIG_EMALFORMED, 2);
    given.ptr = NULL, given.len = 0;
    put_bytes(&inner,
              "\x22\x05"
              "ab",
              4); /* a text that is longer than its message */
    put_message(&given, 6, &inner);
    put_string(&given, 4, "more");
    expect_error(&given, MSIG_EMALFORMED, 4);
}

static void a_length_may_be_any_number(void **state) {
    static const uint64_t lengths[] = {5, UINT32_MAX, INT64_MAX, UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (unsigned number = 4; number <= 8; number++) {
            wire_text given = {0};
            put_key(&given, number, 2);
            put_varint(&given, lengths[i]);
            put_bytes(&given, "abcd", 4);
            expect_error(&given, MSIG_ETRUNCATED, (int64_t)given.len);
        }
}

static void limits_are_kept(void **state) {
    wire_text given = {0};
    msig_wire_limits l = limits();
    (void)state;
    put_string(&given, 4, "123456789");
    expect_error(&given, MSIG_ELIMIT, 2);
    given.ptr = NULL, given.len = 0;
    for (unsigned i = 0; i < 100; i++) {
        wire_text outer = {0};
        put_message(&outer, 6, &given);
        given = outer;
    }
    assert_int_equal(walk(wire_span(&given), &schema, 64, &l).status, MSIG_OK);
    l.messages = 100;
    assert_int_equal(walk(wire_span(&given), &schema, 64, &l).status, MSIG_ELIMIT);
    l = limits();
    l.bytes = 50;
    assert_int_equal(walk(wire_span(&given), &schema, 64, &l).status, MSIG_ELIMIT);
    wire_text deeper = {0};
    put_message(&deeper, 6, &given);
    l = limits();
    assert_int_equal(walk(wire_span(&deeper), &schema, 64, &l).status, MSIG_ELIMIT);
    free(deeper.ptr);
    for (unsigned i = 0; i < 101; i++)
        put_key(&given, 9, 3);
    expect_error(&given, MSIG_ELIMIT, 101);
}

static void small_messages_take_memory_in_proportion(void **state) {
    wire_text given = {0};
    msig_wire_limits l = limits();
    (void)state;
    l.memory = 4096;
    for (unsigned i = 0; i < 10000; i++)
        put_blob(&given, 6, "", 0); /* two bytes each, which become six */
    outcome out = walk(wire_span(&given), &schema, 4096, &l);
    assert_int_equal(out.status, MSIG_ELIMIT);
    l.memory = 1 << 20;
    assert_int_equal(walk(wire_span(&given), &schema, 4096, &l).status, MSIG_OK);
    free(given.ptr);
}

static void sample(wire_text *given) {
    wire_text inner = {0}, innermost = {0};
    put_string(given, 5, "a text");
    put_number(&innermost, 8, 300);
    put_blob(&innermost, 7, "0123456789abcdef0123456789abcdef", 32);
    put_string(&innermost, 4, "name");
    put_message(&inner, 6, &innermost);
    put_key(&inner, 100, 3);
    put_key(&inner, 100, 4);
    put_blob(&inner, 2, "\1\2\3", 3);
    put_message(given, 6, &inner);
    put_key(given, 10, 5);
    put_bytes(given, "1234", 4);
}

static void a_cut_text_is_truncated_at_its_end(void **state) {
    wire_text given = {0};
    msig_wire_limits l = limits();
    (void)state;
    sample(&given);
    size_t whole = 0;
    for (size_t len = 0; len <= given.len; len++) {
        msig_span cut = {given.ptr, len};
        outcome out = walk(cut, &schema, 16, &l);
        if (out.status == MSIG_OK) {
            whole++;
            continue;
        }
        assert_int_equal(out.status, MSIG_ETRUNCATED);
        assert_int_equal(out.err.offset, len);
    }
    assert_int_equal(whole, 4); /* at the borders of the three outer fields */
    free(given.ptr);
}

/* Gets the bytes that the walk asks for, one by one; counts how many were needed. */
static size_t fetch_and_walk(msig_wire *wire, msig_source *sparse, const wire_text *given) {
    size_t fetched = 0;
    msig_err err;
    uint64_t missing;
    while (msig_wire_walk(wire, &err) != MSIG_OK) {
        assert_true(msig_wire_missing(wire, &missing));
        assert_true(missing < given->len);
        assert_int_equal(msig_sparse_put(sparse, missing, given->ptr + missing, 1, &err), MSIG_OK);
        fetched++;
    }
    return fetched;
}

static void a_walk_goes_on_where_bytes_were_missing(void **state) {
    wire_text given = {0};
    msig_wire_limits l = limits();
    msig_source *sparse;
    msig_wire *wire;
    msig_err err;
    (void)state;
    sample(&given);
    outcome whole = walk(wire_span(&given), &schema, 4096, &l);
    assert_int_equal(msig_sparse_open(&msig_alloc_system, given.len, &sparse, &err), MSIG_OK);
    assert_int_equal(msig_wire_open(&msig_alloc_system, sparse, &schema, &l, &wire, &err), MSIG_OK);
    assert_int_equal(fetch_and_walk(wire, sparse, &given), given.len - 32); /* not the payload */
    msig_span skeleton = msig_wire_skeleton(wire);
    assert_int_equal(skeleton.len, whole.len);
    assert_memory_equal(skeleton.ptr, whole.skeleton, whole.len);
    msig_wire_close(wire);
    msig_source_close(sparse);
    free(given.ptr);
}

/* What lies behind a message in which bytes are missing is reached all the same. */
static void a_walk_goes_on_behind_what_is_missing(void **state) {
    wire_text inner = {0}, given = {0};
    msig_wire_limits l = limits();
    msig_source *sparse;
    msig_wire *wire;
    msig_err err;
    uint64_t offset;
    (void)state;
    sample(&inner);
    put_blob(&given, 3, inner.ptr, inner.len);
    size_t first = given.len;
    put_blob(&given, 3, inner.ptr, inner.len);
    assert_int_equal(msig_sparse_open(&msig_alloc_system, given.len, &sparse, &err), MSIG_OK);
    assert_int_equal(msig_wire_open(&msig_alloc_system, sparse, &schema, &l, &wire, &err), MSIG_OK);
    assert_false(msig_wire_skip(wire, &offset));
    assert_int_equal(msig_sparse_put(sparse, 0, given.ptr, 4, &err), MSIG_OK);
    assert_int_equal(msig_wire_walk(wire, &err), MSIG_ETRUNCATED);
    assert_true(msig_wire_skip(wire, &offset));
    while (offset < first)
        assert_true(msig_wire_skip(wire, &offset));
    assert_int_equal(offset, first);
    assert_int_equal(msig_wire_walk(wire, &err), MSIG_ETRUNCATED);
    assert_true(msig_wire_missing(wire, &offset));
    assert_int_equal(offset, first);
    assert_int_equal(msig_sparse_put(sparse, first, given.ptr + first, 4, &err), MSIG_OK);
    assert_int_equal(msig_wire_walk(wire, &err), MSIG_ETRUNCATED);
    while (msig_wire_skip(wire, &offset))
        assert_true(offset > first);
    assert_int_equal(offset, given.len);
    msig_wire_close(wire);
    msig_source_close(sparse);
    free(inner.ptr);
    free(given.ptr);
}

static void lack_of_memory_is_reported(void **state) {
    wire_text given = {0};
    msig_wire_limits l = limits();
    (void)state;
    sample(&given);
    msig_status status = MSIG_ENOMEM;
    size_t failures = 0;
    for (size_t at = 0; status != MSIG_OK; at++) {
        msig_alloc_failing failing = {.fail_at = at};
        msig_alloc alloc = msig_alloc_failing_borrow(&failing);
        narrow_source source = narrow_over(wire_span(&given), 7);
        msig_wire *wire = NULL;
        msig_err err = garbage_err();
        status = msig_wire_open(&alloc, &source.base, &weighty, &l, &wire, &err);
        if (status == MSIG_OK)
            status = msig_wire_walk(wire, &err);
        if (status != MSIG_OK) {
            assert_int_equal(status, MSIG_ENOMEM);
            failures++;
        }
        if (wire)
            msig_wire_close(wire);
        assert_int_equal(failing.live, 0);
    }
    assert_true(failures >= 4);
    free(given.ptr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_fields_are_kept_in_their_order),
        cmocka_unit_test(lists_are_read_packed_and_not),
        cmocka_unit_test(long_texts_are_cut_at_characters),
        cmocka_unit_test(unknown_fields_and_groups_are_left_out),
        cmocka_unit_test(payloads_are_stepped_over_and_told),
        cmocka_unit_test(what_breaks_the_wire_is_refused),
        cmocka_unit_test(a_length_may_be_any_number),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(small_messages_take_memory_in_proportion),
        cmocka_unit_test(a_cut_text_is_truncated_at_its_end),
        cmocka_unit_test(a_walk_goes_on_where_bytes_were_missing),
        cmocka_unit_test(a_walk_goes_on_behind_what_is_missing),
        cmocka_unit_test(lack_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
