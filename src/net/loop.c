#include "net/loop.h"

#include <string.h>
#include <sys/socket.h>

#include "base/flag.h"

/* Another thread's cancel flag wakes nobody, so that sleeps are short. A signal ends them. */
enum { LONGEST_SLEEP = 100 };

static void take_out(msig_session *session, msig_transfer *t) {
    session->common.curl.multi_remove_handle(session->multi, t->easy);
    msig_list_remove(&session->active, t);
    t->host->active--;
}

/* libcurl has one limit of connections for each host, the same for all. It stays low while no host
 * needs more: else libcurl dials again for a stream that an HTTP/2 host refuses for a moment. */
static void widen(msig_session *session, const msig_net_host *host) {
    msig_net_common *common = &session->common;
    if (session->wide || !host->http1)
        return;
    session->wide = common->curl.multi_setopt(session->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                              (long)common->http1_connections) == CURLM_OK;
}

static void complete(msig_session *session, msig_transfer *t, CURLcode code) {
    if (t->state == MSIG_TRANSFER_ACTIVE)
        take_out(session, t);
    msig_transfer_finish(t, code, msig_transfer_clock());
    widen(session, t->host);
    if (t->easy)
        session->common.curl.easy_cleanup(t->easy);
    t->easy = NULL;
    t->state = MSIG_TRANSFER_DONE;
    msig_list_append(&session->done, t);
}

/* The folder of certificates does not do for this host: its transfers, of which nothing was sent,
 * begin again with the file of certificates. */
static void distrust(msig_session *session, msig_net_host *host) {
    msig_transfer *next;
    session->common.quick_trust = false;
    session->common.connections_made++; /* the one that was refused */
    for (msig_transfer *t = session->active.head; t; t = next) {
        next = t->next;
        if (t->host != host || !t->quick || t->sent)
            continue;
        session->common.requests--;
        take_out(session, t);
        msig_transfer_reset(t);
        msig_list_append(&host->waiting, t);
        session->waiting++;
    }
    host->connections = 1;
}

/* ---- starting ---- */

static void begin(msig_session *session, msig_net_host *host, bool open) {
    msig_transfer *t = host->waiting.head;
    msig_list_remove(&host->waiting, t);
    session->waiting--;
    t->started = msig_transfer_clock();
    t->fails = ++session->begun == session->common.fail_at;
    if (t->fails && session->common.fail_stage == MSIG_NET_CONNECT) {
        complete(session, t, CURLE_COULDNT_CONNECT);
        return;
    }
    if (!msig_transfer_prepare(t, open) ||
        session->common.curl.multi_add_handle(session->multi, t->easy) != CURLM_OK) {
        msig_transfer_fail(t, MSIG_ENOMEM, "memory", MSIG_NET_NEVER, "not enough memory");
        complete(session, t, CURLE_FAILED_INIT);
        return;
    }
    session->common.requests++;
    t->state = MSIG_TRANSFER_ACTIVE;
    msig_list_append(&session->active, t);
    host->active++;
}

/* Where one host speaks no HTTP/2 and none does, a proxy on the way may be why. */
static msig_slot_limits slot_limits(const msig_net_common *common) {
    return (msig_slot_limits){common->connections, common->streams, common->http1_connections,
                              common->http1_seen && !common->http2_seen};
}

/* Begins transfers while there are slots for them, one host after the other in turn. */
static void dispatch(msig_session *session) {
    const msig_net_common *common = &session->common;
    msig_slot_limits limits = slot_limits(common);
    bool begun = session->waiting > 0;
    while (begun) {
        begun = false;
        for (msig_net_host *host = session->hosts; host; host = host->next) {
            if (common->jobs && session->active.count >= common->jobs)
                return;
            msig_slot_kind slot = msig_net_host_slot(host, &limits);
            if (slot == MSIG_SLOT_NONE)
                continue;
            widen(session, host);
            begin(session, host, slot == MSIG_SLOT_OPEN);
            begun = true;
        }
    }
}

/* ---- time ---- */

static bool is_hasty(const msig_transfer *t) {
    return t->asked.idle_ms && t->asked.idle_ms < t->common->idle_ms;
}

static uint32_t idle_time(const msig_transfer *t) {
    return is_hasty(t) ? t->asked.idle_ms : t->common->idle_ms;
}

/* What a transfer is waiting for, and until when. Something that moves on the same host keeps it
 * waiting: its turn may come after others on the same connection. */
static int64_t patience(const msig_transfer *t, const char **what) {
    int64_t since = t->sent ? t->moved : t->started;
    if (t->host->moved > since)
        since = t->host->moved;
    uint32_t most = t->sent ? idle_time(t) : t->common->connect_ms;
    int64_t until = since + most;
    *what = t->sent ? "idle" : "connect";
    if (t->asked.timeout_ms && t->started + t->asked.timeout_ms < until) {
        until = t->started + t->asked.timeout_ms;
        *what = "timeout";
    }
    return until;
}

