/*
 * The inner parts of the safetensors reader: a header while it is read. Only safetensors*.c use it.
 *
 *   safetensors.c         bytes of the file, the order of the work, __metadata__
 *   safetensors_header.c  oddities
 *   safetensors_tensor.c  one tensor, whatever its form: the general way
 *   safetensors_fast.c    tensors like earlier ones: the fast way
 *   safetensors_check.c   what concerns all tensors together
 */
#ifndef MSIG_FORMAT_SAFETENSORS_HEADER_H
#define MSIG_FORMAT_SAFETENSORS_HEADER_H

#include "format/json.h"
#include "format/manifest_build.h"
#include "format/template.h"

#define MSIG_HEADER_PREFIX 8                    /* bytes before the JSON text */
#define MSIG_HEADER_LARGEST UINT64_C(100000000) /* of the JSON text, as the official parser */

/* Oddities that are read all the same: counted, with the first one kept. */
typedef enum msig_oddity {
    MSIG_ODD_LEADING_SPACE,
    MSIG_ODD_PADDING,
    MSIG_ODD_LARGE_HEADER,
    MSIG_ODD_DUPLICATE,
    MSIG_ODD_ARRAY,
    MSIG_ODD_UNKNOWN_KEY,
    MSIG_ODD_DTYPE_OBJECT,
    MSIG_ODD_UNKNOWN_DTYPE,
    MSIG_ODD_METADATA_NULL,
    MSIG_ODD_METADATA_DUPLICATE,
    MSIG_ODD_NAME,
    MSIG_ODD_MISALIGNED,
    MSIG_ODD_COUNT
} msig_oddity;

typedef struct msig_header {
    msig_manifest *manifest;
    msig_manifest_build *build;
    bool unknown_dtypes; /* are findings, not errors */
    msig_span file;
    msig_span text; /* the JSON, borrowed from the source or in the manifest's memory */
    uint64_t data_size;
    bool detached;      /* the text came without its file, */
    uint64_t file_size; /* which has this size; data_size is not known then */
    uint64_t data_end;  /* where the last tensor ends */
    msig_json json;
    msig_arena names; /* those that are written with escapes */
    uint64_t *dims;   /* of the tensor being read */
    size_t rank, dim_capacity;
    bool has_metadata;
    msig_span metadata;
    msig_template *last; /* of the member before */
    size_t oddities;     /* all together */
    struct {
        size_t count;
        uint64_t offset;
        msig_span name;
    } odd[MSIG_ODD_COUNT];
} msig_header;

/* A tensor on its way through the general reader. */
typedef struct msig_header_draft {
    msig_span name;
    uint64_t offset; /* of the name in the file */
    unsigned has;
    uint32_t dtype;
    uint64_t ends[2];
    msig_span end_texts[2];
} msig_header_draft;

/* Notes an oddity about a tensor (or nothing: empty). */
void msig_header_note(msig_header *header, msig_oddity odd, uint64_t offset, msig_span name);

/* Notes what is odd about the text around the JSON. */
void msig_header_note_frame(msig_header *header);

/* Makes findings of the oddities. Codes: nomem; malformed when findings are errors. */
msig_status msig_header_report(msig_header *header, msig_err *err);

/* Reads the tensor whose name (and its offset) the draft has, and adds it to the members. */
msig_status msig_header_tensor(msig_header *header, msig_header_draft *draft, msig_err *err);

/* Remembers the text from `begin` to the reader's position, which the draft was read from, and that
 * it followed `before`. */
void msig_header_learn(msig_header *header, const msig_header_draft *draft, const char *begin,
                       msig_template *before);

/* Reads as many members as agree with the texts that followed each other before. The reader stands
 * behind a member and stays in that state. Code: nomem. */
msig_status msig_header_run(msig_header *header, msig_err *err);

/* Drops all but the last tensor of each name. Code: nomem. */
msig_status msig_header_drop_duplicates(msig_header *header, msig_err *err);

/* Checks that the tensors cover the data without holes and overlaps, and sets data_end. Codes:
 * malformed, truncated, mismatch (detached), nomem. */
msig_status msig_header_check_places(msig_header *header, msig_err *err);

/* The arguments of a "%.*s" that shows the beginning of a text. */
#define SHOWN(span) (int)((span).len < 60 ? (span).len : 60), (span).ptr

#define BAD(offset, ...) msig_err_set(err, MSIG_EMALFORMED, (int64_t)(offset), __VA_ARGS__)

#endif
