#include "net/library.h"

#include <dlfcn.h>
#include <string.h>

#define NAME "libcurl.so.4"

enum { OLDEST = 0x075700 }; /* 7.87: CURLOPT_QUICK_EXIT */

/* A library that brings OpenSSL must not be unloaded: it left handlers with the process. */
#ifdef RTLD_NODELETE
enum { MODE = RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE };
#else
enum { MODE = RTLD_LAZY | RTLD_LOCAL };
#endif

static msig_status missing(const char *what, msig_err *err) {
    const char *text = dlerror();
    return msig_err_set(err, MSIG_EUNSUPPORTED, MSIG_NO_OFFSET, "%s: %s", what,
                        text ? text : "not there");
}

msig_status msig_curl_load(msig_curl *curl, msig_err *err) {
    void *library = dlopen(NAME, MODE);
    void *symbol;
    if (!library)
        return missing(NAME, err);
/* C has no cast from an object's pointer to a function's; POSIX promises that they look alike. */
#define LOAD(result, name, parameters)                                                             \
    symbol = dlsym(library, "curl_" #name);                                                        \
    if (!symbol)                                                                                   \
        return missing("curl_" #name, err);                                                        \
    memcpy(&curl->name, &symbol, sizeof symbol);
    MSIG_CURL_LIST(LOAD)
#undef LOAD
    const curl_version_info_data *info = curl->version_info(CURLVERSION_NOW);
    if (info->version_num < OLDEST)
        return msig_err_set(err, MSIG_EUNSUPPORTED, MSIG_NO_OFFSET,
                            "libcurl: expected version 7.87 or later, found %s", info->version);
    return MSIG_OK;
}
