/*
 * What libcurl's codes mean to us: our code, a word for the kind, and whether trying again may
 * help. Pure functions.
 */
#ifndef MSIG_NET_FAILURE_H
#define MSIG_NET_FAILURE_H

#include "base/err.h"
#include "net/exchange.h"

typedef struct msig_failure {
    msig_status code;
    const char *kind;
    msig_net_retry retry;
} msig_failure;

/* Classifies a CURLcode other than CURLE_OK. */
msig_failure msig_failure_of(int code);

/* Classifies an HTTP status. */
msig_net_retry msig_failure_of_status(unsigned status);

#endif
