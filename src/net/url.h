/*
 * URLs of http and https: taken apart, put together, compared by origin. What is accepted is narrow
 * on purpose: no user-info, a host of letters, digits, dots, hyphens and underscores (or an address
 * in brackets), no byte that may not stand in a URL. What libcurl gets is written anew from the
 * parts, so that it cannot read another host in it than we did.
 */
#ifndef MSIG_NET_URL_H
#define MSIG_NET_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "net/text.h"

typedef struct msig_url {
    bool secure;    /* https */
    msig_span host; /* as written; with brackets if it is an IPv6 address */
    uint16_t port;  /* the scheme's own if none is written */
    msig_span path; /* begins with '/' */
    msig_span query; /* behind '?' */
    bool has_query;
} msig_url;

/* Takes a URL apart; the parts are borrowed from text, a fragment is left out. Codes: malformed;
 * unsupported for another scheme. Messages never hold the query or user-info. */
msig_status msig_url_parse(msig_span text, msig_url *url, msig_err *err);

/* Tells whether two URLs agree in scheme, host (whatever its case) and port. */
bool msig_url_same_origin(const msig_url *a, const msig_url *b);

/* Appends "https://host:443", the host in lower case and the port always written. */
bool msig_url_origin(const msig_url *url, msig_text *text);

/* Appends the URL: the host in lower case, the port only where it is not the scheme's own, path and
 * query as they are; `query` false leaves the query out. */
bool msig_url_write(const msig_url *url, bool query, msig_text *text);

/* Appends the absolute URL that `reference` means in a document at `base` (RFC 3986, 5.2), without
 * its fragment. Bytes that may not stand in a URL are percent-encoded, nothing else is changed.
 * Codes as msig_url_parse, and nomem. */
msig_status msig_url_join(const msig_url *base, msig_span reference, msig_text *text,
                          msig_err *err);

/* Appends text with all but unreserved characters (and '/', if asked) percent-encoded. */
bool msig_url_escape(msig_span from, bool keep_slash, msig_text *text);

/* Appends text with %NN decoded; a '%' without two hexadecimal digits stays. */
bool msig_url_unescape(msig_span from, msig_text *text);

#endif
