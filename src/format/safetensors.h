/*
 * safetensors headers into a manifest. Accepts and refuses what the official parser does; what the
 * format's description forbids or other readers judge differently becomes a finding.
 *
 *   offset  0         u64 little-endian N
 *           8         N bytes of JSON
 *           8 + N     data; data_offsets count from here
 */
#ifndef MSIG_FORMAT_SAFETENSORS_H
#define MSIG_FORMAT_SAFETENSORS_H

#include "base/source.h"
#include "format/manifest.h"

typedef struct msig_safetensors_options {
    bool unknown_dtypes; /* a dtype that the format does not know is a finding, not an error */
} msig_safetensors_options;

typedef struct msig_safetensors_info {
    size_t tensors; /* in this file, whatever the index says */
    uint64_t header_bytes;
    msig_span metadata; /* JSON text of __metadata__, empty if there is none; borrowed from the
                           source or, until its next file, from the manifest */
} msig_safetensors_info;

/* Reads the header of a source into the manifest under the name `file`. Codes: truncated,
 * malformed, limit, unsupported, mismatch (strict), nomem, and the source's; offsets count from the
 * file's start. */
msig_status msig_safetensors_read(msig_manifest *manifest, msig_source *source, msig_span file,
                                  const msig_safetensors_options *options,
                                  msig_safetensors_info *info, msig_err *err);

/* Reads a header's JSON text alone, the whole of `source`, of a file of which only the size is
 * known: 8 + N + data must be possible for it, with N from 2 to what is allowed. The text need not
 * be the file's own to the byte, so that its frame is not looked at; info->header_bytes is N. Code
 * mismatch if text and size cannot belong together; offsets count as if the text began at 8. */
msig_status msig_safetensors_read_detached(msig_manifest *manifest, msig_source *source,
                                           uint64_t file_size, msig_span file,
                                           const msig_safetensors_options *options,
                                           msig_safetensors_info *info, msig_err *err);

#endif
