/*
 * A session: many HTTP transfers at once over few connections. What is asked for waits in a queue
 * of its own for each host and is handed to libcurl only when a slot is free; answers come back one
 * by one, in the order in which they are complete. It follows no redirect and tries
 * nothing again: the caller decides that.
 *
 * A session belongs to one thread. It calls nothing of the caller's. Only libcurl's own
 * initialisation is global; libcurl counts its users.
 */
#ifndef MSIG_NET_SESSION_H
#define MSIG_NET_SESSION_H

#include "net/exchange.h"

typedef struct msig_session msig_session;

/* Opens a session. Codes: auth for a token that may not stand in a header, malformed, unsupported,
 * nomem. Close with msig_session_close. */
msig_status msig_session_open(const msig_alloc *alloc, const msig_net_options *options,
                              msig_session **session, msig_err *err);

/* Ends all transfers and frees everything; NULL is accepted. */
void msig_session_close(msig_session *session);

/* Puts a request into the queue; everything in it is copied. Codes: malformed, unsupported (scheme,
 * or http under an https endpoint), limit (requests), nomem. */
msig_status msig_session_start(msig_session *session, const msig_net_request *request,
                               uint64_t *id, msig_err *err);

/* Works until an answer is complete, at most timeout_ms (negative: without end). *cancel (may be
 * NULL) other than 0 ends it. The answer is valid until the next call on the session. */
msig_net_outcome msig_session_wait(msig_session *session, int64_t timeout_ms,
                                   const volatile int *cancel, const msig_net_answer **answer);

/* Frees the answer that msig_session_wait gave last, which the next wait would do otherwise. */
void msig_session_release(msig_session *session);

/* Forgets a request, whatever its state; no answer will come. False if there is none of this id. */
bool msig_session_cancel(msig_session *session, uint64_t id);

/* Counts what was done so far. */
void msig_session_stats(const msig_session *session, msig_net_stats *stats);

#endif
