/*
 * Lua's patterns with the work counted, so that a budget can end a match that would take for ever.
 *
 * A pattern is compiled to nodes, one for each item of it, in memory that the caller gives. What
 * matches and what is captured is as in Lua 5.4; a malformed pattern is refused at once, even where
 * the subject would never have led to the bad place. Knows nothing of Lua's headers.
 */
#ifndef MSIG_BIND_PATTERN_H
#define MSIG_BIND_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MSIG_CAPTURES = 32 };

/* One item. */
typedef struct msig_pattern_node {
    unsigned char kind;
    unsigned char repeat; /* of a single character: 0, '*', '+', '-' or '?' */
    unsigned char a, b;   /* a character, the ends of a balanced run, the number of a capture */
    uint32_t set[8];      /* characters that belong to it */
} msig_pattern_node;

/* A compiled pattern; borrows its nodes. */
typedef struct msig_pattern {
    const msig_pattern_node *nodes;
    size_t count;
    bool anchored;
    int captures;
    unsigned char position[MSIG_CAPTURES]; /* 1: the capture is a position and no text */
} msig_pattern;

/* Compiles `len` bytes. `nodes` needs room for len + 1 of them. `anchors` says whether a leading
 * ^ is an anchor. Returns NULL, or what is wrong. */
const char *msig_pattern_compile(msig_pattern *pattern, msig_pattern_node *nodes, const char *text,
                                 size_t len, bool anchors);

typedef struct msig_capture {
    const char *from;
    size_t len;
} msig_capture;

/* A subject, and what the last match captured. Both functions may leave by longjmp. */
typedef struct msig_subject {
    const char *text, *end;
    void *ctx;
    void (*spend)(void *ctx, size_t work);         /* told now and then how much was done */
    void (*complain)(void *ctx, const char *text); /* does not return */
    size_t work;
    int depth;
    msig_capture captures[MSIG_CAPTURES];
} msig_subject;

/* Matches at one place; returns the end of the match, or NULL. */
const char *msig_pattern_match(const msig_pattern *pattern, msig_subject *subject,
                               const char *from);

/* Looks for the first match from `from` on, or at `from` only where the pattern is anchored.
 * Returns its beginning and sets *end, or NULL. */
const char *msig_pattern_search(const msig_pattern *pattern, msig_subject *subject,
                                const char *from, const char **end);

/* Looks for a plain text from `from` on; NULL when it is not there. */
const char *msig_pattern_plain(msig_subject *subject, const char *from, const char *wanted,
                               size_t len);

#endif
