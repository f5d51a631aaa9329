#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const char *const status_names[MSIG_STATUS_COUNT] = {
    [MSIG_OK] = "ok",
#define NAME(id, name, text) [id] = name,
    MSIG_STATUS_LIST(NAME)
#undef NAME
};

static const char *const status_texts[MSIG_STATUS_COUNT] = {
    [MSIG_OK] = "success",
#define TEXT(id, name, text) [id] = text,
    MSIG_STATUS_LIST(TEXT)
#undef TEXT
};

const char *msig_status_name(msig_status status) {
    if ((unsigned)status >= MSIG_STATUS_COUNT)
        return "unknown";
    return status_names[status];
}

const char *msig_status_text(msig_status status) {
    if ((unsigned)status >= MSIG_STATUS_COUNT)
        return "unknown status";
    return status_texts[status];
}

/* Makes a text safe to print: nothing that terminals obey, only whole characters. */
static void make_printable(char *text, size_t len) {
    size_t i = 0;
    while (i < len) {
        size_t n = msig_utf8_char(text + i, len - i);
        if (n == 0 && msig_utf8_is_cut(text + i, len - i)) {
            text[i] = '\0';
            return;
        }
        size_t whole = n ? n : 1;
        if (n == 0 || msig_utf8_is_hidden(text + i, n))
            memset(text + i, '?', whole);
        i += whole;
    }
}

msig_status msig_err_set(msig_err *err, msig_status code, int64_t offset, const char *fmt, ...) {
    if (!err)
        return code;
    err->code = code;
    err->offset = offset;
    va_list args;
    va_start(args, fmt);
    int wanted = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    if (wanted < 0)
        err->text[0] = '\0';
    size_t len = 0;
    while (err->text[len])
        len++;
    make_printable(err->text, len);
    return code;
}

msig_status msig_err_nomem(msig_err *err) {
    return msig_err_set(err, MSIG_ENOMEM, MSIG_NO_OFFSET, "not enough memory");
}
