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

/* Reads an index into an empty manifest; the shards are in manifest->shards afterwards. Codes:
 * truncated, malformed, limit, unsupported, mismatch (the manifest has tensors or an index),
 * nomem, and the source's. After an error the manifest must be closed. */
msig_status msig_index_read(msig_manifest *manifest, msig_source *source, msig_span name,
                            msig_index_info *info, msig_err *err);

/* Tells whether a shard's name may be opened: why not ("is empty"), or NULL. */
const char *msig_index_bad_shard(msig_span name);

#endif
