/*
 * Names what a file is that turned out not to be what it should be: HTML in place of JSON, a
 * pointer text in place of weights. Asked only after reading failed, never before: the first bytes
 * of a good safetensors file are a length and may look like anything. Pure.
 */
#ifndef MSIG_FORMAT_SNIFF_H
#define MSIG_FORMAT_SNIFF_H

#include <stddef.h>

#include "base/err.h"
#include "base/source.h"

/* Names the kind of file that begins with these bytes ("an HTML page"), NULL if unknown. */
const char *msig_sniff(const char *head, size_t len);

/* Rewrites a parse error (truncated, malformed, limit) of a source to `unsupported` if its first
 * bytes show what it is instead of `expected` ("safetensors"). Returns the code, new or old. */
msig_status msig_sniff_explain(msig_source *source, const char *expected, msig_status status,
                               msig_err *err);

#endif
