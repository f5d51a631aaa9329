/*
 * Shard indexes (model.safetensors.index.json): which shard holds which tensor. Read as a stream,
 * so a file of 250 MB needs no 250 MB. Shard names are hostile text: only a plain relative path
 * without "..", that stays in the index's folder, is taken.
 */
#ifndef MSIG_FORMAT_INDEX_H
#define MSIG_FORMAT_INDEX_H

#include "base/source.h"
#include "format/manifest.h"

typedef struct msig_index_info {
    msig_span metadata; /* JSON text of "metadata", empty if there is none */
    size_t entries;
} msig_index_info;

/* Reads an index into an empty manifest. Codes: truncated, malformed, limit, unsupported, mismatch
 * (the manifest has tensors or an index), nomem, and the source's. After an error the manifest must
 * be closed. */
msig_status msig_index_read(msig_manifest *manifest, msig_source *source, msig_span name,
                            msig_index_info *info, msig_err *err);

/* Files that the index names, in order of first appearance; none once the manifest is finished. */
size_t msig_index_shard_count(const msig_manifest *manifest);
msig_span msig_index_shard(const msig_manifest *manifest, size_t i);

typedef struct msig_index_entry {
    msig_span name; /* of a tensor; borrowed until the next call */
    msig_span shard;
} msig_index_entry;

/* How many entries were read, and entry i; none once the manifest is finished. */
size_t msig_index_entry_count(const msig_manifest *manifest);
msig_index_entry msig_index_entry_at(msig_manifest *manifest, size_t i);

/* Says what is wrong with a shard's name ("is empty"); NULL: it may be opened. */
const char *msig_index_bad_shard(msig_span name);

#endif
