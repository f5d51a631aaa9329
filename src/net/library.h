/*
 * libcurl, loaded when a session is first opened: it and the libraries behind it take longer to
 * link than all of modelsig takes to start, and most runs need no network.
 */
#ifndef MSIG_NET_LIBRARY_H
#define MSIG_NET_LIBRARY_H

/* The type checks of curl.h are macros over the functions that are not linked. */
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

#include "base/err.h"

/* result, name behind "curl_", parameters */
#define MSIG_CURL_LIST(X)                                                                          \
    X(CURLcode, global_init, (long flags))                                                         \
    X(void, global_cleanup, (void))                                                                \
    X(curl_version_info_data *, version_info, (CURLversion age))                                   \
    X(CURL *, easy_init, (void))                                                                   \
    X(void, easy_cleanup, (CURL * easy))                                                           \
    X(CURLcode, easy_setopt, (CURL * easy, CURLoption option, ...))                                \
    X(CURLcode, easy_getinfo, (CURL * easy, CURLINFO info, ...))                                   \
    X(const char *, easy_strerror, (CURLcode code))                                                \
    X(CURLM *, multi_init, (void))                                                                 \
    X(CURLMcode, multi_cleanup, (CURLM * multi))                                                   \
    X(CURLMcode, multi_setopt, (CURLM * multi, CURLMoption option, ...))                           \
    X(CURLMcode, multi_add_handle, (CURLM * multi, CURL * easy))                                   \
    X(CURLMcode, multi_remove_handle, (CURLM * multi, CURL * easy))                                \
    X(CURLMcode, multi_perform, (CURLM * multi, int *running))                                     \
    X(CURLMcode, multi_poll,                                                                       \
      (CURLM * multi, struct curl_waitfd * fds, unsigned count, int ms, int *got))                 \
    X(CURLMsg *, multi_info_read, (CURLM * multi, int *left))                                      \
    X(const char *, multi_strerror, (CURLMcode code))                                              \
    X(struct curl_slist *, slist_append, (struct curl_slist * list, const char *line))             \
    X(void, slist_free_all, (struct curl_slist * list))

typedef struct msig_curl {
#define MSIG_CURL_FIELD(result, name, parameters) result(*name) parameters;
    MSIG_CURL_LIST(MSIG_CURL_FIELD)
#undef MSIG_CURL_FIELD
} msig_curl;

/* Loads the library, which stays loaded. Code unsupported if it is not there or too old. */
msig_status msig_curl_load(msig_curl *curl, msig_err *err);

#endif
