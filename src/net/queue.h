/*
 * Who waits and who is under way, host by host. Lists of transfers, no memory of their own but one
 * record for each host. Internal to src/net.
 */
#ifndef MSIG_NET_QUEUE_H
#define MSIG_NET_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "net/url.h"

typedef struct msig_transfer msig_transfer;

/* A list with a head and a tail; a transfer is in one list at a time. */
typedef struct msig_list {
    msig_transfer *head, *tail;
    size_t count;
} msig_list;

typedef struct msig_host {
    struct msig_host *next;
    msig_text origin; /* "https://host:443" */
    msig_list waiting;
    size_t active;
    unsigned connections; /* that may be open at once, as far as has been worth while */
    bool answered;        /* the version is known */
    bool http1;           /* one transfer a connection */
    int64_t moved;        /* when anything came from it last, ms */
} msig_host;

void msig_list_append(msig_list *list, msig_transfer *transfer);
void msig_list_remove(msig_list *list, msig_transfer *transfer);

/* Finds the record of a URL's host in the list at *hosts, or makes one at its end; NULL when memory
 * runs out. */
msig_host *msig_host_of(msig_host **hosts, const msig_alloc *alloc, const msig_url *url);

/* Frees all records. */
void msig_hosts_free(msig_host **hosts, const msig_alloc *alloc);

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
msig_slot_kind msig_host_slot(msig_host *host, const msig_slot_limits *limits);

#endif
