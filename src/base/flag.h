/*
 * A flag that another thread or a signal handler may set while it is read: a plain int for the
 * program that owns it, read and written as a whole.
 */
#ifndef MSIG_BASE_FLAG_H
#define MSIG_BASE_FLAG_H

#include <stdbool.h>

#if defined(__GNUC__)
static inline bool msig_flag_is_set(const volatile int *flag) {
    return __atomic_load_n(flag, __ATOMIC_ACQUIRE) != 0;
}

static inline void msig_flag_put(volatile int *flag, int value) {
    __atomic_store_n(flag, value, __ATOMIC_RELEASE);
}
#else
static inline bool msig_flag_is_set(const volatile int *flag) {
    return *flag != 0;
}

static inline void msig_flag_put(volatile int *flag, int value) {
    *flag = value;
}
#endif

#endif
