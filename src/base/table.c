#include "base/table.h"

#include "base/hash.h"

#define FIRST_SIZE 64

void msig_slots_init(msig_slots *slots, const msig_alloc *alloc) {
    slots->alloc = *alloc;
    slots->slots = NULL;
    slots->size = 0;
    slots->used = 0;
}

void msig_slots_clear(msig_slots *slots) {
    if (slots->slots)
        msig_free(&slots->alloc, slots->slots, slots->size, sizeof *slots->slots);
    slots->slots = NULL;
    slots->size = 0;
    slots->used = 0;
}

uint32_t msig_slots_find(const msig_slots *slots, uint64_t hash, msig_slot_is is, const void *ctx,
                         const void *wanted) {
    if (slots->size == 0)
        return MSIG_NONE;
    size_t mask = slots->size - 1;
    uint32_t kept = (uint32_t)(hash >> 32);
    for (size_t i = (size_t)kept & mask;; i = (i + 1) & mask) {
        const msig_slot *slot = &slots->slots[i];
        if (slot->id == MSIG_NONE)
            return MSIG_NONE;
        if (slot->hash == kept && is(ctx, slot->id, wanted))
            return slot->id;
    }
}

/* The upper half of a hash is kept; it chooses the place, so a larger table needs no hashing. */
static void place(msig_slot *table, size_t mask, msig_slot slot) {
    size_t i = (size_t)slot.hash & mask;
    while (table[i].id != MSIG_NONE)
        i = (i + 1) & mask;
    table[i] = slot;
}

static bool enlarge(msig_slots *slots) {
    size_t size = slots->size ? slots->size * 2 : FIRST_SIZE;
    msig_slot *table = msig_resize(&slots->alloc, NULL, 0, size, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < size; i++)
        table[i].id = MSIG_NONE;
    for (size_t i = 0; i < slots->size; i++)
        if (slots->slots[i].id != MSIG_NONE)
            place(table, size - 1, slots->slots[i]);
    if (slots->slots)
        msig_free(&slots->alloc, slots->slots, slots->size, sizeof *table);
    slots->slots = table;
    slots->size = size;
    return true;
}

bool msig_slots_add(msig_slots *slots, uint64_t hash, uint32_t id) {
    if ((slots->used + 1) * 2 > slots->size && !enlarge(slots))
        return false;
    msig_slot slot = {(uint32_t)(hash >> 32), id};
    place(slots->slots, slots->size - 1, slot);
    slots->used++;
    return true;
}

void msig_intern_init(msig_intern *intern, const msig_alloc *alloc, msig_arena *arena) {
    intern->arena = arena;
    msig_slots_init(&intern->slots, alloc);
    intern->spans = NULL;
    intern->count = 0;
    intern->capacity = 0;
    intern->seed = (uint64_t)(uintptr_t)intern * UINT64_C(0x9e3779b97f4a7c15);
}

void msig_intern_clear(msig_intern *intern) {
    if (intern->spans)
        msig_free(&intern->slots.alloc, intern->spans, intern->capacity, sizeof *intern->spans);
    intern->spans = NULL;
    intern->count = 0;
    intern->capacity = 0;
    msig_slots_clear(&intern->slots);
}

static bool is_text(const void *ctx, uint32_t id, const void *wanted) {
    const msig_intern *intern = ctx;
    const msig_span *text = wanted;
    return msig_span_equal(intern->spans[id], *text);
}

uint32_t msig_intern_find(const msig_intern *intern, msig_span text) {
    uint64_t hash = msig_hash(text.ptr, text.len, intern->seed);
    return msig_slots_find(&intern->slots, hash, is_text, intern, &text);
}

uint32_t msig_intern_put(msig_intern *intern, msig_span text) {
    uint64_t hash = msig_hash(text.ptr, text.len, intern->seed);
    uint32_t id = msig_slots_find(&intern->slots, hash, is_text, intern, &text);
    if (id != MSIG_NONE)
        return id;
    if (intern->count >= MSIG_NONE - 1)
        return MSIG_NONE;
    char *copy = msig_arena_dup(intern->arena, text.ptr, text.len);
    if (!copy || !msig_grow(&intern->slots.alloc, &intern->spans, &intern->capacity,
                            intern->count + 1, sizeof *intern->spans))
        return MSIG_NONE;
    id = (uint32_t)intern->count;
    if (!msig_slots_add(&intern->slots, hash, id))
        return MSIG_NONE;
    intern->spans[intern->count].ptr = copy;
    intern->spans[intern->count].len = text.len;
    intern->count++;
    return id;
}
