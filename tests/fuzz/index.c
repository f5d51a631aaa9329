/*
 * Fuzz target: shard indexes. Input: the index, and behind a byte 0xff (which no JSON has) the JSON
 * text of a shard's header. Read through windows of two sizes and by the general reader alone; all
 * must come to the same.
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

static msig_status read_all(msig_manifest *m, msig_span index, msig_span shard, size_t window,
                            msig_err *err) {
    msig_index_info info;
    hollow_source source = hollow_over(index, 0, window);
    msig_status status = msig_index_read(m, &source.base, msig_span_of("index"), &info, err);
    if (status != MSIG_OK)
        return status;
    demand(info.entries == m->entries.count, "all entries are counted");
    demand(info.metadata.len <= index.len, "the metadata is in the index");
    for (size_t i = 0; i < m->shard_count; i++)
        demand(!msig_index_bad_shard(m->files.spans[m->shards[i]]), "shards have good names");
    for (size_t i = 0; i < m->entries.count; i++) {
        msig_entry entry = m->entries.list[i];
        msig_name name = msig_entries_name(&m->entries, i);
        demand(entry.shard < m->files.count, "entries have a shard");
        demand(msig_entries_find(&m->entries, name) == &m->entries.list[i], "entries are found");
    }
    msig_err ignored;
    read_shard(m, shard, &ignored);
    return msig_manifest_finish(m, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    static const size_t windows[] = {SIZE_MAX, 5, SIZE_MAX};
    const uint8_t *border = len ? memchr(input, 0xff, len) : NULL;
    size_t index_len = border ? (size_t)(border - input) : len;
    msig_span index = {(const char *)input, index_len};
    msig_span shard = {"", 0};
    if (border) {
        shard.ptr = (const char *)border + 1;
        shard.len = len - index_len - 1;
    }
    msig_manifest *all[3];
    msig_status status = MSIG_OK;
    for (int i = 0; i < 3; i++) {
        msig_err err;
        all[i] = new_manifest(i == 2);
        msig_status now = read_all(all[i], index, shard, windows[i], &err);
        demand(i == 0 || now == status, "one status");
        status = now;
        if (status == MSIG_OK)
            demand(i == 0 || !disagreement(all[0], all[i]), "one result");
        else
            demand(err.code == status && err.offset >= 0 && err.offset <= (int64_t)index_len,
                   "a place in the index");
    }
    for (int i = 0; i < 3; i++)
        msig_manifest_close(all[i]);
    return 0;
}
