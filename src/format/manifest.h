/*
 * The manifest: every tensor of a model, whatever its format: name, dtype, shape, bytes, file;
 * and what is known per abstract key, counted while the tensors come in.
 *
 * Tensors of one key that agree in dtype and shape share a `variant`, so a tensor itself is only a
 * name and a number. A format's reader collects the tensors of one file as `members`, checks them,
 * and hands them over with msig_manifest_commit; a file that fails leaves nothing behind. An index
 * (index.h), if there is one, is read first.
 *
 * Everything lives until msig_manifest_close. Strings given to callers are borrowed from the
 * manifest. Not for use by two threads at once.
 */
#ifndef MSIG_FORMAT_MANIFEST_H
#define MSIG_FORMAT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "base/table.h"
#include "format/ranges.h"

/* Something odd but readable. `code` is one of a few fixed words. */
typedef struct msig_finding {
    const char *code;
    msig_span message;
    msig_span where; /* the file, or empty */
} msig_finding;

typedef struct msig_variant {
    uint32_t key;   /* number in keys */
    uint32_t dtype; /* number in dtypes */
    uint64_t bytes; /* of one tensor */
    uint64_t elements;
    const uint64_t *dims;
    uint32_t rank;
    uint32_t first; /* ordinal of the first tensor; MSIG_NONE while there is none */
    uint32_t next;  /* the next variant of the same key, MSIG_NONE at the end */
    uint64_t count;
    msig_ranges layers;  /* the first index of the names */
    msig_ranges experts; /* the second */
    struct msig_template *template; /* its text, for the fast way; NULL if not learnt */
} msig_variant;

typedef struct msig_key_stats {
    uint32_t first_variant, last_variant;
    const struct msig_member *before; /* of this key in the file being read; see safetensors.c */
} msig_key_stats;

typedef struct msig_tensor {
    const char *name;
    uint32_t name_len;
    uint32_t variant;
} msig_tensor;

/* A tensor of a file that is being read. */
typedef struct msig_member {
    const char *name; /* stays valid as long as the manifest */
    uint32_t name_len;
    uint32_t variant;
    uint32_t indices; /* how many, at most 2 kept */
    uint32_t index[2];
    bool exact;   /* key and indices say the whole name */
    bool dropped; /* a later tensor of the same name took its place, or the index says no */
    uint64_t begin, end;
} msig_member;

/* Where an index puts a tensor. */
typedef struct msig_entry {
    const char *name;
    uint32_t name_len;
    uint32_t shard;
    bool seen;
} msig_entry;

typedef struct msig_file_run {
    uint32_t file;  /* number in files */
    uint32_t first; /* ordinal of its first tensor */
} msig_file_run;

typedef struct msig_manifest {
    msig_alloc alloc;
    msig_arena arena;
    msig_intern keys, dtypes, files;
    msig_slots variant_slots, entry_slots;
    msig_key_stats *key_stats;
    size_t key_capacity;
    msig_variant *variants;
    size_t variant_count, variant_capacity;
    msig_tensor *tensors;
    size_t tensor_count, tensor_capacity;
    msig_file_run *runs;
    size_t run_count, run_capacity;
    size_t next_entry; /* where the next tensor probably is */
    msig_entry *entries;
    size_t entry_count, entry_capacity;
    bool *shard_read; /* by file number, entry_count > 0 or has_index */
    size_t shard_capacity;
    uint32_t *shards; /* files that the index names, in order of appearance */
    size_t shard_count, shard_list_capacity;
    msig_finding *findings;
    size_t finding_count, finding_capacity;
    char *scratch; /* for abstract keys */
    size_t scratch_size;
    uint64_t bytes, params; /* of all tensors; params of known and unknown dtypes alike */
    uint64_t total_size;    /* what the index claims */
    uint64_t seed;
    size_t template_count;
    bool has_index, has_total_size, finished;
} msig_manifest;

/* Makes an empty manifest. Close with msig_manifest_close. Code: nomem. */
msig_status msig_manifest_open(const msig_alloc *alloc, msig_manifest **manifest, msig_err *err);

/* Frees everything; NULL is accepted. */
void msig_manifest_close(msig_manifest *manifest);

/* Adds a finding about a file (`where`). Code: nomem. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
msig_status msig_manifest_find(msig_manifest *manifest, const char *code, msig_span where,
                               msig_err *err, const char *fmt, ...);

/* Fills a member's variant and indices from its name, dtype and shape. `dims` is copied. The
 * member's name, begin and end are the caller's. `bytes` is the size of the tensor. */
msig_status msig_manifest_classify(msig_manifest *manifest, msig_member *member, uint32_t dtype,
                                   const uint64_t *dims, uint32_t rank, uint64_t bytes,
                                   msig_err *err);

/* Computes a tensor's bytes as the official parser does: products in order, each checked, bits a
 * whole number of bytes. False with *why set ("overflow" or "no whole byte") if it cannot be. */
bool msig_manifest_bytes(uint32_t dtype, const uint64_t *dims, uint32_t rank, uint64_t *bytes,
                         const char **why);

/* Number of a dtype's name in the manifest, added if new; MSIG_NONE when memory runs out. */
uint32_t msig_manifest_dtype(msig_manifest *manifest, msig_span name);

/* Takes over the members of a file that are not dropped; checks them against the index first. */
msig_status msig_manifest_commit(msig_manifest *manifest, msig_member *members, size_t count,
                                 msig_span file, msig_err *err);

/* Adds one tensor that no file was read for; `file` may be empty. Codes: malformed, nomem. */
msig_status msig_manifest_add(msig_manifest *manifest, msig_span name, msig_span dtype,
                              const uint64_t *dims, uint32_t rank, msig_span file, msig_err *err);

/* Ends the manifest: names what the index promised and no file had. Further calls do nothing. */
msig_status msig_manifest_finish(msig_manifest *manifest, msig_err *err);

/* The file of a tensor, empty if it has none. */
msig_span msig_manifest_file(const msig_manifest *manifest, size_t tensor);

#endif
