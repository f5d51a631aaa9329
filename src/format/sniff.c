#include "format/sniff.h"

#include <stdbool.h>
#include <string.h>

typedef struct signature {
    const char *bytes;
    size_t len;
    const char *kind;
} signature;

static const signature signatures[] = {
    {"version https://git-lfs", 23, "a git LFS pointer (the file itself was not fetched)"},
    {"\x1f\x8b", 2, "gzip data"},
    {"PK\3\4", 4, "a zip archive"},
    {"PK\5\6", 4, "a zip archive"},
    {"BZh", 3, "bzip2 data"},
    {"\xfd" "7zXZ", 5, "xz data"},
    {"\x28\xb5\x2f\xfd", 4, "zstd data"},
    {"7z\xbc\xaf\x27\x1c", 6, "a 7-zip archive"},
    {"GGUF", 4, "a GGUF file"},
    {"\x80\2", 2, "a Python pickle"},
    {"\x80\4", 2, "a Python pickle"},
    {"\x89HDF\r\n\x1a\n", 8, "an HDF5 file"},
    {"\xff\xfe", 2, "UTF-16 text"},
    {"\xfe\xff", 2, "UTF-16 text"},
    {"%PDF-", 5, "a PDF file"},
};

static bool begins(const char *head, size_t len, const char *lower) {
    size_t n = strlen(lower);
    if (len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = head[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        if (c != lower[i])
            return false;
    }
    return true;
}

const char *msig_sniff(const char *head, size_t len) {
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const signature *s = &signatures[i];
        if (len >= s->len && memcmp(head, s->bytes, s->len) == 0)
            return s->kind;
    }
    size_t skip = len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (skip < len && strchr(" \t\r\n", head[skip]) && head[skip])
        skip++;
    if (begins(head + skip, len - skip, "<!doctype html") ||
        begins(head + skip, len - skip, "<html") || begins(head + skip, len - skip, "<head"))
        return "an HTML page";
    if (begins(head + skip, len - skip, "<?xml"))
        return "an XML document";
    return NULL;
}

msig_status msig_sniff_explain(msig_source *source, const char *expected, msig_status status,
                               msig_err *err) {
    if (status != MSIG_ETRUNCATED && status != MSIG_EMALFORMED && status != MSIG_ELIMIT)
        return status;
    char head[256];
    size_t len = sizeof head;
    if (len > msig_source_size(source))
        len = (size_t)msig_source_size(source);
    msig_err ignored;
    if (len == 0 || msig_source_read(source, 0, head, len, &ignored) != MSIG_OK)
        return status;
    const char *kind = msig_sniff(head, len);
    if (!kind)
        return status;
    return msig_err_set(err, MSIG_EUNSUPPORTED, 0, "expected %s, found %s", expected, kind);
}
