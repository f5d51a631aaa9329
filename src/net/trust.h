/*
 * Which certificates are trusted. Reading a file of all authorities takes OpenSSL more than twenty
 * milliseconds, for each connection; a folder of hashed names costs nothing until one of them is
 * needed. Where a system has both, the folder is asked first.
 */
#ifndef MSIG_NET_TRUST_H
#define MSIG_NET_TRUST_H

#include "base/err.h"
#include "net/transfer.h"

/* Tells whether a folder has certificates under the hashes of their names ("5ad8a5d6.0"). */
bool msig_trust_is_hashed(const char *path);

/* Fills ca_file and ca_path with libcurl's own where neither is given, and decides whether the
 * folder is enough to begin with. Code: nomem. */
msig_status msig_trust_choose(msig_net_common *common, msig_err *err);

#endif
