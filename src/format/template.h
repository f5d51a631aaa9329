/*
 * Templates: the fast way through headers. Nearly all members of a header differ from an earlier
 * one in a few numbers only: the indices in the name and the two data_offsets. When the general
 * reader has read a member, its raw text with holes for these numbers becomes a template. A later
 * text that agrees byte for byte outside the holes, and has plain digits in them, means the same
 * but for the numbers; so nothing else needs to be checked again, whatever spacing or order of keys
 * the writer uses. Every other text goes to the general reader.
 */
#ifndef MSIG_FORMAT_TEMPLATE_H
#define MSIG_FORMAT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define MSIG_TEMPLATE_HOLES 4 /* two indices, begin, end */

typedef struct msig_hole {
    const char *ptr; /* the first digit */
    size_t len;
} msig_hole;

typedef struct msig_template {
    const char *text; /* the pieces, each padded to a multiple of 16 bytes */
    uint32_t piece[MSIG_TEMPLATE_HOLES + 1];
    uint32_t holes;
    uint32_t longest; /* no text that agrees is longer, digits and padding included */
    uint32_t variant;
    uint32_t name;     /* where the name begins */
    uint32_t name_end; /* where it ends, in the piece behind the last index */
    struct msig_template *next[2]; /* what followed lately */
} msig_template;

typedef struct msig_template_match {
    uint64_t value[MSIG_TEMPLATE_HOLES];
    const char *name;
    size_t name_len;
} msig_template_match;

/* Makes a template of the text from ptr to end; the holes are in it in order, the last two behind
 * the name. NULL when memory runs out or the text does not fit a template. */
msig_template *msig_template_new(msig_arena *arena, const char *ptr, const char *end,
                                 const msig_hole *holes, size_t count, const char *name,
                                 const char *name_end);

/* Compares; gives the place behind the text, NULL if it does not agree or `end` is too near. */
const char *msig_template_try(const msig_template *t, const char *ptr, const char *end,
                              msig_template_match *match);

#endif
