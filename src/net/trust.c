#include "net/trust.h"

#include <dirent.h>
#include <string.h>

static bool is_hash(const char *name) {
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
           strspn(name + 9, "0123456789") > 0;
}

bool msig_trust_is_hashed(const char *path) {
    DIR *folder = opendir(path);
    const struct dirent *entry;
    bool found = false;
    while (folder && !found && (entry = readdir(folder)) != NULL)
        found = is_hash(entry->d_name);
    if (folder)
        closedir(folder);
    return found;
}

static bool copy(msig_text *text, const char *from) {
    return !from || (msig_text_add(text, from, strlen(from)) && msig_text_end(text));
}

msig_status msig_trust_choose(msig_net_common *common, msig_err *err) {
    const curl_version_info_data *info = common->curl.version_info(CURLVERSION_NOW);
    if (common->ca_file.len == 0 && common->ca_path.len == 0 &&
        !(copy(&common->ca_file, info->cainfo) && copy(&common->ca_path, info->capath)))
        return msig_err_nomem(err);
    /* A file of one's own is there because the folder is not enough: both are read at once. */
    bool usual = info->cainfo && common->ca_file.len == strlen(info->cainfo) &&
                 memcmp(common->ca_file.ptr, info->cainfo, common->ca_file.len) == 0;
    common->quick_trust = usual && common->ca_path.len && msig_trust_is_hashed(common->ca_path.ptr);
    return MSIG_OK;
}
