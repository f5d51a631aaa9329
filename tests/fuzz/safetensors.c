/*
 * Fuzz target: safetensors headers. Input: one byte of choices, two bytes (little-endian) that say
 * how much data follows, then the JSON text (with DETACHED, read as such); or, with RAW chosen, a
 * whole file. Read twice into one manifest, so that the second time meets what the first one
 * learnt; and both by the general reader alone, which must come to the same.
 */
#include "agree.h"

#include "format/safetensors.h"

enum { STRICT = 1, UNKNOWN_DTYPES = 2, RAW = 4, NARROW = 8, DETACHED = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static msig_status read_twice(msig_manifest *m, unsigned choices, msig_span file, uint64_t data,
                              msig_err *err) {
    msig_safetensors_options options = {(choices & UNKNOWN_DTYPES) != 0};
    msig_safetensors_info info;
    hollow_source source =
        hollow_over(file, choices & DETACHED ? 0 : data, choices & NARROW ? 7 : SIZE_MAX);
    msig_status status = MSIG_OK;
    msig_manifest_set_strict(m, choices & STRICT);
    for (int i = 0; i < 2 && status == MSIG_OK; i++) {
        uint64_t before = msig_manifest_bytes(m);
        msig_span name = msig_span_of(i ? "b" : "a");
        if (choices & DETACHED)
            status =
                msig_safetensors_read_detached(m, &source.base, data, name, &options, &info, err);
        else
            status = msig_safetensors_read(m, &source.base, name, &options, &info, err);
        if (status != MSIG_OK)
            break;
        uint64_t size = choices & DETACHED ? data : source.base.size;
        demand(info.header_bytes <= size, "the header is in the file");
        demand(msig_manifest_bytes(m) - before == size - 8 - info.header_bytes,
               "the tensors cover the data");
        demand(info.tensors <= msig_manifest_count(m), "all tensors are counted");
    }
    return status == MSIG_OK ? msig_manifest_finish(m, err) : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    if (len < 3)
        return 0;
    unsigned choices = input[0];
    uint64_t data = choices & RAW ? 0 : input[1] | (uint64_t)input[2] << 8;
    bool bare = choices & (RAW | DETACHED);
    size_t text = len - 3;
    char *bytes = malloc(8 + text);
    msig_span file = {bytes, bare ? text : 8 + text};
    demand(bytes != NULL, "there is memory");
    if (bare) {
        memcpy(bytes, input + 3, text);
    } else {
        for (unsigned i = 0; i < 8; i++)
            bytes[i] = (char)((uint64_t)text >> 8 * i & 0xff);
        memcpy(bytes + 8, input + 3, text);
    }
    msig_err errors[2];
    memset(errors, 0x5a, sizeof errors);
    msig_manifest *fast = new_manifest(false);
    msig_manifest *general = new_manifest(true);
    msig_status status = read_twice(fast, choices, file, data, &errors[0]);
    demand(status == read_twice(general, choices, file, data, &errors[1]), "one status");
    if (status == MSIG_OK) {
        demand(!disagreement(fast, general), "one result");
    } else {
        demand(errors[0].code == status && errors[0].offset == errors[1].offset &&
                   strcmp(errors[0].text, errors[1].text) == 0,
               "one error");
        demand(status == MSIG_EMISMATCH || status == MSIG_EMALFORMED || errors[0].offset >= 0,
               "a place");
        demand(errors[0].offset <= (int64_t)(8 + file.len + data), "a place in the file");
    }
    msig_manifest_close(fast);
    msig_manifest_close(general);
    free(bytes);
    return 0;
}