/* A connection on which nothing moves is not used again; but one that only kept a hasty transfer
 * waiting may well be. */
static void break_connection(msig_transfer *t) {
    curl_socket_t fd;
    if (t->common->curl.easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
        fd != CURL_SOCKET_BAD)
        shutdown(fd, SHUT_RDWR);
}

static void expire(msig_session *session) {
    int64_t now = msig_transfer_clock();
    msig_transfer *next;
    for (msig_transfer *t = session->active.head; t; t = next) {
        const char *what;
        next = t->next;
        if (patience(t, &what) > now)
            continue;
        if (strcmp(what, "timeout") == 0)
            msig_transfer_fail(t, MSIG_ETIMEOUT, what, MSIG_NET_NETWORK,
                               "no complete answer within %u ms", (unsigned)t->asked.timeout_ms);
        else
            msig_transfer_fail(t, MSIG_ETIMEOUT, what, MSIG_NET_NETWORK, "%s within %u ms",
                               t->sent ? "nothing was received" : "no connection",
                               (unsigned)(t->sent ? idle_time(t) : t->common->connect_ms));
        if (strcmp(what, "idle") == 0 && !is_hasty(t))
            break_connection(t);
        complete(session, t, CURLE_OPERATION_TIMEDOUT);
    }
}

/* How long to sleep: until the first time-out, `left` at most (negative: no matter). */
static int sleep_time(const msig_session *session, int64_t left) {
    int64_t now = msig_transfer_clock();
    int64_t most = left >= 0 && left < LONGEST_SLEEP ? left : LONGEST_SLEEP;
    for (const msig_transfer *t = session->active.head; t; t = t->next) {
        const char *what;
        int64_t until = patience(t, &what) - now;
        if (until < most)
            most = until;
    }
    return most > 0 ? (int)most : 0;
}

/* ---- working ---- */

static void collect(msig_session *session) {
    CURLMsg *message;
    int left;
    while ((message = session->common.curl.multi_info_read(session->multi, &left)) != NULL) {
        char *user = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE ||
            session->common.curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user) !=
                CURLE_OK)
            continue;
        msig_transfer *t = (msig_transfer *)(void *)user;
        bool unknown = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
        if (unknown && t->quick)
            distrust(session, t->host);
        else
            complete(session, t, code);
    }
}

/* The machinery itself failed: nothing that is under way can end any more. */
static void give_up(msig_session *session, CURLMcode code) {
    while (session->active.head) {
        msig_transfer_fail(session->active.head, MSIG_EIO, "other", MSIG_NET_NEVER, "libcurl: %s",
                           session->common.curl.multi_strerror(code));
        complete(session, session->active.head, CURLE_FAILED_INIT);
    }
}

static void work(msig_session *session) {
    int running;
    CURLMcode code = session->common.curl.multi_perform(session->multi, &running);
    collect(session);
    if (code != CURLM_OK)
        give_up(session, code);
    expire(session);
}

static bool give(msig_session *session, const msig_net_answer **answer) {
    msig_transfer *t = session->done.head;
    if (!t)
        return false;
    msig_list_remove(&session->done, t);
    session->given = t;
    *answer = &t->answer;
    return true;
}

msig_net_outcome msig_loop_wait(msig_session *session, int64_t timeout_ms,
                                const volatile int *cancel, const msig_net_answer **answer) {
    int64_t end = msig_transfer_clock() + timeout_ms;
    for (;;) {
        dispatch(session);
        if (cancel && msig_flag_is_set(cancel))
            return MSIG_NET_CANCELLED;
        if (give(session, answer))
            return MSIG_NET_ANSWER;
        bool idle = session->active.count == 0;
        if (!idle)
            work(session);
        if (session->done.count || (session->active.count == 0 && session->waiting))
            continue;
        int64_t left = timeout_ms < 0 ? -1 : end - msig_transfer_clock();
        if (idle ? left <= 0 : timeout_ms >= 0 && left <= 0)
            return idle ? MSIG_NET_IDLE : MSIG_NET_TIMEOUT;
        session->common.curl.multi_poll(session->multi, NULL, 0, sleep_time(session, left), NULL);
    }
}

void msig_loop_drop(msig_session *session, msig_transfer *t) {
    if (t->state == MSIG_TRANSFER_ACTIVE) {
        take_out(session, t);
    } else if (t->state == MSIG_TRANSFER_DONE) {
        msig_list_remove(&session->done, t);
    } else {
        msig_list_remove(&t->host->waiting, t);
        session->waiting--;
    }
    msig_transfer_free(t);
}
