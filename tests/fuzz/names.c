/*
 * Fuzz target: abstract keys of names, against the rule written down again segment by segment, and
 * names made of a key and its indices. Input: a name.
 */
#include <ctype.h>

#include "agree.h"

#include "base/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

enum { MOST_DIGITS = 9 }; /* of a number below UINT32_MAX, by its digits alone */

/* What the rule says of a name. */
typedef struct expected {
    char *key;
    size_t len, indices, literals; /* literals: segments that are N in the name itself */
    bool plain;                    /* no zeros in front, nothing of more than MOST_DIGITS */
} expected;

static bool is_number(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return len > 0;
}

static void add_segment(expected *e, const char *text, size_t len) {
    if (is_number(text, len)) {
        e->plain = e->plain && len <= MOST_DIGITS && (len == 1 || text[0] != '0');
        e->indices++;
        e->key[e->len++] = 'N';
        return;
    }
    e->literals += len == 1 && text[0] == 'N';
    memcpy(e->key + e->len, text, len);
    e->len += len;
}

static expected expect(msig_span name) {
    expected e = {malloc(name.len + 1), 0, 0, 0, true};
    if (!e.key)
        abort();
    for (size_t from = 0, to = 0; to <= name.len; to++) {
        if (to < name.len && name.ptr[to] != '.')
            continue;
        add_segment(&e, name.ptr + from, to - from);
        if (to < name.len)
            e.key[e.len++] = '.';
        from = to + 1;
    }
    return e;
}

static void check_indices(msig_span name, const msig_key_indices *indices) {
    size_t after = 0;
    for (size_t i = 0; i < indices->count && i < MSIG_KEY_KEPT; i++) {
        size_t at = indices->at[i];
        size_t digits = indices->digits[i];
        uint64_t value = 0;
        demand(at >= after && digits > 0 && at + digits <= name.len, "indices are in order");
        demand(is_number(name.ptr + at, digits), "an index is a number");
        for (size_t j = 0; j < digits; j++) {
            value = value * 10 + (uint64_t)(name.ptr[at + j] - '0');
            value = value < UINT32_MAX ? value : UINT32_MAX;
        }
        demand(value == indices->value[i], "with its value");
        after = at + digits;
    }
}

/* A key whose first indices have values again: it has the same key, and is the name where nothing
 * was lost. */
static void check_names(msig_span name, msig_span key, const msig_key_indices *indices) {
    size_t known = indices->count < MSIG_KEY_KEPT ? indices->count : MSIG_KEY_KEPT;
    size_t room = key.len + MSIG_KEY_KEPT * 9 + 1;
    char *made = malloc(room);
    char *again = malloc(room);
    if (!made || !again)
        abort();
    for (size_t given = 0; given <= known; given++) {
        size_t len = msig_key_name(key, indices->value, given, made);
        demand(len <= key.len + given * 9, "a name is as long as was said");
        size_t back = msig_key_abstract((msig_span){made, len}, again, NULL);
        demand(back == key.len && memcmp(again, key.ptr, back) == 0, "its key is the key");
        demand(!indices->exact || given < indices->count ||
                   (len == name.len && memcmp(made, name.ptr, len) == 0),
               "an exact key gives the name");
    }
    free(made);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    msig_span name = {(const char *)input, len};
    msig_key_indices indices;
    expected e = expect(name);
    char *out = malloc(len + 1);
    if (!out)
        abort();
    size_t used = msig_key_abstract(name, out, &indices);
    demand(used == e.len && memcmp(out, e.key, used) == 0, "the key is that of the rule");
    demand(indices.count == e.indices, "each index is counted");
    demand(!indices.exact || (e.literals == 0 && e.indices <= MSIG_KEY_KEPT), "nothing was lost");
    demand(indices.exact || !e.plain || e.literals > 0 || e.indices > MSIG_KEY_KEPT,
           "what loses nothing is exact");
    check_indices(name, &indices);
    check_names(name, (msig_span){out, used}, &indices);
    free(out);
    free(e.key);
    return 0;
}
