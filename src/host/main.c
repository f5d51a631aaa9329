/*
 * The program: makes a host and hands the words over to modelsig.cli.
 */
#include <errno.h>
#include <lauxlib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <malloc.h>
#endif

#include "base/flag.h"
#include "host/host.h"

enum { EXIT_FAILED = 1, EXIT_INTERRUPTED = 130 };

static msig_host *volatile running; /* for the signal handler only */

/* The first Ctrl-C stops what runs, a second one before that has happened ends the process. */
static void interrupted(int number) {
    if (running && !msig_flag_is_set(&running->stop)) {
        msig_host_cancel(running);
    } else {
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void listen(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = interrupted;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

/* --lua-dir must be known before the first module is read; cli reads it again with the rest. After
 * `run` the words belong to the script. */
static const char *lua_dir(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0 || strcmp(argv[i], "run") == 0)
            break;
        if (strcmp(argv[i], "--lua-dir") == 0 && i + 1 < argc)
            return argv[i + 1];
        if (strncmp(argv[i], "--lua-dir=", 10) == 0)
            return argv[i] + 10;
    }
    return NULL;
}

static int protected_main(lua_State *L) {
    int argc = (int)lua_tointeger(L, 1);
    char **argv = lua_touserdata(L, 2);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "modelsig.cli.main");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "main");
    lua_createtable(L, argc > 1 ? argc - 1 : 0, 0);
    for (int i = 1; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
    lua_call(L, 1, 2);
    return 2;
}

/* `done`: nothing waits to be finalized. */
static int run(msig_host *host, int argc, char **argv, bool *done) {
    lua_State *L = msig_host_lua(host);
    lua_pushcfunction(L, protected_main);
    lua_pushinteger(L, argc);
    lua_pushlightuserdata(L, argv);
    if (msig_host_pcall(host, 2, 2) == LUA_OK) {
        *done = lua_toboolean(L, -1);
        return lua_isinteger(L, -2) ? (int)lua_tointeger(L, -2) : EXIT_FAILED;
    }
    if (msig_bind_is_stop(L, -1))
        return EXIT_INTERRUPTED;
    const char *text = lua_tostring(L, -1);
    fprintf(stderr, "modelsig: %s\n", text ? text : "unknown error");
    return EXIT_FAILED;
}

/* Large answers come and go while models are fetched. By itself glibc keeps the room of ever larger
 * ones once one was freed. */
static void give_back_large_blocks(void) {
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

/* A reader that has seen enough (`| head`) is no error. */
static bool reader_has_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* Output that is lost is an error, whoever wrote it. What failed and was told has a code by now. */
static int finish(int code) {
    errno = 0;
    bool lost = fflush(stdout) != 0 || ferror(stdout);
    const char *reason = errno ? strerror(errno) : "not all of it could be written";
    if (!lost || code != 0 || reader_has_gone())
        return code;
    fprintf(stderr, "modelsig: standard output: %s\n", reason);
    return EXIT_FAILED;
}

int main(int argc, char **argv) {
    /* Asked alone, often by scripts, it needs no Lua. */
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("modelsig %s\n", msig_version());
        return finish(0);
    }
    give_back_large_blocks();
    msig_host_options options = {.size = sizeof options, .lua_dir = lua_dir(argc, argv)};
    msig_error error;
    msig_host *host = msig_host_new(&options, &error);
    if (!host) {
        fprintf(stderr, "modelsig: %s\n", error.text);
        return EXIT_FAILED;
    }
    running = host;
    listen();
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of the write, not an end */
    signal(SIGPIPE, SIG_IGN); /* so is a reader that went away */
    bool done = false;
    int code = run(host, argc, argv, &done);
    signal(SIGINT, SIG_DFL);
    /* Memory goes with the process, faster than object by object. Sanitizers watch it come back. */
    if (done && msig_pool_holds(0))
        return finish(code);
    running = NULL;
    msig_host_close(host);
    return finish(code);
}
