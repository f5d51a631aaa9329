/*
 * Fuzz target: shard indexes. Input: the index, and behind a byte 0xff (which no JSON has) the JSON
 * text of a shard's header. Read the fast way and, through a window of 5 bytes, by the general
 * reader alone; both must come to the same.
 */
#include "agree.h"

#include "format/index.h"
#include "format/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static msig_status read_shard(msig_manifest *m, msig_span text, msig_err *err) {
    msig_safetensors_options options = {true};
    msig_safetensors_info info;
    msig_span file = {NULL, text.len + 8};
    char *bytes = malloc(file.len);
    demand(bytes != NULL, "there is memory");
    memcpy(bytes + 8, text.ptr, text.len);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)text.len >> 8 * i & 0xff);
    file.ptr = bytes;
    hollow_source source = hollow_over(file, 64, SIZE_MAX);
    msig_status status =
        msig_safetensors_read(m, &source.base, msig_span_of("a"), &options, &info, err);
    free(bytes);
    return status;
}

static msig_status read_index(msig_manifest *m, msig_span index, size_t window, msig_err *err) {
    msig_index_info info;
    hollow_source source = hollow_over(index, 0, window);
    msig_status status = msig_index_read(m, &source.base, msig_span_of("index"), &info, err);
    if (status != MSIG_OK)
        return status;
    demand(info.entries == msig_index_entry_count(m), "all entries are counted");
    demand(info.metadata.len <= index.len, "the metadata is in the index");
    for (size_t i = 0; i < msig_index_shard_count(m); i++)
        demand(!msig_index_bad_shard(msig_index_shard(m, i)), "shards have good names");
    for (size_t i = 0; i < info.entries; i++)
        demand(!msig_index_bad_shard(msig_index_entry_at(m, i).shard), "entries have a shard");
    return MSIG_OK;
}

static msig_status read_rest(msig_manifest *m, msig_span shard, msig_err *err) {
    msig_err ignored;
    read_shard(m, shard, &ignored);
    return msig_manifest_finish(m, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    const size_t windows[] = {len % 2 ? SIZE_MAX : 40, 5};
    const uint8_t *border = len ? memchr(input, 0xff, len) : NULL;
    size_t index_len = border ? (size_t)(border - input) : len;
    msig_span index = {(const char *)input, index_len};
    msig_span shard = {"", 0};
    if (border) {
        shard.ptr = (const char *)border + 1;
        shard.len = len - index_len - 1;
    }
    msig_manifest *all[2] = {new_manifest(false), new_manifest(true)};
    msig_status status[2];
    msig_err errors[2];
    for (int i = 0; i < 2; i++) {
        status[i] = read_index(all[i], index, windows[i], &errors[i]);
        demand(status[i] == MSIG_OK || (errors[i].code == status[i] && errors[i].offset >= 0 &&
                                        errors[i].offset <= (int64_t)index_len),
               "a place in the index");
    }
    demand(status[0] == status[1], "one status");
    if (status[0] == MSIG_OK) {
        demand(same_entries(all[0], all[1]), "one index");
        for (int i = 0; i < 2; i++)
            status[i] = read_rest(all[i], shard, &errors[i]);
        demand(status[0] == status[1], "one status at the end");
    }
    if (status[0] == MSIG_OK)
        demand(!disagreement(all[0], all[1]), "one result");
    else
        demand(errors[0].offset == errors[1].offset && strcmp(errors[0].text, errors[1].text) == 0,
               "one error");
    msig_manifest_close(all[0]);
    msig_manifest_close(all[1]);
    return 0;
}
