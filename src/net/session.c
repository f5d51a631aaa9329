#include "net/session.h"

#include <stdlib.h>
#include <string.h>

#include "net/loop.h"
#include "net/trust.h"

enum { CONNECTIONS = 2, STREAMS = 100, HTTP1_CONNECTIONS = 16 };
enum { CONNECT_MS = 10000, IDLE_MS = 30000 };

/* ---- opening ---- */

static msig_status copy_text(msig_text *text, msig_span from, msig_err *err) {
    if (from.len && memchr(from.ptr, '\0', from.len))
        return msig_err_set(err, MSIG_EMALFORMED, MSIG_NO_OFFSET,
                            "option: expected text without a zero byte");
    if (from.len && (!msig_text_span(text, from) || !msig_text_end(text)))
        return msig_err_nomem(err);
    return MSIG_OK;
}

/* A header is passed on as it is: what ends a line or is no visible ASCII never gets there. */
static msig_status check_visible(msig_span text, msig_status code, const char *what,
                                 bool spaces, msig_err *err) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < (spaces ? 0x20 : 0x21) || c >= 0x7f)
            return msig_err_set(err, code, MSIG_NO_OFFSET,
                                "%s: expected visible ASCII, found byte 0x%02x at %zu", what,
                                (unsigned)c, i);
    }
    return MSIG_OK;
}

static msig_status copy_token(msig_net_common *common, msig_span token, msig_err *err) {
    msig_status status = check_visible(token, MSIG_EAUTH, "token", false, err);
    if (status != MSIG_OK || token.len == 0)
        return status;
    static const char prefix[] = "Authorization: Bearer ";
    if (!msig_text_add(&common->authorization, prefix, sizeof prefix - 1) ||
        !msig_text_span(&common->authorization, token) || !msig_text_end(&common->authorization))
        return msig_err_nomem(err);
    return MSIG_OK;
}

static msig_status copy_endpoint(msig_net_common *common, msig_span endpoint, msig_err *err) {
    msig_url url;
    msig_status status = msig_url_parse(endpoint, &url, err);
    if (status != MSIG_OK)
        return status;
    if (!msig_url_write(&url, false, &common->endpoint))
        return msig_err_nomem(err);
    return msig_url_parse(msig_text_of(&common->endpoint), &common->endpoint_url, err);
}

/* httpx takes HTTP_PROXY in either case, libcurl only in lower case, since a server's CGI program
 * gets the upper one from a request's Proxy header. */
static msig_span http_proxy(const msig_net_options *options) {
    const char *upper = getenv("HTTP_PROXY");
    if (options->http_proxy.len || getenv("http_proxy") || getenv("REQUEST_METHOD") || !upper)
        return options->http_proxy;
    return msig_span_of(upper);
}

static void init(msig_net_common *common, const msig_alloc *alloc,
                 const msig_net_options *options) {
    common->alloc = *alloc;
    msig_text_init(&common->endpoint, alloc);
    msig_text_init(&common->authorization, alloc);
    msig_text_init(&common->user_agent, alloc);
    msig_text_init(&common->ca_file, alloc);
    msig_text_init(&common->ca_path, alloc);
    msig_text_init(&common->http_proxy, alloc);
    common->connections = options->connections ? options->connections : CONNECTIONS;
    common->streams = options->streams ? options->streams : STREAMS;
    common->http1_connections =
        options->http1_connections ? options->http1_connections : HTTP1_CONNECTIONS;
    common->jobs = options->jobs;
    common->connect_ms = options->connect_ms ? options->connect_ms : CONNECT_MS;
    common->idle_ms = options->idle_ms ? options->idle_ms : IDLE_MS;
    common->max_requests = options->max_requests;
    common->max_bytes = options->max_bytes;
    common->fail_at = options->fail_at;
    common->fail_stage = options->fail_stage;
}

static msig_status copy(msig_net_common *common, const msig_net_options *options, msig_err *err) {
    msig_status status = copy_endpoint(common, options->endpoint, err);
    common->allow_http = options->allow_http || !common->endpoint_url.secure;
    if (status == MSIG_OK)
        status = copy_token(common, options->token, err);
    if (status == MSIG_OK)
        status = check_visible(options->user_agent, MSIG_EMALFORMED, "user agent", true, err);
    if (status == MSIG_OK)
        status = copy_text(&common->user_agent, options->user_agent, err);
    if (status == MSIG_OK)
        status = copy_text(&common->ca_file, options->ca_file, err);
    if (status == MSIG_OK)
        status = copy_text(&common->ca_path, options->ca_path, err);
    if (status == MSIG_OK)
        status = copy_text(&common->http_proxy, http_proxy(options), err);
    return status;
}

