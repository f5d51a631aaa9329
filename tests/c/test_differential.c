/* The fast way through headers and indexes against the general reader, over thousands of mutants:
 * both must accept the same, say the same errors, and come to the same manifest. */
#include "support.h"

#include "../fuzz/agree.h"
#include "format/index.h"
#include "format/safetensors.h"

#define MUTANTS 3000
#define ROOM 65536

/* A fixed sequence, so that a failing mutant fails again. */
static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

typedef struct text {
    char bytes[ROOM];
    size_t len;
} text;

static void put(text *t, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    t->len += (size_t)vsnprintf(t->bytes + t->len, ROOM - t->len, fmt, args);
    va_end(args);
    assert_true(t->len < ROOM);
}

static const struct {
    const char *name, *dtype;
    unsigned a, b;
} parts[] = {{"q_proj.weight", "F8_E4M3", 4, 8},
             {"q_proj.scale", "F32", 1, 2},
             {"up.weight", "BF16", 2, 3},
             {"norm.weight", "F32", 2, 1},
             {"experts.%u.w", "U8", 3, 3}};

#define PARTS (sizeof parts / sizeof *parts)

static unsigned bytes_of(size_t part) {
    static const unsigned sizes[PARTS] = {1, 4, 2, 4, 1};
    return sizes[part] * parts[part].a * parts[part].b;
}

/* A header of some layers in one of four manners of writing. Gives the bytes of data. */
static uint64_t make_header(text *t, unsigned layers, unsigned manner) {
    static const char *const formats[] = {
        "%s\"m.layers.%u.%s\":{\"dtype\":\"%s\",\"shape\":[%u,%u],\"data_offsets\":[%llu,%llu]}",
        ("%s\n  \"m.layers.%u.%s\": {\"dtype\": \"%s\", \"shape\": [%u, %u], \"data_offsets\": "
         "[%llu, %llu]}"),
        "%s\"m.layers.%u.%s\":{\"dtype\":\"%s\",\"shape\":[%u,%u],\"data_offsets\":[%llu,%llu]}",
        "%s\"m.layers.0%u.%s\":{\"dtype\":\"%s\",\"shape\":[%u,%u],\"data_offsets\":[%llu,%llu]}"};
    unsigned long long at = 0;
    t->len = 0;
    put(t, manner == 2 ? "{" : "{\"__metadata__\":{\"format\":\"pt\"}");
    for (unsigned layer = 0; layer < layers; layer++)
        for (size_t part = 0; part < PARTS; part++) {
            char name[64];
            if (layer > 1 && random_below(8) == 0)
                continue; /* what follows what is not always the same */
            bool first = manner == 2 && layer == 0 && part == 0;
            snprintf(name, sizeof name, parts[part].name, layer * 7 % 13);
            put(t, formats[manner], first ? "" : ",", layer, name, parts[part].dtype, parts[part].a,
                parts[part].b, at, at + bytes_of(part));
            at += bytes_of(part);
        }
    put(t, "}");
    return at;
}

static void make_index(text *t, unsigned layers, unsigned manner) {
    const char *between = manner == 1 ? ",\n    " : ",";
    t->len = 0;
    put(t, "{\"metadata\":{\"total_size\":100},\"weight_map\":{\"first\":\"a\"");
    for (unsigned layer = 0; layer < layers; layer++)
        for (size_t part = 0; part < PARTS; part++) {
            char name[64];
            snprintf(name, sizeof name, parts[part].name, layer * 7 % 13);
            put(t, "%s\"m.layers.%s%u.%s\":%s\"%s\"", between, manner == 3 ? "0" : "", layer, name,
                manner == 1 ? " " : "", layer > 5 ? "b" : "a");
        }
    put(t, "}}");
}

/* Changes one to four places: a byte, a digit, a piece taken away, doubled or exchanged. */
static void mutate(text *t) {
    static const char bytes[] = "0123456789\",:{}[]N.\\ \n\xc3\xff-eaF";
    for (uint32_t n = 1 + random_below(4); n > 0; n--) {
        size_t at = random_below((uint32_t)t->len);
        size_t span = random_below(100);
        size_t from = random_below((uint32_t)t->len);
        if (at + span > t->len || from + span > t->len || t->len + span >= ROOM)
            span = 0;
        switch (random_below(6)) {
        case 0:
            t->bytes[at] = bytes[random_below(sizeof bytes - 1)];
            break;
        case 1:
            while (at < t->len - 1 && (t->bytes[at] < '0' || t->bytes[at] > '9'))
                at++;
            t->bytes[at] = (char)('0' + random_below(10));
            break;
        case 2:
            memmove(t->bytes + at, t->bytes + at + span, t->len - at - span);
            t->len -= span;
            break;
        case 3:
            memmove(t->bytes + at + span, t->bytes + at, t->len - at);
            t->len += span;
            break;
        case 4:
            memmove(t->bytes + at, t->bytes + from, span);
            break;
        default:
            t->bytes[at] ^= (char)(1u << random_below(8));
            break;
        }
    }
}

