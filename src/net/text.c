#include "net/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void msig_text_init(msig_text *text, const msig_alloc *alloc) {
    memset(text, 0, sizeof *text);
    text->alloc = *alloc;
}

void msig_text_clear(msig_text *text) {
    if (text->ptr)
        msig_free(&text->alloc, text->ptr, text->size, 1);
    text->ptr = NULL;
    text->len = text->size = 0;
    text->failed = false;
}

bool msig_text_add(msig_text *text, const char *ptr, size_t len) {
    if (len == 0)
        return true;
    if (len > SIZE_MAX - text->len ||
        !msig_grow(&text->alloc, &text->ptr, &text->size, text->len + len, 1)) {
        text->failed = true;
        return false;
    }
    memcpy(text->ptr + text->len, ptr, len);
    text->len += len;
    return true;
}

bool msig_text_reserve(msig_text *text, size_t size) {
    if (size <= text->size)
        return true;
    char *grown = msig_resize(&text->alloc, text->ptr, text->size, size, 1);
    if (!grown) {
        text->failed = true;
        return false;
    }
    text->ptr = grown;
    text->size = size;
    return true;
}

const char *msig_text_end(msig_text *text) {
    if (text->failed || !msig_text_add(text, "", 1))
        return NULL;
    text->len--;
    return text->ptr;
}

/* The length of the character at ptr if it may be shown as it is, else 0. */
static size_t showable(const char *ptr, size_t len) {
    size_t n = msig_utf8_char(ptr, len);
    return n && !msig_utf8_is_hidden(ptr, n) ? n : 0;
}

bool msig_text_printable(msig_text *text, msig_span from, size_t most) {
    size_t begin = text->len;
    size_t i = 0;
    while (i < from.len) {
        size_t n = showable(from.ptr + i, from.len - i);
        char escaped[5];
        const char *piece = from.ptr + i;
        size_t len = n;
        if (n == 0) {
            snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned)(unsigned char)from.ptr[i]);
            piece = escaped;
            len = 4;
            n = 1;
        }
        if (text->len - begin + len > most)
            return msig_text_add(text, "...", 3);
        if (!msig_text_add(text, piece, len))
            return false;
        i += n;
    }
    return true;
}
