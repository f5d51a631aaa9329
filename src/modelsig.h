/*
 * modelsig: structural fingerprints of models, and what may stand in for what.
 *
 * This is the whole interface of libmodelsig. A host is a Lua 5.4 state that holds the product; a
 * program runs Lua in it, or calls a function of the product with JSON in and JSON out. See
 * README.md for the functions that there are.
 *
 * Threads: a host belongs to one thread at a time; any number of hosts may live side by side and
 * share nothing. Only msig_host_cancel may be called from elsewhere.
 *
 * Misuse (no host, nothing to run, a call from inside a call) is an error of the code malformed.
 *
 * Memory: texts that are passed in are borrowed for the call; texts that come back belong to the
 * host and stay until the next call on it.
 */
#ifndef MODELSIG_H
#define MODELSIG_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MSIG_API __attribute__((visibility("default")))
#else
#define MSIG_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

/* What went wrong. Filled only when a function says that it failed; may be NULL everywhere. */
typedef struct msig_error {
    char code[16];   /* short and stable: "notfound", "malformed", ...; "lua" for a raised error */
    int64_t offset;  /* byte position in the input, or -1 */
    char text[1024]; /* for people; zero ended, cut if it is longer */
} msig_error;

/* ---- options ---- */

/* Receives output. Called in the thread of the host, while one of its functions runs; it must not
 * call the host. */
typedef void (*msig_write_fn)(void *ctx, const char *data, size_t len);

/* How a host is made. Zero is the default of every field. */
typedef struct msig_host_options {
    size_t size;             /* sizeof(msig_host_options); lets the struct grow */
    const char *lua_dir;     /* a folder with lua/, rules/, scripts/ to read before the embedded
                                files; NULL: $MODELSIG_LUA_DIR, else none */
    const char *module_path; /* patterns for `require` of your own modules: "/a/?.lua;/b/?.lua" */
    int no_user;             /* leave the rules of the user and of the project out */
    int trust_project;       /* take the project's .modelsig folder without asking */
    size_t memory_cap;       /* bytes that the host may take; 0: no cap */
    volatile int *cancel;    /* looked at while Lua runs; not 0 stops it. NULL: none, which is
                                faster. msig_host_cancel works always; it sets the flag for the
                                rest of the call */
    msig_write_fn out;       /* standard output of Lua; NULL: the process's own */
    msig_write_fn err;       /* standard error of Lua; NULL: the process's own */
    void *ctx;               /* first argument of both */
} msig_host_options;

/* ---- hosts ---- */

typedef struct msig_host msig_host;

/* Makes a host. options may be NULL. NULL and an error (nomem, malformed) on failure. Close with
 * msig_host_close. */
MSIG_API msig_host *msig_host_new(const msig_host_options *options, msig_error *error);

/* Closes a host and frees all it owns; not while one of its functions runs. NULL is accepted. */
MSIG_API void msig_host_close(msig_host *host);

/* Stops what the host is running, as soon as possible: the call fails with the code cancelled. What
 * is being left has a while to put things in order; code that catches the error and goes on is
 * stopped again. May be called from another thread or a signal handler while a call runs; a stop
 * asked for when nothing runs is forgotten by the next call. A program that stops hosts from other
 * threads as a rule gives them `cancel`: a flag disturbs nothing that is running. */
MSIG_API void msig_host_cancel(msig_host *host);

/* Runs a Lua file with `count` words as `...`. Returns 0, or -1 and an error. */
MSIG_API int msig_host_run_file(msig_host *host, const char *path, int count,
                                const char *const *words, msig_error *error);

/* Runs Lua source; `name` stands for it in messages. Returns 0, or -1 and an error. */
MSIG_API int msig_host_run_string(msig_host *host, const char *code, const char *name,
                                  msig_error *error);

/* Calls `function` of the Lua module `module` ("modelsig", or one of yours) with
 * the elements of the JSON array `arguments` (NULL: none). Returns its first result as JSON, zero
 * ended, *len bytes (len may be NULL); the text belongs to the host until the next call on it.
 * A function that returns nil, message, code has failed with that code; NULL and an error then. */
MSIG_API const char *msig_host_call(msig_host *host, const char *module, const char *function,
                                    const char *arguments, size_t *len, msig_error *error);

/* The Lua state (a lua_State *), for programs that also use Lua's own interface; borrowed. */
MSIG_API void *msig_host_lua(msig_host *host);

/* The version of the library: "0.1.0". */
MSIG_API const char *msig_version(void);

#ifdef __cplusplus
}
#endif

#endif
