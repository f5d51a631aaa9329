/*
 * What is asked of a session (session.h) and what it answers. Plain data.
 */
#ifndef MSIG_NET_EXCHANGE_H
#define MSIG_NET_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/span.h"
#include "net/headers.h"
#include "net/rate.h"

/* Where a failure on purpose happens, for tests. */
typedef enum msig_net_stage {
    MSIG_NET_CONNECT, /* before anything is sent */
    MSIG_NET_HEADERS, /* when the headers are complete */
    MSIG_NET_BODY     /* at the first bytes of the body */
} msig_net_stage;

typedef struct msig_net_options {
    msig_span endpoint;   /* URL; its origin is the only place a token may go */
    msig_span token;      /* empty: none */
    msig_span user_agent; /* empty: none is sent */
    msig_span ca_file, ca_path; /* if either is given, nothing else is trusted; empty: libcurl's.
                                   Of both, the system's usual file is read only if the
                                   folder is not enough */
    msig_span http_proxy; /* for http only, where the environment says nothing in lower case */
    unsigned connections; /* at most this many a host that speaks HTTP/2; 0: 2 */
    unsigned streams;     /* at most this many transfers on each of them; 0: 100 */
    unsigned http1_connections; /* at most this many a host without HTTP/2, which takes one
                                   transfer a connection; 0: 16 */
    unsigned jobs;        /* transfers under way in all; 0: no limit */
    uint32_t connect_ms, idle_ms; /* 0: 10,000 and 30,000 */
    uint64_t max_requests, max_bytes; /* 0: no limit */
    bool allow_http;      /* plain http also where the endpoint is https */
    uint64_t fail_at;     /* the transfer of this number, from 1, fails; 0: none */
    msig_net_stage fail_stage;
} msig_net_options;

typedef struct msig_net_field {
    msig_span name, value;
} msig_net_field;

typedef struct msig_net_request {
    msig_span url;
    bool token; /* send the token if the origin is the endpoint's */
    bool head;
    bool gzip;  /* let the server compress; not with a range */
    bool spread; /* dial a further connection for it, if allowed, beside one that is not up yet */
    bool has_range;
    uint64_t first, last; /* inclusive */
    bool has_total;
    uint64_t total;       /* size of the file, if it is known */
    msig_span validator;  /* entity tag that the answer must have if it has one */
    uint64_t max_bytes;   /* of the body, decoded; 0: 16 MiB */
    uint64_t allow_full;  /* a 200 to a range is taken if its declared length is at most this */
    uint32_t timeout_ms;  /* from the moment it leaves the queue; 0: none */
    uint32_t idle_ms;     /* in place of the session's, if it is shorter; 0: not */
    const msig_net_field *fields; /* further headers */
    size_t field_count;
    const uint16_t *stop; /* statuses whose body is not wanted, beside 3xx */
    size_t stop_count;
} msig_net_request;

/* What may help after a failure. */
typedef enum msig_net_retry {
    MSIG_NET_NEVER,
    MSIG_NET_NETWORK, /* the connection failed: the same again */
    MSIG_NET_STATUS,  /* the server cannot answer now: the same again later */
    MSIG_NET_RATE     /* too many requests: later, as retry_after or rate say */
} msig_net_retry;

typedef struct msig_net_answer {
    uint64_t id;
    msig_span url;    /* without the query */
    unsigned status;  /* 0: no answer came */
    const msig_headers *headers;
    bool has_body;
    msig_span body;   /* of an error at most 4 kB */
    uint64_t bytes;   /* of the body as received, decoded */
    msig_err failure; /* code MSIG_OK: none; a status of 4xx or 5xx is no failure here */
    const char *kind; /* "resolve", "connect", "tls", ... with a failure of the transfer; or NULL */
    msig_net_retry retry;
    bool has_retry_after;
    uint64_t retry_after; /* seconds */
    bool has_rate;
    msig_rate rate;
    msig_span location; /* absolute; empty if there is none */
    bool has_total;
    uint64_t total;     /* of the file, by Content-Range or Content-Length */
    unsigned connect_ms, first_byte_ms, total_ms; /* since it left the queue */
    bool http2;
} msig_net_answer;

typedef struct msig_net_stats {
    uint64_t requests, bytes, connections;
    size_t active, queued;
} msig_net_stats;

typedef enum msig_net_outcome {
    MSIG_NET_ANSWER,
    MSIG_NET_TIMEOUT,
    MSIG_NET_IDLE, /* nothing is under way, and the time is over */
    MSIG_NET_CANCELLED
} msig_net_outcome;

#endif
