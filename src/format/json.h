/*
 * A reader of JSON: events in the order of the text, pulled one by one, from memory or from a
 * source of any length in bounded memory. Strict (RFC 8259), UTF-8 checked, integers exact,
 * duplicates left to the caller, positions known. `lenient` accepts what configs in the wild have:
 * NaN, Infinity, -Infinity and lone surrogates (read as U+FFFD), each marked in the event.
 *
 * After an error the reader gives that error again. Not for use by two threads at once.
 */
#ifndef MSIG_FORMAT_JSON_H
#define MSIG_FORMAT_JSON_H

#include "format/json_window.h"

/* Starts reading len bytes at offset of a source, which stays borrowed. */
msig_status msig_json_open(msig_json *json, const msig_alloc *alloc, msig_source *source,
                           uint64_t offset, uint64_t len, const msig_json_options *options,
                           msig_err *err);

/* Starts reading text in memory, which stays borrowed; `base` is its offset for errors. */
msig_status msig_json_open_text(msig_json *json, const msig_alloc *alloc, msig_span text,
                                uint64_t base, const msig_json_options *options, msig_err *err);

/* Frees what the reader holds; a zeroed one is accepted. */
void msig_json_close(msig_json *json);

/* Gives the next event. Codes: truncated, malformed, limit, nomem, and the source's. */
msig_status msig_json_next(msig_json *json, msig_json_event *event, msig_err *err);

/* Reads to the end of the value that `event` began; nothing to do for scalars. */
msig_status msig_json_skip(msig_json *json, const msig_json_event *event, msig_err *err);

/* Skips like msig_json_skip, for text in memory and several times as fast: goes to the bracket that
 * closes the value and checks nothing on the way. For callers that let another reader read it. */
msig_status msig_json_leap(msig_json *json, const msig_json_event *event, msig_err *err);

#endif
