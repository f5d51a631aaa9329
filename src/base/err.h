/*
 * Error codes and the error record.
 *
 * A function that can fail returns a msig_status (0 is success) and takes a msig_err as its last
 * parameter, which may be NULL. The record has a fixed size, so reporting an error allocates
 * nothing. Texts are facts (what was expected, what was found); sentences for people are made
 * in Lua. Thread rule: a record belongs to its caller.
 */
#ifndef MSIG_BASE_ERR_H
#define MSIG_BASE_ERR_H

#include <stdint.h>

/* identifier, short name (part of the API), meaning */
#define MSIG_STATUS_LIST(X)                                                                        \
    X(MSIG_ENOMEM, "nomem", "memory ran out")                                                      \
    X(MSIG_EIO, "io", "the operating system refused")                                              \
    X(MSIG_EHTTP, "http", "the server's answer makes no sense")                                    \
    X(MSIG_EAUTH, "auth", "credentials are missing or wrong")                                      \
    X(MSIG_EGATED, "gated", "access must be asked for")                                            \
    X(MSIG_ENOTFOUND, "notfound", "there is no such thing")                                        \
    X(MSIG_ERATELIMITED, "ratelimited", "too many requests")                                       \
    X(MSIG_ETIMEOUT, "timeout", "it took too long")                                                \
    X(MSIG_ETRUNCATED, "truncated", "the input ends too early")                                    \
    X(MSIG_EMALFORMED, "malformed", "the input breaks its format")                                 \
    X(MSIG_ELIMIT, "limit", "a limit of ours is exceeded")                                         \
    X(MSIG_EUNSUPPORTED, "unsupported", "not this format, or not built in")                        \
    X(MSIG_EMISMATCH, "mismatch", "two sources disagree")                                          \
    X(MSIG_ECANCELLED, "cancelled", "the caller stopped it")                                       \
    X(MSIG_EOFFLINE, "offline", "it needs the network, which is off")

typedef enum msig_status {
    MSIG_OK = 0,
#define MSIG_STATUS_ENUM(id, name, text) id,
    MSIG_STATUS_LIST(MSIG_STATUS_ENUM)
#undef MSIG_STATUS_ENUM
        MSIG_STATUS_COUNT
} msig_status;

#define MSIG_NO_OFFSET ((int64_t)-1)
#define MSIG_ERR_TEXT 160

typedef struct msig_err {
    msig_status code;
    int64_t offset; /* byte position in the input, or MSIG_NO_OFFSET */
    char text[MSIG_ERR_TEXT];
} msig_err;

/* Names a status ("truncated"); "ok" for MSIG_OK, "unknown" for what is none. Never NULL. */
const char *msig_status_name(msig_status status);

/* Describes a status in a few words. Never NULL. */
const char *msig_status_text(msig_status status);

/* Fills err (ignored when NULL) and returns code. Control bytes and broken UTF-8 in the text, which
 * may quote hostile input, become '?'; a text that is too long is cut at a character's border. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
msig_status msig_err_set(msig_err *err, msig_status code, int64_t offset, const char *fmt, ...);

/* Reports that memory ran out; shorthand for the commonest case. */
msig_status msig_err_nomem(msig_err *err);

#endif
