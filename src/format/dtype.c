#include "format/dtype.h"

typedef struct dtype_row {
    const char *name;
    size_t len;
    unsigned bits;
} dtype_row;

static const dtype_row dtypes[MSIG_DTYPE_COUNT] = {
#define ROW(name, bits) {#name, sizeof #name - 1, bits},
    MSIG_DTYPE_LIST(ROW)
#undef ROW
};

uint32_t msig_dtype_find(msig_span name) {
    uint32_t i = 0;
    for (; i < MSIG_DTYPE_COUNT; i++)
        if (dtypes[i].len == name.len && memcmp(dtypes[i].name, name.ptr, name.len) == 0)
            break;
    return i;
}

const char *msig_dtype_name(uint32_t dtype) {
    return dtypes[dtype].name;
}

unsigned msig_dtype_bits(uint32_t dtype) {
    return dtypes[dtype].bits;
}
