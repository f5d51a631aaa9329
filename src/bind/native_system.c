/*
 * modelsig.native.system: folders, whole files, the terminal and the clock.
 *
 * Paths come from users and from model files: a zero byte in one is returned as an error, not
 * raised. Descriptors that must outlive a call which can raise belong to a guard on the stack.
 */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "base/err.h"
#include "base/span.h"
#include "bind/bind.h"

int luaopen_modelsig_native_system(lua_State *L);

#define GUARD "modelsig.system.guard"

/* A path in a message is cut at its front, so that the reason still fits. */
enum { SHOWN_PATH = 90, TEMP_TRIES = 100, READ_CHUNK = 65536 };

typedef struct guard {
    DIR *dir;
    int fd;
} guard;

static int guard_close(lua_State *L) {
    guard *held = luaL_checkudata(L, 1, GUARD);
    if (held->dir)
        closedir(held->dir);
    if (held->fd >= 0)
        close(held->fd);
    held->dir = NULL;
    held->fd = -1;
    return 0;
}

static guard *guard_push(lua_State *L) {
    guard *held = lua_newuserdatauv(L, sizeof *held, 0);
    held->dir = NULL;
    held->fd = -1;
    luaL_setmetatable(L, GUARD);
    lua_toclose(L, -1);
    return held;
}

static int fail(lua_State *L, msig_status code, const char *what, const char *path,
                const char *reason) {
    msig_err err;
    size_t len = strlen(path);
    const char *dots = len > SHOWN_PATH ? "..." : "";
    const char *tail = len > SHOWN_PATH ? path + len - SHOWN_PATH : path;
    msig_err_set(&err, code, MSIG_NO_OFFSET, "%s '%s%s': %s", what, dots, tail, reason);
    return msig_fail(L, &err);
}

static int fail_errno(lua_State *L, int error, const char *what, const char *path) {
    msig_status code = error == ENOENT || error == ENOTDIR ? MSIG_ENOTFOUND : MSIG_EIO;
    return fail(L, code, what, path, strerror(error));
}

/* The path, or NULL when it cannot name a file because of a zero byte in it. */
static const char *check_path(lua_State *L, int arg) {
    size_t len;
    const char *path = luaL_checklstring(L, arg, &len);
    return strlen(path) == len ? path : NULL;
}

static int fail_zero(lua_State *L) {
    return fail(L, MSIG_EIO, "path", lua_tostring(L, 1), "has a zero byte in it");
}

static const char *kind_name(mode_t mode) {
    if (S_ISREG(mode))
        return "file";
    return S_ISDIR(mode) ? "directory" : "other";
}

static void set_facts(lua_State *L, const struct stat *facts) { /* [-0, +0], table on top */
    lua_pushstring(L, kind_name(facts->st_mode));
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, (lua_Integer)facts->st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, (lua_Integer)facts->st_mtime);
    lua_setfield(L, -2, "mtime");
}

static int system_stat(lua_State *L) {
    const char *path = check_path(L, 1);
    struct stat facts;
    if (!path)
        return fail_zero(L);
    if (stat(path, &facts) != 0)
        return fail_errno(L, errno, "cannot look at", path);
    lua_createtable(L, 0, 3);
    set_facts(L, &facts);
    return 1;
}

static int is_name_less(lua_State *L) {
    lua_getfield(L, 1, "name");
    lua_getfield(L, 2, "name");
    lua_pushboolean(L, strcmp(lua_tostring(L, -2), lua_tostring(L, -1)) < 0);
    return 1;
}

/* Sorts the array on top by names in byte order: folders give them in any order. */
static void sort_names(lua_State *L) { /* [-0, +0] */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, LUA_TABLIBNAME);
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, -4); /* list loaded table sort list */
    lua_pushcfunction(L, is_name_less);
    lua_call(L, 2, 0);
    lua_pop(L, 2);
}

static int system_list(lua_State *L) {
    const char *path = check_path(L, 1);
    guard *held;
    struct dirent *entry;
    lua_Integer n = 0;
    if (!path)
        return fail_zero(L);
    held = guard_push(L);
    held->dir = opendir(path);
    if (!held->dir)
        return fail_errno(L, errno, "cannot list", path);
    lua_newtable(L);
    while ((errno = 0, entry = readdir(held->dir)) != NULL) {
        struct stat facts;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        lua_createtable(L, 0, 4);
        lua_pushstring(L, entry->d_name);
        lua_setfield(L, -2, "name");
        /* A link to nothing is listed all the same: whoever opens it is told. */
        if (fstatat(dirfd(held->dir), entry->d_name, &facts, 0) != 0) {
            memset(&facts, 0, sizeof facts);
        }
        set_facts(L, &facts);
        lua_rawseti(L, -2, ++n);
    }
    if (errno != 0)
        return fail_errno(L, errno, "cannot list", path);
    sort_names(L);
    return 1;
}

