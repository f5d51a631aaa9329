/*
 * A budget of steps, bytes and processor time for work that somebody else chose: what is spent, and
 * whether it is used up. Accounting only; who runs the work stops it. Pure but for the clock.
 */
#ifndef MSIG_BASE_BUDGET_H
#define MSIG_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct msig_budget {
    int64_t given, steps;      /* at first, and left */
    double deadline;           /* processor time of this thread, in seconds */
    size_t used, cap;          /* bytes */
    int refused;               /* allocations in a row that did not fit */
    const char *tripped;       /* what is used up; NULL while nothing is. A tripped one stays so */
    struct msig_budget *outer; /* whose steps and time these are, too */
} msig_budget;

extern const char *const msig_budget_over_steps;
extern const char *const msig_budget_over_bytes;
extern const char *const msig_budget_over_time;

/* Begins a budget. It gets no more steps and time than the outer one (NULL: none) has left. */
void msig_budget_begin(msig_budget *budget, int64_t steps, size_t bytes, double seconds,
                       msig_budget *outer);

/* Ends a budget and takes what was spent from the outer one, too. */
void msig_budget_end(msig_budget *budget);

/* Takes steps. */
void msig_budget_take(msig_budget *budget, size_t steps);

/* Sets `tripped` if something is used up, here or in the outer one, and returns it. */
const char *msig_budget_check(msig_budget *budget);

/* Tells whether a block of old_size bytes may become new_size; takes steps for it, too. */
bool msig_budget_admits(msig_budget *budget, size_t old_size, size_t new_size);

/* Notes that the block has its new size. */
void msig_budget_resized(msig_budget *budget, size_t old_size, size_t new_size);

#endif