static msig_status open_multi(msig_session *session, msig_err *err) {
    const msig_net_common *common = &session->common;
    const msig_curl *curl = &common->curl;
    msig_status status = msig_curl_load(&session->common.curl, err);
    if (status != MSIG_OK)
        return status;
    session->global = curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    session->multi = session->global ? curl->multi_init() : NULL;
    status = msig_trust_choose(&session->common, err);
    if (status != MSIG_OK)
        return status;
    bool ok = session->multi != NULL;
    ok = ok && curl->multi_setopt(session->multi, CURLMOPT_PIPELINING,
                                  (long)CURLPIPE_MULTIPLEX) == CURLM_OK;
    ok = ok && curl->multi_setopt(session->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                  (long)common->connections) == CURLM_OK;
    ok = ok && curl->multi_setopt(session->multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
                                  (long)common->streams) == CURLM_OK;
    return ok ? MSIG_OK : msig_err_nomem(err);
}

msig_status msig_session_open(const msig_alloc *alloc, const msig_net_options *options,
                              msig_session **session, msig_err *err) {
    msig_session *made = msig_new(alloc, 1, sizeof *made);
    if (!made)
        return msig_err_nomem(err);
    init(&made->common, alloc, options);
    msig_status status = copy(&made->common, options, err);
    if (status == MSIG_OK)
        status = open_multi(made, err);
    if (status != MSIG_OK) {
        msig_session_close(made);
        return status;
    }
    *session = made;
    return MSIG_OK;
}

/* ---- closing ---- */

/* A secret is not left in memory that others get. */
static void wipe(msig_text *text) {
    volatile char *p = text->ptr;
    for (size_t i = 0; i < text->len; i++)
        p[i] = 0;
    msig_text_clear(text);
}

void msig_session_close(msig_session *session) {
    if (!session)
        return;
    msig_alloc alloc = session->common.alloc;
    msig_transfer_free(session->given);
    for (msig_net_host *host = session->hosts; host; host = host->next)
        while (host->waiting.head)
            msig_loop_drop(session, host->waiting.head);
    while (session->active.head)
        msig_loop_drop(session, session->active.head);
    while (session->done.head)
        msig_loop_drop(session, session->done.head);
    if (session->multi)
        session->common.curl.multi_cleanup(session->multi);
    if (session->global)
        session->common.curl.global_cleanup();
    msig_net_hosts_free(&session->hosts, &alloc);
    msig_text_clear(&session->common.endpoint);
    wipe(&session->common.authorization);
    msig_text_clear(&session->common.user_agent);
    msig_text_clear(&session->common.ca_file);
    msig_text_clear(&session->common.ca_path);
    msig_text_clear(&session->common.http_proxy);
    msig_free(&alloc, session, 1, sizeof *session);
}

/* ---- requests ---- */

msig_status msig_session_start(msig_session *session, const msig_net_request *request,
                               uint64_t *id, msig_err *err) {
    msig_net_common *common = &session->common;
    if (common->max_requests && session->next_id >= common->max_requests)
        return msig_err_set(err, MSIG_ELIMIT, MSIG_NO_OFFSET,
                            "budget: %llu requests in all are used up",
                            (unsigned long long)common->max_requests);
    msig_err failure;
    msig_transfer *t = msig_transfer_new(common, request, &failure);
    if (!t) {
        if (err)
            *err = failure;
        return failure.code;
    }
    t->host = msig_net_host_of(&session->hosts, &common->alloc, &t->parts);
    if (!t->host) {
        msig_transfer_free(t);
        return msig_err_nomem(err);
    }
    t->id = ++session->next_id;
    *id = t->id;
    msig_list_append(&t->host->waiting, t);
    session->waiting++;
    return MSIG_OK;
}

static msig_transfer *find(const msig_list *list, uint64_t id) {
    for (msig_transfer *t = list->head; t; t = t->next)
        if (t->id == id)
            return t;
    return NULL;
}

bool msig_session_cancel(msig_session *session, uint64_t id) {
    msig_transfer *t = find(&session->active, id);
    if (!t)
        t = find(&session->done, id);
    for (msig_net_host *host = session->hosts; host && !t; host = host->next)
        t = find(&host->waiting, id);
    if (t)
        msig_loop_drop(session, t);
    return t != NULL;
}

void msig_session_release(msig_session *session) {
    msig_transfer_free(session->given);
    session->given = NULL;
}

msig_net_outcome msig_session_wait(msig_session *session, int64_t timeout_ms,
                                   const volatile int *cancel, const msig_net_answer **answer) {
    msig_session_release(session);
    return msig_loop_wait(session, timeout_ms, cancel, answer);
}

void msig_session_stats(const msig_session *session, msig_net_stats *stats) {
    stats->requests = session->common.requests;
    stats->bytes = session->common.bytes;
    stats->connections = session->common.connections_made;
    stats->active = session->active.count;
    stats->queued = session->waiting;
}