static int too_large(lua_State *L, const char *path, lua_Integer max) {
    char reason[64];
    snprintf(reason, sizeof reason, "more than %lld bytes", (long long)max);
    return fail(L, MSIG_ELIMIT, "cannot read", path, reason);
}

/* read(path, max, regular) */
static int system_read(lua_State *L) {
    const char *path = check_path(L, 1);
    lua_Integer max = luaL_optinteger(L, 2, LUA_MAXINTEGER);
    bool regular = lua_toboolean(L, 3);
    lua_Integer total = 0;
    struct stat facts;
    luaL_Buffer buffer;
    guard *held;
    ssize_t n;
    if (!path)
        return fail_zero(L);
    held = guard_push(L);
    /* Not blocking: a pipe without a writer must not hold up the program. */
    held->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (held->fd < 0 || fstat(held->fd, &facts) != 0)
        return fail_errno(L, errno, "cannot read", path);
    if (S_ISDIR(facts.st_mode))
        return fail_errno(L, EISDIR, "cannot read", path);
    if (S_ISREG(facts.st_mode) && (lua_Integer)facts.st_size > max)
        return too_large(L, path, max);
    if (!S_ISREG(facts.st_mode) && regular)
        return fail(L, MSIG_EIO, "cannot read", path, "a pipe or a device");
    if (!S_ISREG(facts.st_mode))
        (void)fcntl(held->fd, F_SETFL, 0);
    luaL_buffinit(L, &buffer);
    do {
        char *room = luaL_prepbuffsize(&buffer, READ_CHUNK);
        while ((n = read(held->fd, room, READ_CHUNK)) < 0 && errno == EINTR)
            ;
        if (n < 0)
            return fail_errno(L, errno, "cannot read", path);
        luaL_addsize(&buffer, (size_t)n);
        total += n;
        if (total > max)
            return too_large(L, path, max);
    } while (n > 0);
    luaL_pushresult(&buffer);
    return 1;
}

/* What is to be written, piece after piece; `own`: into a file of our own, which need not survive a
 * loss of power, and which takes the place of whatever else got its name. */
typedef struct contents {
    const msig_span *pieces;
    size_t count;
    bool own;
} contents;

