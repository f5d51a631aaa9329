/*
 * How a manifest comes into being; for the readers of formats only (manifest.h is for all others).
 *
 * A reader begins a file, classifies its tensors (which makes them `members`), checks them as its
 * format asks, and commits them; a file that fails before leaves no tensor behind. An index
 * (index.h), if there is one, is read first. What is here and not in the manifest itself goes away
 * when the manifest is finished.
 */
#ifndef MSIG_FORMAT_MANIFEST_BUILD_H
#define MSIG_FORMAT_MANIFEST_BUILD_H

#include "base/arena.h"
#include "base/key.h"
#include "base/table.h"
#include "format/entries.h"
#include "format/manifest.h"

struct msig_template;

/* A tensor of a file that is being read. */
typedef struct msig_member {
    msig_span name;      /* borrowed until the members are committed */
    uint64_t begin, end; /* where its data is, for the reader's checks */
    uint32_t variant;
    uint32_t index[2]; /* 0 where there is none */
    uint8_t indices;   /* how many, at most 2 kept */
    bool exact;        /* key and indices say the whole name */
    bool dropped;      /* a later tensor of the same name took its place, or the index says no */
} msig_member;

/* What is known of a key while files come in. */
typedef struct msig_key_build {
    const msig_member *before; /* of this key in the file that is checked */
    size_t check;              /* which check `before` belongs to */
    uint32_t last_variant;
    uint32_t last_index[2];         /* of the last tensor */
    struct msig_template *template; /* its text in an index, for the fast way */
} msig_key_build;

typedef struct msig_manifest_build {
    msig_manifest *manifest;
    msig_arena arena; /* of templates */
    msig_slots variant_slots;
    struct msig_template **variant_templates; /* the text of each in a header; NULL: not learnt */
    size_t variant_template_capacity;
    msig_key_build *keys; /* beside the manifest's */
    size_t key_capacity;
    size_t template_count, most_templates;
    msig_member *members; /* of the file being read; the next file takes the same memory */
    size_t member_count, member_capacity;
    char *text; /* of the file being read, likewise */
    size_t text_size;
    size_t checks; /* over all members of a file; see safetensors_check.c */
    uint64_t seed;
    msig_entries entries; /* of the index */
    bool *shard_read;     /* by file number */
    size_t shard_capacity;
    uint32_t *shards; /* files that the index names, in order of appearance */
    size_t shard_count, shard_list_capacity;
    uint64_t total_size; /* what the index claims */
    bool has_index, has_total_size;
    bool unordered; /* the names of some key do not ascend by number: there may be equal ones */
} msig_manifest_build;

/* A tensor that was committed. */
typedef struct msig_tensor_record {
    uint32_t variant : 31;
    uint32_t odd : 1;  /* index[0] is the number of an odd name, which is written out */
    uint32_t index[2]; /* of the name, 0 where there is none */
} msig_tensor_record;

typedef struct msig_file_run {
    uint32_t file;  /* number in files */
    uint32_t first; /* ordinal of its first tensor */
} msig_file_run;

struct msig_manifest {
    msig_alloc alloc;
    msig_arena arena;
    msig_intern keys, dtypes, files, odd_names;
    uint32_t *first_variants; /* by key; MSIG_NONE while it has no tensor */
    size_t key_capacity;
    msig_variant *variants; /* `first` and `next` are MSIG_NONE where there is none */
    size_t variant_count, variant_capacity;
    msig_tensor_record *tensors;
    size_t tensor_count, tensor_capacity;
    msig_file_run *runs;
    size_t run_count, run_capacity;
    msig_finding *findings;
    size_t finding_count, finding_capacity;
    char *scratch; /* for any name of any key */
    size_t scratch_size;
    uint64_t bytes, params; /* of all tensors; params of known and unknown dtypes alike */
    bool strict;
    msig_manifest_build *build; /* NULL: finished */
};

/* Begins a file, without members yet, and gives what it is built with. Code: mismatch if the
 * manifest is finished. */
msig_status msig_manifest_begin(msig_manifest *manifest, msig_manifest_build **build,
                                msig_err *err);

/* Number of a dtype's name: that of dtype.h, or one behind it; MSIG_NONE without memory. */
uint32_t msig_manifest_dtype(msig_manifest *manifest, msig_span name);

/* Adds a member. The name stays borrowed until the file is committed, `dims` are copied; `bytes` is
 * the size of the tensor. Its begin and end are 0. Code: nomem. */
msig_status msig_manifest_classify(msig_manifest_build *build, msig_span name, uint32_t dtype,
                                   const uint64_t *dims, uint32_t rank, uint64_t bytes,
                                   msig_err *err);

/* Takes over the members that are not dropped as tensors of `file`, which may be empty; checks them
 * against the index first. No member is left. Codes: limit, nomem; mismatch when findings are
 * errors. */
msig_status msig_manifest_commit(msig_manifest_build *build, msig_span file, msig_err *err);

/* Adds a finding about a file (`where`). Codes: nomem; malformed when findings are errors. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
msig_status
msig_manifest_note(msig_manifest *manifest, const char *code, msig_span where, msig_err *err,
                   const char *fmt, ...);

/* The same where index and files disagree: the code is mismatch when findings are errors. */
#define MSIG_DISAGREE(...) msig_manifest_disagree(msig_manifest_note(__VA_ARGS__), err)
msig_status msig_manifest_disagree(msig_status status, msig_err *err);

/* Gives the numbers that stand for a name and, in *indices (may be NULL), where its indices are.
 * Code: nomem. */
msig_status msig_manifest_name(msig_manifest_build *build, msig_span text, msig_name *name,
                               msig_key_indices *indices, msig_err *err);

/* Gives the number of a name that key and indices do not say. Code: nomem. */
msig_status msig_manifest_odd_name(msig_manifest *manifest, msig_span text, msig_name *name,
                                   msig_err *err);

/* Gives the numbers of a member's name; asked for every tensor. Code: nomem. */
static inline msig_status msig_member_name(msig_manifest *manifest, const msig_member *member,
                                           msig_name *name, msig_err *err) {
    if (!member->exact)
        return msig_manifest_odd_name(manifest, member->name, name, err);
    name->id = manifest->variants[member->variant].key;
    name->index[0] = member->index[0];
    name->index[1] = member->index[1];
    return MSIG_OK;
}

/* The numbers of a tensor's name. */
msig_name msig_manifest_tensor_name(const msig_manifest *manifest, size_t tensor);

/* Writes out a name; borrowed until the next call. */
msig_span msig_manifest_spell(msig_manifest *manifest, msig_name name);

/* manifest_check.c: drops the members that the index has elsewhere or not at all. Codes: nomem;
 * mismatch when findings are errors. */
msig_status msig_manifest_ask_index(msig_manifest_build *build, msig_span file, msig_err *err);

/* manifest_check.c: what concerns all files together, at the end. Codes as above. */
msig_status msig_manifest_check(msig_manifest_build *build, msig_err *err);

/* For manifest_read.c: makes, and frees (NULL accepted), what is needed for building. */
msig_manifest_build *msig_manifest_build_new(msig_manifest *manifest);
void msig_manifest_build_free(msig_manifest_build *build);

#endif
