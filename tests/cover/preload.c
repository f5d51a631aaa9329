/* Loaded before the program in builds that measure coverage: notes which lines of Lua run, beside
 * the hooks that the program sets itself, and writes them to $MODELSIG_COVER/PID.lines at the end.
 * lua.c is for what runs in a stock lua5.4, which has its own Lua inside.
 *
 * A hook may be set in a signal handler: nothing here waits for a lock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 1024, MOST_LINES = 4096, MOST_STATES = 65536, MOST_SOURCES = 8192 };

static struct {
    char name[200];
    unsigned char ran[MOST_LINES];
} files[MOST_FILES];

/* Where a source was found last, by its address; the text says whether it is still that one. */
static struct {
    const char *at;
    char text[200];
    int file;
} sources[MOST_SOURCES];

/* The hook that the program itself has set for a state. */
static struct {
    _Atomic(lua_State *) L;
    lua_Hook hook;
    int mask, count;
} states[MOST_STATES];

static atomic_int file_count;

static size_t place_of(lua_State *L)
{
    size_t at = ((size_t)L >> 4) % MOST_STATES;
    for (;;) {
        lua_State *there = atomic_load_explicit(&states[at].L, memory_order_relaxed);
        if (there == L) return at;
        there = NULL;
        if (atomic_compare_exchange_strong(&states[at].L, &there, L) || there == L) return at;
        at = (at + 1) % MOST_STATES;
    }
}

/* "modelsig/..." of a module, "rules/..." of a rule of the tree or the binary, NULL of the rest. */
static const char *name_of(const char *source)
{
    const char *root = getenv("MODELSIG_ROOT"), *name = source;
    size_t len = root ? strlen(root) : 0;
    if (len > 0 && strncmp(name, root, len) == 0 && name[len] == '/') name += len + 1;
    while (strncmp(name, "./", 2) == 0) name += 2;
    if (strncmp(name, "rules/", 6) == 0) return name;
    const char *at = NULL;
    while ((name = strstr(name, "modelsig/")) != NULL) at = name++;
    return at;
}

static int file_of(const char *source)
{
    const char *name = name_of(source);
    if (!name || strlen(name) >= sizeof files[0].name) return -1;
    int count = file_count;
    for (int i = 0; i < count; i++) {
        if (strcmp(files[i].name, name) == 0) return i;
    }
    int i = atomic_fetch_add(&file_count, 1);
    if (i >= MOST_FILES) return -1;
    strcpy(files[i].name, name);
    return i;
}

static void note(const char *source, int line)
{
    if (line < 0 || line >= MOST_LINES) return;
    size_t at = ((size_t)source >> 3) % MOST_SOURCES;
    if (sources[at].at != source || strncmp(sources[at].text, source, 199) != 0) {
        sources[at].at = source;
        sources[at].file = file_of(source);
        snprintf(sources[at].text, sizeof sources[at].text, "%s", source);
    }
    if (sources[at].file >= 0) files[sources[at].file].ran[line] = 1;
}

static void on_event(lua_State *L, lua_Debug *ar)
{
    size_t at = place_of(L);
    lua_Hook hook = states[at].hook;
    int mask = states[at].mask;
    if (ar->event == LUA_HOOKLINE && lua_getinfo(L, "S", ar) && ar->source[0] == '@')
        note(ar->source + 1, ar->currentline);
    int bit = ar->event == LUA_HOOKTAILCALL ? LUA_MASKCALL : 1 << ar->event;
    if (hook && (mask & bit)) hook(L, ar);
}

/* What the program would call without this file; looked up once. */
static void (*real_sethook)(lua_State *, lua_Hook, int, int);
static lua_State *(*real_newthread)(lua_State *);
static lua_State *(*real_newstate)(lua_Alloc, void *);
static lua_State *(*real_open)(void);

__attribute__((constructor)) static void find_real(void)
{
    *(void **)&real_sethook = dlsym(RTLD_NEXT, "lua_sethook");
    *(void **)&real_newthread = dlsym(RTLD_NEXT, "lua_newthread");
    *(void **)&real_newstate = dlsym(RTLD_NEXT, "lua_newstate");
    *(void **)&real_open = dlsym(RTLD_NEXT, "luaL_newstate");
}

static void own_hook(lua_State *L, lua_Hook hook, int mask, int count)
{
    size_t at = place_of(L);
    states[at].hook = mask ? hook : NULL;
    states[at].mask = hook ? mask : 0;
    states[at].count = count;
}

void lua_sethook(lua_State *L, lua_Hook hook, int mask, int count)
{
    own_hook(L, hook, mask, count);
    real_sethook(L, on_event, (hook ? mask : 0) | LUA_MASKLINE, count);
}

lua_Hook lua_gethook(lua_State *L) { return states[place_of(L)].hook; }
int lua_gethookmask(lua_State *L) { return states[place_of(L)].mask; }
int lua_gethookcount(lua_State *L) { return states[place_of(L)].count; }

/* A thread has the hook of the state that made it; memory of a dead one may come back as it. */
lua_State *lua_newthread(lua_State *L)
{
    lua_State *thread = real_newthread(L);
    size_t from = place_of(L);
    own_hook(thread, states[from].hook, states[from].mask, states[from].count);
    return thread;
}

lua_State *lua_newstate(lua_Alloc alloc, void *ud)
{
    lua_State *L = real_newstate(alloc, ud);
    if (L) lua_sethook(L, NULL, 0, 0);
    return L;
}

lua_State *luaL_newstate(void)
{
    lua_State *L = real_open();
    if (L) lua_sethook(L, NULL, 0, 0);
    return L;
}

__attribute__((destructor)) static void write_lines(void)
{
    const char *folder = getenv("MODELSIG_COVER");
    char path[4096];
    if (!folder || file_count == 0) return;
    snprintf(path, sizeof path, "%s/%ld.lines", folder, (long)getpid());
    FILE *out = fopen(path, "a");
    if (!out) return;
    for (int i = 0; i < file_count && i < MOST_FILES; i++) {
        for (int line = 0; line < MOST_LINES; line++) {
            if (files[i].ran[line]) fprintf(out, "%s %d\n", files[i].name, line);
        }
    }
    fclose(out);
}
