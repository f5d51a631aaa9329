#include "base/budget.h"

#include <time.h>

enum {
    BYTES_A_STEP = 64, /* bytes that cost one step */
    SMALL = 1000,      /* bytes at once that a tripped call may still take, to end itself */
    REFUSALS = 2       /* in a row mean that memory is used up: Lua collects garbage between two */
};

const char *const msig_budget_over_steps = "step budget exceeded";
const char *const msig_budget_over_bytes = "memory budget exceeded";
const char *const msig_budget_over_time = "time budget exceeded";

static double processor_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void msig_budget_begin(msig_budget *b, int64_t steps, size_t bytes, double seconds,
                       msig_budget *outer) {
    double deadline = processor_time() + seconds;
    b->steps = outer && outer->steps < steps ? outer->steps : steps;
    b->deadline = outer && outer->deadline < deadline ? outer->deadline : deadline;
    b->given = b->steps;
    b->used = 0;
    b->cap = bytes;
    b->refused = 0;
    b->tripped = NULL;
    b->outer = outer;
}

void msig_budget_end(msig_budget *b) {
    if (b->outer)
        b->outer->steps -= b->given - b->steps;
}

void msig_budget_take(msig_budget *b, size_t steps) {
    int64_t most = INT64_MAX / 4;
    if (b->steps >= 0)
        b->steps -= steps < (uint64_t)most ? (int64_t)steps : most;
}

const char *msig_budget_check(msig_budget *b) {
    if (!b->tripped && b->outer)
        b->tripped = b->outer->tripped;
    if (b->tripped)
        return b->tripped;
    if (b->steps < 0)
        b->tripped = msig_budget_over_steps;
    else if (processor_time() > b->deadline)
        b->tripped = msig_budget_over_time;
    return b->tripped;
}

bool msig_budget_admits(msig_budget *b, size_t old_size, size_t new_size) {
    if (new_size <= old_size)
        return true;
    size_t more = new_size - old_size;
    if (b->steps >= 0)
        b->steps -= (int64_t)(more / BYTES_A_STEP);
    else if (!b->tripped)
        b->tripped = msig_budget_over_steps;
    if (b->used + more <= b->cap && (!b->tripped || more <= SMALL))
        return true;
    if (!b->tripped && ++b->refused >= REFUSALS)
        b->tripped = msig_budget_over_bytes;
    return false;
}

void msig_budget_resized(msig_budget *b, size_t old_size, size_t new_size) {
    /* What was there before the call may be freed in it: never below zero. */
    b->used = b->used + new_size > old_size ? b->used + new_size - old_size : 0;
    if (new_size > old_size)
        b->refused = 0;
}
