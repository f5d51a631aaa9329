/*
 * modelsig.native.prompt: reading lines with editing, history and completion.
 *
 * libedit calls our completion from inside its own loop: the Lua function runs there under a
 * protected call, and a failure of it only means that nothing is completed.
 */
#include <errno.h>
#include <lauxlib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "bind/bind.h"
#include "bind/context.h"

#define TYPE "modelsig.editor"

#if MODELSIG_REPL

#include "bind/edit_library.h"

enum { HISTORY_LINES = 1000, ENDS_WORD = '\n' };

typedef struct editor {
    EditLine *edit; /* NULL: closed */
    History *history;
    lua_State *L;     /* the state that is reading */
    const char *text; /* the prompt, borrowed while reading */
    char *file;       /* where the history is kept; freed with free */
    sigset_t mask;    /* of the thread, before the line is read */
} editor;

/* There whenever the module is. */
static const msig_edit *lib(void) { return msig_edit_library(); }

static char *show_prompt(EditLine *edit) {
    static char nothing[] = "";
    editor *self = NULL;
    lib()->el_get(edit, EL_CLIENTDATA, &self);
    /* libedit takes a char pointer and only reads it. */
    union {
        const char *in;
        char *out;
    } text = {self && self->text ? self->text : nothing};
    return text.out;
}

/* complete(words, line) -> text to insert, text to list. Runs protected. */
static int ask(lua_State *L) {
    lua_getiuservalue(L, 1, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 1, 2); /* words from */
    if (!lua_istable(L, -2))
        return 0;
    lua_Integer from = luaL_optinteger(L, -1, 1);
    lua_pop(L, 1);
    size_t common = 0;
    const char *first = NULL;
    lua_Integer count = luaL_len(L, -1);
    luaL_Buffer listing;
    luaL_checkstack(L, 8, "completion");
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 3, i);
        const char *word = luaL_checkstring(L, -1);
        size_t n = 0;
        if (!first) {
            first = word;
            common = strlen(word);
        }
        while (n < common && word[n] == first[n])
            n++;
        common = n;
        lua_pop(L, 1); /* the table keeps it */
    }
    if (!first)
        return 0;
    size_t typed = lua_rawlen(L, 2) + 1 - (size_t)from;
    lua_pushlstring(L, first + (typed < common ? typed : common),
                    typed < common ? common - typed : 0);
    if (count == 1)
        return 1;
    luaL_buffinit(L, &listing);
    luaL_addchar(&listing, '\n');
    for (lua_Integer i = 1; i <= count && i <= 100; i++) {
        lua_rawgeti(L, 3, i);
        luaL_addvalue(&listing);
        luaL_addstring(&listing, "  ");
    }
    luaL_addchar(&listing, '\n');
    luaL_pushresult(&listing);
    return 2;
}

static int prepare(lua_State *L) {
    const LineInfo *line = lua_touserdata(L, 2);
    lua_pushcfunction(L, ask);
    lua_pushvalue(L, 1);
    lua_pushlstring(L, line->buffer, (size_t)(line->cursor - line->buffer));
    lua_call(L, 2, 2);
    return 2;
}

static unsigned char on_tab(EditLine *edit, int key) {
    (void)key;
    editor *self = NULL;
    lib()->el_get(edit, EL_CLIENTDATA, &self);
    lua_State *L = self ? self->L : NULL;
    if (!L || !lua_checkstack(L, 8))
        return CC_ERROR;
    int top = lua_gettop(L);
    union {
        const LineInfo *in;
        void *out;
    } line = {lib()->el_line(edit)};
    lua_pushcfunction(L, prepare);
    lua_pushvalue(L, 1); /* the editor: first argument of read */
    lua_pushlightuserdata(L, line.out);
    unsigned char answer = CC_ERROR;
    if (lua_pcall(L, 2, 2, 0) == LUA_OK && lua_isstring(L, -2)) {
        const char *insert = lua_tostring(L, -2);
        answer = CC_REFRESH;
        if (*insert)
            lib()->el_insertstr(edit, insert);
        else if (lua_isstring(L, -1)) {
            fputs(lua_tostring(L, -1), stdout);
            answer = CC_REDISPLAY;
        }
    }
    lua_settop(L, top);
    return answer;
}

static editor *check(lua_State *L) {
    editor *self = luaL_checkudata(L, 1, TYPE);
    if (!self->edit)
        luaL_argerror(L, 1, "the editor is closed");
    return self;
}

/* Reads a character of the terminal for libedit. Ctrl-C is let through here and nowhere else while
 * a line is read, so that none is lost between two steps. Returns how many were read; -1: stopped.
 */
