/*
 * One transfer: a libcurl handle, what was asked and what came. Callbacks only copy bytes, check
 * them and set fields. Internal to src/net.
 */
#ifndef MSIG_NET_TRANSFER_H
#define MSIG_NET_TRANSFER_H

#include "net/exchange.h"
#include "net/host.h"
#include "net/library.h"
#include "net/range.h"
#include "net/text.h"
#include "net/url.h"

enum { MSIG_STOP_MOST = 16, MSIG_ERROR_BODY = 4096, MSIG_DRAIN_MOST = 16384 };

typedef enum msig_transfer_state {
    MSIG_TRANSFER_WAITING,
    MSIG_TRANSFER_ACTIVE,
    MSIG_TRANSFER_DONE
} msig_transfer_state;

/* What all transfers of a session share. */
typedef struct msig_net_common {
    msig_alloc alloc;
    msig_curl curl;
    msig_text endpoint; /* the URL, which endpoint_url points into */
    msig_url endpoint_url;
    msig_text authorization; /* "Authorization: Bearer ...", empty without a token */
    msig_text user_agent, ca_file, ca_path, http_proxy;
    unsigned connections, streams, http1_connections, jobs;
    bool http1_seen, http2_seen; /* from hosts that were free to choose */
    uint32_t connect_ms, idle_ms;
    uint64_t max_requests, max_bytes;
    bool allow_http;
    bool quick_trust; /* look into ca_path alone: the file takes as long to read as a round trip */
    uint64_t fail_at;
    msig_net_stage fail_stage;
    uint64_t requests, bytes, connections_made;
} msig_net_common;

struct msig_transfer {
    msig_transfer *before, *next;
    msig_net_common *common;
    msig_net_host *host;
    msig_transfer_state state;
    uint64_t id;
    bool fails; /* on purpose, at the stage that the options say */
    bool quick; /* was prepared with quick_trust */

    msig_text url; /* with its query; parts points into it */
    msig_url parts;
    msig_text validator;
    msig_net_request asked; /* its pointers are not valid any more */
    uint16_t stop[MSIG_STOP_MOST];
    struct curl_slist *fields;

    CURL *easy;
    char curl_text[CURL_ERROR_SIZE];
    int64_t started, sent, moved, first_byte; /* ms; 0: not yet */

    msig_headers headers;
    msig_content_range range;
    bool partial;  /* a 206 whose headers are good */
    uint64_t declared; /* length of the body, if it is known beforehand; else 0 */
    bool discard;  /* the body is not wanted */
    bool is_error; /* of the body, only the beginning is kept */
    bool stopped;  /* by us, which is no failure */
    msig_text body;
    uint64_t received; /* bytes of the body, decoded */
    msig_err failure;
    const char *kind;
    msig_net_retry retry;

    msig_text shown_url, location;
    msig_net_answer answer;
};

/* Copies a request. NULL and an error if it cannot be; free with msig_transfer_free. */
msig_transfer *msig_transfer_new(msig_net_common *common, const msig_net_request *request,
                                 msig_err *err);

/* Frees a transfer that no multi handle holds; NULL is accepted. */
void msig_transfer_free(msig_transfer *transfer);

/* Makes the libcurl handle. `open`: dial a connection rather than wait for one. False when memory
 * runs out. */
bool msig_transfer_prepare(msig_transfer *transfer, bool open);

/* Undoes the preparation of a transfer, to try again with all certificates. */
void msig_transfer_reset(msig_transfer *transfer);

/* Sets a failure unless there is one already. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
void msig_transfer_fail(msig_transfer *transfer, msig_status code, const char *kind,
                        msig_net_retry retry, const char *fmt, ...);

/* Checks what came, after libcurl said `code`, and fills the answer. */
void msig_transfer_finish(msig_transfer *transfer, CURLcode code, int64_t now);

/* Milliseconds of a clock that only goes forward; never 0. */
int64_t msig_transfer_clock(void);

#endif
