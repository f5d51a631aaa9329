#include "format/safetensors_header.h"

#define LARGE_HEADER UINT64_C(25000000) /* where the Hub's readers give up */

static const struct {
    const char *code, *text;
} oddities[MSIG_ODD_COUNT] = {
    [MSIG_ODD_LEADING_SPACE] = {"leading_space", "white space before the header's '{'"},
    [MSIG_ODD_PADDING] = {"padding", "a header padded with something else than spaces"},
    [MSIG_ODD_LARGE_HEADER] = {"large_header", "a header above 25,000,000 bytes"},
    [MSIG_ODD_DUPLICATE] = {"duplicate_name", "a tensor name twice, the last one counts"},
    [MSIG_ODD_ARRAY] = {"array_form", "a tensor written as an array"},
    [MSIG_ODD_UNKNOWN_KEY] = {"unknown_key", "a key that the format does not have"},
    [MSIG_ODD_DTYPE_OBJECT] = {"dtype_form", "a dtype written as an object"},
    [MSIG_ODD_UNKNOWN_DTYPE] = {"unknown_dtype", "a dtype that the format does not have"},
    [MSIG_ODD_METADATA_NULL] = {"metadata_null", "__metadata__ is null"},
    [MSIG_ODD_METADATA_DUPLICATE] = {"duplicate_key",
                                     "a key twice in __metadata__, the last one counts"},
    [MSIG_ODD_NAME] = {"odd_name", "an empty tensor name or one with control characters"},
    [MSIG_ODD_MISALIGNED] = {"misaligned", "a tensor whose data is not aligned to its elements"},
};

void msig_header_note(msig_header *h, msig_oddity odd, uint64_t offset, msig_span name) {
    h->oddities++;
    if (h->odd[odd].count++ == 0) {
        h->odd[odd].offset = offset;
        h->odd[odd].name = name;
    }
}

void msig_header_note_frame(msig_header *h) {
    msig_span nothing = {"", 0};
    if (h->text.ptr[0] != '{')
        msig_header_note(h, MSIG_ODD_LEADING_SPACE, MSIG_HEADER_PREFIX, nothing);
    for (size_t i = h->text.len; i > 0 && h->text.ptr[i - 1] != '}'; i--)
        if (h->text.ptr[i - 1] != ' ') {
            msig_header_note(h, MSIG_ODD_PADDING, MSIG_HEADER_PREFIX + i - 1, nothing);
            break;
        }
    if (h->text.len > LARGE_HEADER)
        msig_header_note(h, MSIG_ODD_LARGE_HEADER, 0, nothing);
}

msig_status msig_header_report(msig_header *h, msig_err *err) {
    for (int i = 0; i < MSIG_ODD_COUNT; i++) {
        if (h->odd[i].count == 0)
            continue;
        msig_span name = h->odd[i].name;
        if (h->manifest->strict)
            return BAD(h->odd[i].offset, "%s: '%.*s' (strict)", oddities[i].text, SHOWN(name));
        msig_status status = name.len
                                 ? msig_manifest_note(h->manifest, oddities[i].code, h->file, err,
                                                      "%s: '%.*s' (%zu in all)", oddities[i].text,
                                                      SHOWN(name), h->odd[i].count)
                                 : msig_manifest_note(h->manifest, oddities[i].code, h->file, err,
                                                      "%s", oddities[i].text);
        if (status != MSIG_OK)
            return status;
    }
    return MSIG_OK;
}
