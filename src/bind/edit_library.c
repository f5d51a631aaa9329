#if MODELSIG_REPL

#include "bind/edit_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/* Debian counts its versions, others do not. */
static const char *const names[] = {"libedit.so.2", "libedit.so.0"};

static msig_edit edit;
static bool loaded;

static void *find_library(void) {
    void *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    return found;
}

static void load(void) {
    void *library = find_library(), *symbol;
    if (!library)
        return;
/* C has no cast from an object's pointer to a function's; POSIX promises that they look alike. */
#define LOAD(result, name, parameters)                                                             \
    symbol = dlsym(library, #name);                                                                \
    if (!symbol)                                                                                   \
        return;                                                                                    \
    memcpy(&edit.name, &symbol, sizeof symbol);
    MSIG_EDIT_LIST(LOAD)
#undef LOAD
    loaded = true;
}

const msig_edit *msig_edit_library(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded ? &edit : NULL;
}

#else

typedef int msig_no_edit_library; /* a file of C is not empty */

#endif