static int write_text(int fd, const char *text, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

static int write_all(int fd, const contents *what) {
    int error = 0;
    for (size_t i = 0; error == 0 && i < what->count; i++)
        error = write_text(fd, what->pieces[i].ptr, what->pieces[i].len);
    return error;
}

/* Pipes and devices cannot be replaced: they are written to. */
static int write_straight(const char *path, const contents *what) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int error;
    if (fd < 0)
        return errno;
    error = write_all(fd, what);
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

/* Makes a new file beside `path`, with the name in temp; returns its descriptor or -1. */
static int open_temp(char *temp, size_t size, const char *path) {
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    for (int i = 0; i < TEMP_TRIES; i++) {
        int fd;
        int n = snprintf(temp, size, "%.*s.modelsig-%ld-%ld", folder, path, (long)getpid(),
                         now.tv_nsec + i);
        if (n < 0 || (size_t)n >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static void sync_folder(const char *path) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                     slash ? path : ".");
    int fd = n < (int)sizeof folder ? open(folder, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

/* Replaces a file by way of a temporary one. Returns an errno; 0 when all went well. */
static int write_renamed(const char *path, const contents *what, const mode_t *mode) {
    char temp[PATH_MAX];
    int error = 0;
    int fd = open_temp(temp, sizeof temp, path);
    if (fd < 0)
        return errno;
    if (mode && fchmod(fd, *mode & 07777) != 0)
        error = errno;
    if (error == 0)
        error = write_all(fd, what);
    if (error == 0 && !what->own && fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(temp, path) != 0)
        error = errno;
    if (error != 0)
        (void)unlink(temp);
    else if (!what->own)
        sync_folder(path);
    return error;
}

static int write_file(const char *path, const contents *what) {
    char target[PATH_MAX];
    struct stat facts;
    if (what->own) {
        bool known = lstat(path, &facts) == 0 && S_ISREG(facts.st_mode);
        return write_renamed(path, what, known ? &facts.st_mode : NULL);
    }
    if (stat(path, &facts) != 0) {
        /* A link to nothing stays a link: it is not replaced by a file. */
        if (errno != ENOENT)
            return errno;
        if (lstat(path, &facts) == 0)
            return ENOENT;
        return write_renamed(path, what, NULL);
    }
    if (S_ISDIR(facts.st_mode))
        return EISDIR;
    if (!S_ISREG(facts.st_mode))
        return write_straight(path, what);
    if (access(path, W_OK) != 0)
        return errno;
    if (!realpath(path, target))
        return errno;
    return write_renamed(target, what, &facts.st_mode);
}

/* The texts of the list at index 2, which keeps them, in a userdata that is left on the stack. */
static contents list_contents(lua_State *L) {
    size_t count = (size_t)lua_rawlen(L, 2);
    msig_span *pieces = lua_newuserdatauv(L, (count + 1) * sizeof *pieces, 0);
    for (size_t i = 0; i < count; i++) {
        if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_argerror(L, 2, "a list of strings expected");
        pieces[i].ptr = lua_tolstring(L, -1, &pieces[i].len);
        lua_pop(L, 1);
    }
    return (contents){pieces, count, false};
}

/* write_atomic(path, text | texts, own) */
static int system_write_atomic(lua_State *L) {
    const char *path = check_path(L, 1);
    msig_span text;
    contents what = {&text, 1, false};
    int error;
    if (!path)
        return fail_zero(L);
    if (lua_type(L, 2) == LUA_TTABLE)
        what = list_contents(L);
    else
        text.ptr = luaL_checklstring(L, 2, &text.len);
    what.own = lua_toboolean(L, 3);
    error = path[0] ? write_file(path, &what) : ENOENT;
    if (error != 0)
        return fail(L, MSIG_EIO, "cannot write", path, strerror(error));
    lua_pushboolean(L, 1);
    return 1;
}

static int make_folder(const char *path, mode_t mode) {
    struct stat facts;
    if (mkdir(path, mode) == 0)
        return 0;
    if (errno == EEXIST && stat(path, &facts) == 0)
        return S_ISDIR(facts.st_mode) ? 0 : ENOTDIR;
    return errno;
}

static int system_mkdir_p(lua_State *L) {
    const char *path = check_path(L, 1);
    char part[PATH_MAX];
    mode_t mode = lua_toboolean(L, 2) ? 0700 : 0777;
    int error = 0;
    if (!path)
        return fail_zero(L);
    if (strlen(path) >= sizeof part)
        return fail(L, MSIG_EIO, "cannot make", path, strerror(ENAMETOOLONG));
    for (size_t i = 1; path[0] && error == 0; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        error = make_folder(part, mode);
        if (path[i] == '\0')
            break;
    }
    if (error != 0)
        return fail(L, MSIG_EIO, "cannot make", path, strerror(error));
    lua_pushboolean(L, 1);
    return 1;
}

static int system_realpath(lua_State *L) {
    const char *path = check_path(L, 1);
    char target[PATH_MAX];
    if (!path)
        return fail_zero(L);
    if (!realpath(path, target))
        return fail_errno(L, errno, "cannot follow", path);
    lua_pushstring(L, target);
    return 1;
}

static int system_cwd(lua_State *L) {
    char path[PATH_MAX];
    if (!getcwd(path, sizeof path))
        return fail_errno(L, errno, "cannot tell", "the current folder");
    lua_pushstring(L, path);
    return 1;
}

static int system_isatty(lua_State *L) {
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

static int system_columns(lua_State *L) {
    static const int candidates[] = {STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        struct winsize size;
        if (ioctl(candidates[i], TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
            lua_pushinteger(L, size.ws_col);
            return 1;
        }
    }
    lua_pushnil(L);
    return 1;
}

/* By the environment and not by setlocale, which would change how numbers are read and written. */
static int system_utf8(lua_State *L) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = "";
    const char *charset;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *found = getenv(names[i]);
        if (found && found[0]) {
            value = found;
            break;
        }
    }
    charset = strchr(value, '.');
    lua_pushboolean(L, charset && (strncasecmp(charset + 1, "utf-8", 5) == 0 ||
                                   strncasecmp(charset + 1, "utf8", 4) == 0));
    return 1;
}

static int system_time(lua_State *L) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec * 1e-9);
    return 1;
}

static const luaL_Reg functions[] = {
    {"list", system_list},       {"stat", system_stat},       {"read", system_read},
    {"mkdir_p", system_mkdir_p}, {"realpath", system_realpath}, {"cwd", system_cwd},
    {"isatty", system_isatty},   {"columns", system_columns}, {"utf8", system_utf8},
    {"time", system_time},       {"write_atomic", system_write_atomic},
    {NULL, NULL},
};

int luaopen_modelsig_native_system(lua_State *L) {
    if (luaL_newmetatable(L, GUARD)) {
        lua_pushcfunction(L, guard_close);
        lua_setfield(L, -2, "__close");
        lua_pushcfunction(L, guard_close);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
