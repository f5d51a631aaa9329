#include "net/failure.h"

#include <stddef.h>

#include "net/library.h"

static const struct {
    CURLcode curl;
    msig_failure failure;
} failures[] = {
    {CURLE_UNSUPPORTED_PROTOCOL, {MSIG_EUNSUPPORTED, "url", MSIG_NET_NEVER}},
    {CURLE_URL_MALFORMAT, {MSIG_EMALFORMED, "url", MSIG_NET_NEVER}},
    {CURLE_COULDNT_RESOLVE_PROXY, {MSIG_EIO, "proxy", MSIG_NET_NETWORK}},
    {CURLE_PROXY, {MSIG_EIO, "proxy", MSIG_NET_NETWORK}},
    {CURLE_COULDNT_RESOLVE_HOST, {MSIG_EIO, "resolve", MSIG_NET_NETWORK}},
    {CURLE_COULDNT_CONNECT, {MSIG_EIO, "connect", MSIG_NET_NETWORK}},
    {CURLE_WEIRD_SERVER_REPLY, {MSIG_EHTTP, "protocol", MSIG_NET_NETWORK}},
    {CURLE_HTTP2, {MSIG_EIO, "protocol", MSIG_NET_NETWORK}},
    {CURLE_HTTP2_STREAM, {MSIG_EIO, "protocol", MSIG_NET_NETWORK}},
    {CURLE_PARTIAL_FILE, {MSIG_ETRUNCATED, "cut", MSIG_NET_NETWORK}},
    {CURLE_OUT_OF_MEMORY, {MSIG_ELIMIT, "headers", MSIG_NET_NEVER}},
    {CURLE_OPERATION_TIMEDOUT, {MSIG_ETIMEOUT, "timeout", MSIG_NET_NETWORK}},
    {CURLE_SSL_CONNECT_ERROR, {MSIG_EIO, "tls", MSIG_NET_NETWORK}},
    {CURLE_PEER_FAILED_VERIFICATION, {MSIG_EIO, "certificate", MSIG_NET_NEVER}},
    {CURLE_SSL_CACERT_BADFILE, {MSIG_EIO, "certificate", MSIG_NET_NEVER}},
    {CURLE_SSL_ISSUER_ERROR, {MSIG_EIO, "certificate", MSIG_NET_NEVER}},
    {CURLE_SSL_CIPHER, {MSIG_EIO, "tls", MSIG_NET_NEVER}},
    {CURLE_SSL_CERTPROBLEM, {MSIG_EIO, "tls", MSIG_NET_NEVER}},
    {CURLE_SSL_ENGINE_INITFAILED, {MSIG_EIO, "tls", MSIG_NET_NEVER}},
    {CURLE_GOT_NOTHING, {MSIG_EIO, "closed", MSIG_NET_NETWORK}},
    {CURLE_SEND_ERROR, {MSIG_EIO, "closed", MSIG_NET_NETWORK}},
    {CURLE_RECV_ERROR, {MSIG_EIO, "closed", MSIG_NET_NETWORK}},
    {CURLE_BAD_CONTENT_ENCODING, {MSIG_EUNSUPPORTED, "encoding", MSIG_NET_NEVER}},
    {CURLE_FILESIZE_EXCEEDED, {MSIG_ELIMIT, "limit", MSIG_NET_NEVER}},
};

msig_failure msig_failure_of(int code) {
    msig_failure other = {MSIG_EHTTP, "other", MSIG_NET_NEVER};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if ((int)failures[i].curl == code)
            return failures[i].failure;
    return other;
}

msig_net_retry msig_failure_of_status(unsigned status) {
    switch (status) {
    case 429: return MSIG_NET_RATE;
    case 408:
    case 500:
    case 502:
    case 503:
    case 504: return MSIG_NET_STATUS;
    default: return MSIG_NET_NEVER;
    }
}
