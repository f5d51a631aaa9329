/* What is known of one server, and which transfers wait for it. Internal to src/net. */
#ifndef MSIG_NET_HOST_H
#define MSIG_NET_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/text.h"

typedef struct msig_transfer msig_transfer;

/* A list with a head and a tail; a transfer is in one list at a time. */
typedef struct msig_list {
    msig_transfer *head, *tail;
    size_t count;
} msig_list;

typedef struct msig_net_host {
    struct msig_net_host *next;
    msig_text origin; /* "https://host:443" */
    msig_list waiting;
    size_t active;
    unsigned connections; /* that may be open at once, as many as have been useful so far */
    bool answered;        /* the version is known */
    bool http1;           /* one transfer a connection */
    int64_t moved;        /* when anything came from it last, ms */
} msig_net_host;

#endif
