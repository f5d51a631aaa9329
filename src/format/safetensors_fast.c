#include "format/safetensors_header.h"

#include <string.h>

#include "base/key.h"

static msig_template *make_template(msig_header *h, const msig_header_draft *d, const char *begin,
                                    uint32_t variant) {
    msig_manifest_build *b = h->build;
    msig_key_indices indices;
    if (b->template_count >= b->most_templates)
        return NULL;
    msig_key_abstract(d->name, h->manifest->scratch, &indices); /* it held this name's key before */
    if (!indices.exact || indices.count > MSIG_TEMPLATE_INDICES)
        return NULL;
    msig_template_text text = {begin, h->json.buf + h->json.pos, d->name, {{NULL, 0}}, 0, 0};
    for (; text.indices < indices.count; text.indices++) {
        text.holes[text.indices].ptr = d->name.ptr + indices.at[text.indices];
        text.holes[text.indices].len = indices.digits[text.indices];
    }
    text.holes[text.indices] = d->end_texts[0];
    text.holes[text.indices + 1] = d->end_texts[1];
    text.count = text.indices + 2;
    b->template_count++;
    return msig_template_new(&b->arena, &text, variant);
}

void msig_header_learn(msig_header *h, const msig_header_draft *d, const char *begin,
                       msig_template *before) {
    uint32_t id = h->build->members[h->build->member_count - 1].variant;
    msig_template **known = &h->build->variant_templates[id];
    /* The first member of a header has no comma: a text that does not come again. */
    bool comma = h->build->member_count > 1 || h->has_metadata;
    if (!*known && !comma)
        return;
    if (!*known || (comma && msig_template_disagrees(*known, begin, h->json.buf + h->json.len)))
        *known = make_template(h, d, begin, id);
    if (!*known)
        return;
    msig_template_chain(before, *known);
    h->last = *known;
}

/* Adds the member that agreed; false if its numbers are wrong: the general reader then says how. */
static bool take_match(msig_header *h, const msig_template *t, const msig_template_match *match) {
    const msig_variant *variant = &h->manifest->variants[t->owner];
    uint64_t begin = match->place[0].value;
    uint64_t end = match->place[1].value;
    if (end < begin || end - begin != variant->bytes)
        return false;
    msig_member *member = &h->build->members[h->build->member_count++];
    member->name = match->name;
    member->begin = begin;
    member->end = end;
    member->variant = t->owner;
    member->index[0] = t->indices > 0 ? (uint32_t)match->index[0].value : 0;
    member->index[1] = t->indices > 1 ? (uint32_t)match->index[1].value : 0;
    member->indices = (uint8_t)t->indices;
    member->exact = true;
    member->dropped = false;
    return true;
}

msig_status msig_header_run(msig_header *h, msig_err *err) {
    msig_manifest_build *b = h->build;
    const char *end = h->json.buf + h->json.len;
    msig_template_match matches[2];
    memset(matches, 0, sizeof matches);
    for (unsigned turn = 0;; turn ^= 1) {
        msig_template_match *match = &matches[turn];
        msig_template *t;
        const char *ptr = h->json.buf + h->json.pos;
        const char *behind = msig_template_follow(h->last, ptr, end, &t, &matches[turn ^ 1], match);
        if (!behind)
            return MSIG_OK;
        if (!msig_grow(&h->manifest->alloc, &b->members, &b->member_capacity, b->member_count + 1,
                       sizeof *b->members))
            return msig_err_nomem(err);
        if (!take_match(h, t, match))
            return MSIG_OK;
        h->json.pos += (size_t)(behind - ptr);
        h->last = t;
    }
}
