/*
 * Who waits and who is under way, host by host. Lists of transfers, no memory of their own but one
 * record for each host. Internal to src/net.
 */
#ifndef MSIG_NET_QUEUE_H
#define MSIG_NET_QUEUE_H

#include "base/alloc.h"
#include "net/host.h"
#include "net/url.h"

void msig_list_append(msig_list *list, msig_transfer *transfer);
void msig_list_remove(msig_list *list, msig_transfer *transfer);

/* Finds the record of a URL's host in the list at *hosts, or makes one at its end; NULL when memory
 * runs out. */
msig_net_host *msig_net_host_of(msig_net_host **hosts, const msig_alloc *alloc,
                                const msig_url *url);

/* Frees all records. */
void msig_net_hosts_free(msig_net_host **hosts, const msig_alloc *alloc);

typedef enum msig_slot_kind {
    MSIG_SLOT_NONE,
    MSIG_SLOT_SHARED, /* wait for a connection that is there or about to be */
    MSIG_SLOT_OPEN    /* a further connection is worth while */
} msig_slot_kind;

/* What a host may take. */
typedef struct msig_slot_limits {
    unsigned connections, streams; /* by HTTP/2 */
    unsigned http1_connections;
    bool guess_http1; /* of a host that has not answered yet */
} msig_slot_limits;

/* Tells whether the next transfer of a host may start. One connection takes `streams` transfers; a
 * further one costs two round trips, so that it is opened only beside the first (when that is full,
 * or a request asks for it), or when more waits than twice what fits at once. Without HTTP/2 each
 * transfer has a connection of its own. */
msig_slot_kind msig_net_host_slot(msig_net_host *host, const msig_slot_limits *limits);

#endif