static int read_char(EditLine *edit, wchar_t *out) {
    editor *self = NULL;
    mbstate_t state;
    char byte;
    memset(&state, 0, sizeof state);
    lib()->el_get(edit, EL_CLIENTDATA, &self);
    for (;;) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(STDIN_FILENO, &set);
        if (msig_bind_cancelled(self->L))
            return -1;
        if (pselect(STDIN_FILENO + 1, &set, NULL, NULL, NULL, &self->mask) < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return (int)n;
        size_t len = mbrtowc(out, &byte, 1, &state);
        if (len == (size_t)-1)
            memset(&state, 0, sizeof state); /* no character here: dropped */
        else if (len != (size_t)-2)
            return 1;
    }
}

static int interrupted(lua_State *L) {
    msig_bind_noted(L);
    tcflush(STDIN_FILENO, TCIFLUSH);
    fputc('\n', stdout);
    lua_pushnil(L);
    lua_pushliteral(L, "interrupted");
    return 2;
}

/* What is typed is text of the environment's locale. Without one it is UTF-8, as on terminals of
 * containers, where bytes above 127 would be dropped else. */
static void typed_locale(void) {
    const char *name = setlocale(LC_CTYPE, "");
    if (!name || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

static const char *read_line(editor *self, int *len) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    pthread_sigmask(SIG_BLOCK, &blocked, &self->mask);
    typed_locale();
    lib()->el_resize(self->edit); /* the window may be another size by now */
    const char *line = lib()->el_gets(self->edit, len);
    setlocale(LC_CTYPE, "C");
    pthread_sigmask(SIG_SETMASK, &self->mask, NULL);
    return line;
}

/* editor:read(prompt) -> line | nil at the end | nil, "interrupted" */
static int editor_read(lua_State *L) {
    editor *self = check(L);
    self->text = luaL_checkstring(L, 2);
    self->L = L;
    int len = 0;
    const char *line = read_line(self, &len);
    self->L = NULL;
    self->text = NULL;
    if (!line || len <= 0) {
        if (msig_bind_cancelled(L))
            return interrupted(L);
        lua_pushnil(L);
        return 1;
    }
    HistEvent event;
    if (len > 1)
        lib()->history(self->history, &event, H_ENTER, line);
    lua_pushlstring(L, line, (size_t)(line[len - 1] == ENDS_WORD ? len - 1 : len));
    return 1;
}

static int editor_close(lua_State *L) {
    editor *self = luaL_checkudata(L, 1, TYPE);
    HistEvent event;
    if (self->history) {
        if (self->file)
            lib()->history(self->history, &event, H_SAVE, self->file);
        lib()->history_end(self->history);
        self->history = NULL;
    }
    if (self->edit)
        lib()->el_end(self->edit);
    self->edit = NULL;
    free(self->file);
    self->file = NULL;
    return 0;
}

static void start(editor *self) {
    HistEvent event;
    lib()->history(self->history, &event, H_SETSIZE, HISTORY_LINES);
    lib()->history(self->history, &event, H_SETUNIQUE, 1);
    if (self->file)
        lib()->history(self->history, &event, H_LOAD, self->file);
    lib()->el_set(self->edit, EL_CLIENTDATA, self);
    lib()->el_set(self->edit, EL_PROMPT, show_prompt);
    lib()->el_set(self->edit, EL_GETCFN, read_char);
    /* Ctrl-C leaves the typed characters to us: what is ready to read must not vanish before. */
    lib()->el_set(self->edit, EL_SETTY, "-d", "+noflsh", NULL);
    /* Which keys are letters is decided here: some above 127 are, where the terminal says so. */
    typed_locale();
    lib()->el_set(self->edit, EL_EDITOR, "emacs");
    setlocale(LC_CTYPE, "C");
    lib()->el_set(self->edit, EL_HIST, lib()->history, self->history);
    lib()->el_set(self->edit, EL_ADDFN, "modelsig-complete", "complete", on_tab);
    lib()->el_set(self->edit, EL_BIND, "^I", "modelsig-complete", NULL);
}

/* open{history=, complete=} -> editor | nil, message, code */
static int prompt_open(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "history");
    const char *file = luaL_optstring(L, -1, NULL);
    editor *self = msig_handle_new(L, sizeof *self, TYPE);
    lua_getfield(L, 1, "complete");
    lua_setiuservalue(L, -2, 1);
    if (file && !(self->file = strdup(file)))
        return luaL_error(L, "not enough memory");
    self->history = lib()->history_init();
    self->edit = lib()->el_init("modelsig", stdin, stdout, stderr);
    if (!self->history || !self->edit)
        return luaL_error(L, "not enough memory");
    start(self);
    return 1;
}

static const luaL_Reg methods[] = {
    {"close", editor_close},
    {"read", editor_read},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__close", editor_close},
    {"__gc", editor_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", prompt_open},
    {NULL, NULL},
};

int luaopen_modelsig_native_prompt(lua_State *L) {
    if (!lib())
        return luaL_error(L, "unsupported: no libedit was found");
    luaL_newmetatable(L, TYPE);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    luaL_newlib(L, functions);
    return 1;
}

#else

int luaopen_modelsig_native_prompt(lua_State *L) {
    return luaL_error(L, "unsupported: built without line editing");
}

#endif
