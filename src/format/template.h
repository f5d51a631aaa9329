/*
 * Templates: the fast way through headers and indexes. Nearly all members differ from an earlier
 * one in a few numbers only: the indices in the name and, in a header, the two data_offsets. When
 * the general reader has read a member, its raw text with holes for these numbers becomes a
 * template. A later text that agrees byte for byte outside the holes, and has plain digits in them,
 * means the same but for the numbers; so nothing else needs to be checked again, whatever spacing
 * or order of keys the writer uses. Every other text goes to the general reader.
 */
#ifndef MSIG_FORMAT_TEMPLATE_H
#define MSIG_FORMAT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

#define MSIG_TEMPLATE_INDICES 2
#define MSIG_TEMPLATE_PLACES 2 /* begin and end */
#define MSIG_TEMPLATE_HOLES (MSIG_TEMPLATE_INDICES + MSIG_TEMPLATE_PLACES)

/* A text that was read, and where its numbers stand, in the order of the text. */
typedef struct msig_template_text {
    const char *ptr, *end;
    msig_span name;
    msig_span holes[MSIG_TEMPLATE_HOLES];
    uint32_t indices; /* the holes in the name */
    uint32_t count;   /* all holes */
} msig_template_text;

typedef struct msig_template {
    uint32_t piece[MSIG_TEMPLATE_HOLES + 1]; /* lengths between the holes */
    uint32_t indices, holes;
    uint32_t longest; /* no text that agrees is longer, digits and padding included */
    uint32_t owner;   /* the variant or key that it stands for */
    uint32_t name;     /* where the name begins */
    uint32_t name_end; /* where it ends, in the piece behind the last index */
    struct msig_template *next[2]; /* what followed lately; the text stands behind it */
} msig_template;

/* A number of a text that agreed. */
typedef struct msig_template_number {
    const char *digits;
    size_t len; /* 0: there is none */
    uint64_t value;
} msig_template_number;

/* What a text that agreed says. Zeroed, or of an earlier text in the same memory, it serves as
 * `before`: a number that is written as before is not read again. */
typedef struct msig_template_match {
    msig_template_number index[MSIG_TEMPLATE_INDICES];
    msig_template_number place[MSIG_TEMPLATE_PLACES];
    msig_span name;
} msig_template_match;

/* Makes a template for texts like this one. NULL when memory runs out or the text is too long. */
msig_template *msig_template_new(msig_arena *arena, const msig_template_text *text, uint32_t owner);

/* Compares; gives the place behind the text, NULL if it does not agree or `end` is too near. */
const char *msig_template_try(const msig_template *t, const char *ptr, const char *end,
                              const msig_template_match *before, msig_template_match *match);

/* Tells that a text does not agree; false where `end` is too near to tell. */
bool msig_template_disagrees(const msig_template *t, const char *ptr, const char *end);

/* Compares with what followed `last` (NULL accepted) lately; *found is what agrees. */
const char *msig_template_follow(msig_template *last, const char *ptr, const char *end,
                                 msig_template **found, const msig_template_match *before,
                                 msig_template_match *match);

/* Remembers that t followed `last` (NULL accepted). */
void msig_template_chain(msig_template *last, msig_template *t);

#endif
