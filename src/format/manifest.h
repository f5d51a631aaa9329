/*
 * The manifest: every tensor of a model, whatever its format: name, dtype, shape, bytes, file;
 * and what is known per abstract key, counted while the tensors come in.
 *
 * Tensors of one key that agree in dtype and shape share a `variant`, and a name is its key and the
 * indices in it, so a tensor is three numbers: a model of 100,000 tensors takes about 1 MB and the
 * text of its headers is not kept. A format's reader collects the tensors of one file as `members`,
 * checks them, and hands them over with msig_manifest_commit; a file that fails leaves nothing
 * behind. An index (index.h), if there is one, is read first.
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
#include "base/key.h"
#include "base/span.h"
#include "base/table.h"
#include "format/entries.h"
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
    const struct msig_member *before; /* of this key in the file that is checked */
    size_t check;                     /* which check `before` belongs to */
    uint32_t last_index[2];           /* of the last tensor */
    struct msig_template *template;   /* its text in an index, for the fast way */
} msig_key_stats;

typedef struct msig_tensor {
    uint32_t variant : 31;
    uint32_t odd : 1;  /* index[0] is the number of an odd name, which is written out */
    uint32_t index[2]; /* of the name, 0 where there is none */
} msig_tensor;

/* A tensor of a file that is being read. */
typedef struct msig_member {
    msig_span name; /* borrowed until the members are committed */
    uint64_t begin, end;
    uint32_t variant;
    uint32_t index[2]; /* 0 where there is none */
    uint8_t indices;   /* how many, at most 2 kept */
    bool exact;        /* key and indices say the whole name */
    bool dropped; /* a later tensor of the same name took its place, or the index says no */
} msig_member;

typedef struct msig_file_run {
    uint32_t file;  /* number in files */
    uint32_t first; /* ordinal of its first tensor */
} msig_file_run;

typedef struct msig_manifest {
    msig_alloc alloc;
    msig_arena arena;
    msig_intern keys, dtypes, files, odd_names;
    msig_slots variant_slots;
    msig_key_stats *key_stats;
    size_t key_capacity;
    msig_variant *variants;
    size_t variant_count, variant_capacity;
    msig_tensor *tensors;
    size_t tensor_count, tensor_capacity;
    msig_file_run *runs;
    size_t run_count, run_capacity;
    msig_entries entries; /* of the index */
    bool *shard_read;     /* by file number */
    size_t shard_capacity;
    uint32_t *shards; /* files that the index names, in order of appearance */
    size_t shard_count, shard_list_capacity;
    msig_finding *findings;
    size_t finding_count, finding_capacity;
    char *scratch; /* for abstract keys and for names */
    size_t scratch_size;
    msig_member *members; /* of the file being read; the next file takes the same memory */
    size_t member_capacity;
    char *text; /* of the file being read, likewise */
    size_t text_size;
    uint64_t bytes, params; /* of all tensors; params of known and unknown dtypes alike */
    uint64_t total_size;    /* what the index claims */
    uint64_t seed;
    size_t template_count;
    size_t checks;   /* over all members of a file; see safetensors_check.c */
    bool unordered; /* the names of some key do not ascend by number: there may be equal ones */
    bool has_index, has_total_size, finished;
    bool strict; /* findings are errors; the caller may change it between calls */
} msig_manifest;

/* Makes an empty manifest. Close with msig_manifest_close. Code: nomem. */
msig_status msig_manifest_open(const msig_alloc *alloc, msig_manifest **manifest, msig_err *err);

/* Frees everything; NULL is accepted. */
void msig_manifest_close(msig_manifest *manifest);

/* Adds a finding about a file (`where`). Codes: nomem; malformed when findings are errors. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
msig_status msig_manifest_find(msig_manifest *manifest, const char *code, msig_span where,
                               msig_err *err, const char *fmt, ...);

/* Fills a member's variant and indices from its name, dtype and shape. `dims` is copied. The
 * member's name, begin and end are the caller's. `bytes` is the size of the tensor. Code: nomem. */
msig_status msig_manifest_classify(msig_manifest *manifest, msig_member *member, uint32_t dtype,
                                   const uint64_t *dims, uint32_t rank, uint64_t bytes,
                                   msig_err *err);

/* Gives the numbers that stand for a name and, in *indices (may be NULL), where its indices are.
 * Code: nomem. */
msig_status msig_manifest_name(msig_manifest *manifest, msig_span text, msig_name *name,
                               msig_key_indices *indices, msig_err *err);

/* Writes out a name that msig_manifest_name gave; borrowed until the next call. */
msig_span msig_manifest_spell(msig_manifest *manifest, msig_name name);

/* Number of a dtype's name in the manifest, added if new; MSIG_NONE when memory runs out. */
uint32_t msig_manifest_dtype(msig_manifest *manifest, msig_span name);

/* Takes over the members of a file that are not dropped; checks them against the index first.
 * Codes: limit, nomem; mismatch when findings are errors. */
msig_status msig_manifest_commit(msig_manifest *manifest, msig_member *members, size_t count,
                                 msig_span file, msig_err *err);

/* Adds one tensor that no file was read for; `file` may be empty. Codes: malformed, nomem. */
msig_status msig_manifest_add(msig_manifest *manifest, msig_span name, msig_span dtype,
                              const uint64_t *dims, uint32_t rank, msig_span file, msig_err *err);

/* Ends the manifest: names what the index promised and no file had. Further calls do nothing.
 * Codes: nomem; mismatch when findings are errors. */
msig_status msig_manifest_finish(msig_manifest *manifest, msig_err *err);

/* The name of a tensor; borrowed until the next call. */
msig_span msig_manifest_tensor_name(msig_manifest *manifest, size_t tensor);

/* The file of a tensor, empty if it has none. */
msig_span msig_manifest_file(const msig_manifest *manifest, size_t tensor);

#endif
