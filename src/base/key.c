#include "base/key.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Value of a run of digits, UINT32_MAX if it is larger. */
static uint32_t value_of(const char *digits, size_t len) {
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        value = value * 10 + (uint64_t)(digits[i] - '0');
        if (value >= UINT32_MAX)
            return UINT32_MAX;
    }
    return (uint32_t)value;
}

static void note_index(msig_key_indices *indices, const char *name, size_t at, size_t len) {
    size_t i = indices->count++;
    if (i >= MSIG_KEY_KEPT) {
        indices->exact = false;
        return;
    }
    indices->at[i] = at;
    indices->digits[i] = len;
    indices->value[i] = value_of(name + at, len);
    if ((len > 1 && name[at] == '0') || indices->value[i] == UINT32_MAX)
        indices->exact = false;
}

size_t msig_key_abstract(msig_span name, char *out, msig_key_indices *indices) {
    msig_key_indices unused;
    if (!indices)
        indices = &unused;
    indices->count = 0;
    indices->exact = true;
    size_t len = 0;
    size_t i = 0;
    for (;;) {
        size_t start = i;
        bool all_digits = true;
        for (; i < name.len && name.ptr[i] != '.'; i++) {
            all_digits = all_digits && is_digit(name.ptr[i]);
            out[len + (i - start)] = name.ptr[i];
        }
        size_t run = i - start;
        if (run == 1 && name.ptr[start] == 'N')
            indices->exact = false;
        if (run > 0 && all_digits) {
            note_index(indices, name.ptr, start, run);
            out[len] = 'N';
            run = 1;
        }
        len += run;
        if (i >= name.len)
            return len;
        out[len++] = name.ptr[i++];
    }
}

static size_t put_number(char *out, uint32_t number) {
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    for (size_t i = 0; i < count; i++)
        out[i] = digits[count - 1 - i];
    return count;
}

size_t msig_key_name(msig_span key, const uint32_t *values, size_t count, char *out) {
    size_t len = 0;
    size_t used = 0;
    for (size_t i = 0; i < key.len; i++) {
        bool starts = i == 0 || key.ptr[i - 1] == '.';
        bool ends = i + 1 == key.len || key.ptr[i + 1] == '.';
        if (key.ptr[i] == 'N' && starts && ends && used < count)
            len += put_number(out + len, values[used++]);
        else
            out[len++] = key.ptr[i];
    }
    return len;
}
