/*
 * Lua's patterns with the work counted, so that a budget can end a match that would take for ever.
 *
 * It matches, captures and refuses what Lua 5.4 does. A pattern is read while it is matched, so
 * that a malformed part is an error only where the subject leads to it. It needs no header of Lua.
 */
#ifndef MSIG_BASE_PATTERN_H
#define MSIG_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum { MSIG_CAPTURES = 32 };

/* Lengths of captures that are no text. */
#define MSIG_CAPTURE_OPEN ((size_t)-1)
#define MSIG_CAPTURE_POSITION ((size_t)-2)

typedef struct msig_capture {
    const char *from;
    size_t len;
} msig_capture;

/* A pattern, a subject, and what the last match captured. `spend` and `complain` may longjmp out of
 * any function that takes a matcher. */
typedef struct msig_matcher {
    const char *pattern, *pattern_end; /* behind the anchor */
    bool anchored;
    const char *text, *end; /* the subject */
    void *ctx;
    void (*spend)(void *ctx, size_t work);            /* told now and then how much was done */
    void (*complain)(void *ctx, const char *message); /* does not return */
    size_t work;                                      /* that spend was not told yet */
    int depth;
    int captures; /* of the last match */
    msig_capture capture[MSIG_CAPTURES];
} msig_matcher;

/* Sets the pattern; `anchors` says whether a leading ^ is an anchor. */
void msig_pattern_set(msig_matcher *matcher, const char *pattern, size_t len, bool anchors);

/* Matches at one place; returns the end of the match, or NULL. */
const char *msig_pattern_match(msig_matcher *matcher, const char *from);

/* Looks for the first match from `from` on, or at `from` only where the pattern is anchored.
 * Returns its beginning and sets *end, or NULL. */
const char *msig_pattern_search(msig_matcher *matcher, const char *from, const char **end);

/* Has a pattern nothing but characters that stand for themselves? */
bool msig_pattern_is_plain(const char *pattern, size_t len);

/* Looks for a plain text from `from` on; NULL when it is not there. */
const char *msig_pattern_plain(msig_matcher *matcher, const char *from, const char *wanted,
                               size_t len);

#endif