static msig_status read_header(msig_manifest *m, const text *t, uint64_t data, const char *name,
                               msig_err *err) {
    static char bytes[ROOM + 8];
    msig_safetensors_options options = {true};
    msig_safetensors_info info;
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)t->len >> 8 * i & 0xff);
    memcpy(bytes + 8, t->bytes, t->len);
    msig_span file = {bytes, t->len + 8};
    hollow_source source = hollow_over(file, data, SIZE_MAX);
    return msig_safetensors_read(m, &source.base, msig_span_of(name), &options, &info, err);
}

static msig_status read_index(msig_manifest *m, const text *t, size_t window, msig_err *err) {
    msig_index_info info;
    msig_span file = {t->bytes, t->len};
    hollow_source source = hollow_over(file, 0, window);
    return msig_index_read(m, &source.base, msig_span_of("index"), &info, err);
}

static void expect_same(msig_manifest *fast, msig_manifest *general, const msig_status *status,
                        const msig_err *errors, const text *t) {
    const char *what = NULL;
    if (status[0] != status[1])
        what = "status";
    else if (status[0] == MSIG_OK)
        what = disagreement(fast, general);
    else if (errors[0].offset != errors[1].offset || strcmp(errors[0].text, errors[1].text) != 0)
        what = "error";
    if (what)
        fail_msg("%s differ: %s / %s\n%.*s", what, status[0] ? errors[0].text : "read",
                 status[1] ? errors[1].text : "read", (int)t->len, t->bytes);
}

static void headers_fast_and_general(void **state) {
    static text good, bad;
    size_t read = 0;
    (void)state;
    random_state = UINT64_C(88172645463325252);
    for (unsigned i = 0; i < MUTANTS; i++) {
        uint64_t data = make_header(&good, 2 + i % 11, i % 4);
        bad = good;
        if (i >= 4)
            mutate(&bad);
        msig_manifest *all[2] = {new_manifest(false), new_manifest(true)};
        msig_err errors[2] = {garbage_err(), garbage_err()};
        msig_status status[2];
        for (int k = 0; k < 2; k++) {
            status[k] = read_header(all[k], &good, data, "good", &errors[k]);
            assert_int_equal(status[k], MSIG_OK);
            status[k] = read_header(all[k], &bad, data, "bad", &errors[k]);
            if (status[k] == MSIG_OK)
                status[k] = msig_manifest_finish(all[k], &errors[k]);
        }
        expect_same(all[0], all[1], status, errors, &bad);
        read += status[0] == MSIG_OK;
        msig_manifest_close(all[0]);
        msig_manifest_close(all[1]);
    }
    assert_true(read > MUTANTS / 50 && read < MUTANTS);
}

static void indexes_fast_and_general(void **state) {
    static text index, header;
    size_t read = 0;
    (void)state;
    random_state = UINT64_C(1181783497276652981);
    for (unsigned i = 0; i < MUTANTS; i++) {
        make_index(&index, 2 + i % 11, i % 4);
        uint64_t data = make_header(&header, 2 + i % 7, i % 4);
        if (i >= 4)
            mutate(&index);
        msig_manifest *all[2] = {new_manifest(false), new_manifest(true)};
        msig_err errors[2] = {garbage_err(), garbage_err()};
        msig_status status[2];
        for (int k = 0; k < 2; k++)
            status[k] = read_index(all[k], &index, k ? 11 : SIZE_MAX, &errors[k]);
        assert_true(status[0] != MSIG_OK || status[1] != MSIG_OK || same_entries(all[0], all[1]));
        for (int k = 0; k < 2; k++) {
            if (status[k] == MSIG_OK)
                status[k] = read_header(all[k], &header, data, "a", &errors[k]);
            if (status[k] == MSIG_OK)
                status[k] = msig_manifest_finish(all[k], &errors[k]);
        }
        expect_same(all[0], all[1], status, errors, &index);
        read += status[0] == MSIG_OK;
        msig_manifest_close(all[0]);
        msig_manifest_close(all[1]);
    }
    assert_true(read > MUTANTS / 50 && read < MUTANTS);
}

/* Else the tests above would compare nothing. */
static void members_are_learnt_once(void **state) {
    static text t;
    (void)state;
    random_state = 1;
    for (unsigned manner = 0; manner < 3; manner++) {
        msig_manifest *m = new_manifest(false);
        uint64_t data = make_header(&t, 10, manner);
        assert_int_equal(read_header(m, &t, data, "x", NULL), MSIG_OK);
        assert_in_range(msig_manifest_template_count(m), PARTS, 2 * PARTS);
        msig_manifest_close(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_fast_and_general),
        cmocka_unit_test(indexes_fast_and_general),
        cmocka_unit_test(members_are_learnt_once),
    };
    return cmocka_run_group_tests_name("differential", tests, NULL, NULL);
}
