#include "net/queue.h"

#include "net/transfer.h"

void msig_list_append(msig_list *list, msig_transfer *transfer) {
    transfer->next = NULL;
    transfer->before = list->tail;
    if (list->tail)
        list->tail->next = transfer;
    else
        list->head = transfer;
    list->tail = transfer;
    list->count++;
}

void msig_list_remove(msig_list *list, msig_transfer *transfer) {
    if (transfer->before)
        transfer->before->next = transfer->next;
    else
        list->head = transfer->next;
    if (transfer->next)
        transfer->next->before = transfer->before;
    else
        list->tail = transfer->before;
    transfer->next = transfer->before = NULL;
    list->count--;
}

msig_net_host *msig_net_host_of(msig_net_host **hosts, const msig_alloc *alloc,
                                const msig_url *url) {
    msig_text origin;
    msig_text_init(&origin, alloc);
    if (!msig_url_origin(url, &origin)) {
        msig_text_clear(&origin);
        return NULL;
    }
    for (; *hosts; hosts = &(*hosts)->next) {
        if (msig_span_equal(msig_text_of(&(*hosts)->origin), msig_text_of(&origin))) {
            msig_text_clear(&origin);
            return *hosts;
        }
    }
    msig_net_host *host = msig_new(alloc, 1, sizeof *host);
    if (!host) {
        msig_text_clear(&origin);
        return NULL;
    }
    host->origin = origin;
    host->connections = 1;
    host->answered = host->http1 = !url->secure;
    *hosts = host;
    return host;
}

void msig_net_hosts_free(msig_net_host **hosts, const msig_alloc *alloc) {
    while (*hosts) {
        msig_net_host *host = *hosts;
        *hosts = host->next;
        msig_text_clear(&host->origin);
        msig_free(alloc, host, 1, sizeof *host);
    }
}

msig_slot_kind msig_net_host_slot(msig_net_host *host, const msig_slot_limits *limits) {
    if (host->waiting.count == 0)
        return MSIG_SLOT_NONE;
    if (host->http1 || (!host->answered && limits->guess_http1))
        return host->active < limits->http1_connections ? MSIG_SLOT_OPEN : MSIG_SLOT_NONE;
    bool full = host->active >= (size_t)host->connections * limits->streams;
    bool more = host->connections < limits->connections;
    if (full)
        more = more && (!host->answered || host->waiting.count > (size_t)2 * limits->streams);
    else
        more = more && !host->answered && host->active > 0 && host->waiting.head->asked.spread;
    if (!more)
        return full ? MSIG_SLOT_NONE : MSIG_SLOT_SHARED;
    host->connections++;
    return MSIG_SLOT_OPEN;
}
