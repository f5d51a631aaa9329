/* Loaded before the program in builds that measure coverage: notes which lines of Lua run, beside
 * the hooks that the program sets itself, and writes them to $MODELSIG_COVER/PID.lines at the end.
 * A stock lua5.4 has its own Lua inside; there lines.lua does the same. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 1024, MOST_LINES = 4096, MOST_STATES = 65536 };

static struct {
    char name[200];
    unsigned char ran[MOST_LINES];
} files[MOST_FILES];

/* The hook that the program itself has set for a state. */
static struct {
    lua_State *L;
    lua_Hook hook;
    int mask, count;
} states[MOST_STATES];

static int file_count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static size_t place_of(lua_State *L)
{
    size_t at = ((size_t)L >> 4) % MOST_STATES;
    while (states[at].L && states[at].L != L) at = (at + 1) % MOST_STATES;
    states[at].L = L;
    return at;
}

static void note(const char *source, int line)
{
    const char *name = strstr(source, "modelsig/");
    if (!name || line < 0 || line >= MOST_LINES || strlen(name) >= sizeof files[0].name) return;
    int i = 0;
    while (i < file_count && strcmp(files[i].name, name) != 0) i++;
    if (i == MOST_FILES) return;
    if (i == file_count) strcpy(files[file_count++].name, name);
    files[i].ran[line] = 1;
}

static void on_event(lua_State *L, lua_Debug *ar)
{
    pthread_mutex_lock(&mutex);
    size_t at = place_of(L);
    lua_Hook hook = states[at].hook;
    int mask = states[at].mask;
    pthread_mutex_unlock(&mutex);
    if (ar->event == LUA_HOOKLINE) {
        int line = ar->currentline;
        lua_Debug about = *ar;
        if (lua_getinfo(L, "S", &about) && about.source[0] == '@') {
            pthread_mutex_lock(&mutex);
            note(about.source + 1, line);
            pthread_mutex_unlock(&mutex);
        }
    }
    int bit = ar->event == LUA_HOOKTAILCALL ? LUA_MASKCALL : 1 << ar->event;
    if (hook && (mask & bit)) hook(L, ar);
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

void lua_sethook(lua_State *L, lua_Hook hook, int mask, int count)
{
    void (*set)(lua_State *, lua_Hook, int, int);
    *(void **)&set = real("lua_sethook");
    pthread_mutex_lock(&mutex);
    size_t at = place_of(L);
    states[at].hook = mask ? hook : NULL;
    states[at].mask = hook ? mask : 0;
    states[at].count = count;
    pthread_mutex_unlock(&mutex);
    set(L, on_event, (hook ? mask : 0) | LUA_MASKLINE, count);
}

lua_Hook lua_gethook(lua_State *L) { return states[place_of(L)].hook; }
int lua_gethookmask(lua_State *L) { return states[place_of(L)].mask; }
int lua_gethookcount(lua_State *L) { return states[place_of(L)].count; }

/* A thread has the hook of the state that made it; memory of a dead one may come back as it. */
lua_State *lua_newthread(lua_State *L)
{
    lua_State *(*make)(lua_State *);
    *(void **)&make = real("lua_newthread");
    lua_State *thread = make(L);
    pthread_mutex_lock(&mutex);
    size_t from = place_of(L), to = place_of(thread);
    states[to].hook = states[from].hook;
    states[to].mask = states[from].mask;
    states[to].count = states[from].count;
    pthread_mutex_unlock(&mutex);
    return thread;
}

lua_State *lua_newstate(lua_Alloc alloc, void *ud)
{
    lua_State *(*make)(lua_Alloc, void *);
    *(void **)&make = real("lua_newstate");
    lua_State *L = make(alloc, ud);
    if (L) lua_sethook(L, NULL, 0, 0);
    return L;
}

lua_State *luaL_newstate(void)
{
    lua_State *(*make)(void);
    *(void **)&make = real("luaL_newstate");
    lua_State *L = make();
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
    for (int i = 0; i < file_count; i++) {
        for (int line = 0; line < MOST_LINES; line++) {
            if (files[i].ran[line]) fprintf(out, "%s %d\n", files[i].name, line);
        }
    }
    fclose(out);
}
