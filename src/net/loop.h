/*
 * The working part of a session: which transfers run, and for how long. Internal to src/net.
 */
#ifndef MSIG_NET_LOOP_H
#define MSIG_NET_LOOP_H

#include "net/queue.h"
#include "net/transfer.h"

typedef struct msig_session msig_session;

struct msig_session {
    msig_net_common common;
    CURLM *multi;
    bool wide; /* libcurl may open as many connections as a host without HTTP/2 takes */
    bool global; /* libcurl counts us as a user */
    msig_net_host *hosts;
    msig_list active, done;
    msig_transfer *given; /* whose answer the caller looks at */
    size_t waiting;
    uint64_t next_id;
    uint64_t begun; /* transfers handed over, those that fail on purpose included */
};

/* Takes a transfer out of whatever holds it and frees it. */
void msig_loop_drop(msig_session *session, msig_transfer *transfer);

/* Does what msig_session_wait says, when the answer before is freed. */
msig_net_outcome msig_loop_wait(msig_session *session, int64_t timeout_ms,
                                const volatile int *cancel, const msig_net_answer **answer);

#endif
