/*
 * embed ROOT LIST OUT.c: writes the files of LIST (paths below ROOT, a line each) as byte arrays,
 * in the order of the list, so that the same tree gives the same object. A Lua file goes in twice:
 * its text, which is what people see and what any Lua can load, and the chunk that this Lua makes
 * of it, with its lines and without the names of its variables, which loads about ten times as
 * fast. OUT is touched only when it would differ.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PER_LINE = 24, LONGEST_PATH = 4096 };

#define FAMILY_INDEX "rules/families/index.lua"

typedef struct bytes {
    char *ptr;
    size_t len, room;
} bytes;

static void add(bytes *to, const void *from, size_t len) {
    if (to->room - to->len < len + 1) {
        to->room = (to->room + len + 1) * 2;
        to->ptr = realloc(to->ptr, to->room);
        if (!to->ptr)
            exit(EXIT_FAILURE);
    }
    memcpy(to->ptr + to->len, from, len);
    to->len += len;
    to->ptr[to->len] = '\0';
}

static void add_text(bytes *to, const char *text) { add(to, text, strlen(text)); }

static bool read_file(const char *path, bytes *out) {
    char chunk[1 << 16];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        add(out, chunk, n);
    bool ok = !ferror(file);
    fclose(file);
    return ok;
}

static int append(lua_State *L, const void *from, size_t len, void *to) {
    (void)L;
    add(to, from, len);
    return 0;
}

/* The reader of a compiled chunk, in the layout of Lua 5.4. All before `kept` is in the output. */
typedef struct chunk {
    const unsigned char *at, *end, *kept;
    size_t instruction, integer, number; /* sizes */
    bool broken;
} chunk;

static void skip(chunk *c, size_t len) {
    c->broken = c->broken || len > (size_t)(c->end - c->at);
    c->at += c->broken ? 0 : len;
}

static unsigned char next_byte(chunk *c) {
    skip(c, 1);
    return c->broken ? 0 : c->at[-1];
}

/* Seven bits a byte, the highest first; the last byte has the eighth bit. */
static size_t next_size(chunk *c) {
    size_t n = 0;
    unsigned char part = 0;
    while (!c->broken && !(part & 0x80)) {
        part = next_byte(c);
        n = n << 7 | (part & 0x7f);
    }
    return c->broken ? 0 : n;
}

static void skip_string(chunk *c) {
    size_t len = next_size(c); /* 0: none, else one more than its bytes */
    skip(c, len ? len - 1 : 0);
}

static void skip_constant(chunk *c) {
    enum { INTEGER = 0x03, NUMBER = 0x13, SHORT = 0x04, LONG = 0x14 };
    switch (next_byte(c)) {
    case INTEGER: skip(c, c->integer); break;
    case NUMBER: skip(c, c->number); break;
    case SHORT:
    case LONG: skip_string(c); break;
    default: break; /* the type tells it all */
    }
}

/* The names of local variables and upvalues: none. */
static void drop_names(chunk *c, bytes *out) {
    add(out, c->kept, (size_t)(c->at - c->kept));
    for (size_t n = next_size(c); n > 0 && !c->broken; n--) {
        skip_string(c);
        next_size(c);
        next_size(c);
    }
    for (size_t n = next_size(c); n > 0 && !c->broken; n--)
        skip_string(c);
    add(out, "\x80\x80", 2);
    c->kept = c->at;
}

static void thin_function(chunk *c, bytes *out) {
    skip_string(c); /* source */
    next_size(c);
    next_size(c);
    skip(c, 3);
    skip(c, next_size(c) * c->instruction);
    for (size_t n = next_size(c); n > 0 && !c->broken; n--)
        skip_constant(c);
    skip(c, next_size(c) * 3); /* upvalues */
    for (size_t n = next_size(c); n > 0 && !c->broken; n--)
        thin_function(c, out);
    skip(c, next_size(c)); /* lines */
    for (size_t n = 2 * next_size(c); n > 0 && !c->broken; n--)
        next_size(c);
    if (!c->broken)
        drop_names(c, out);
}

/* Adds a chunk without the names of its variables, which take half of the time to load it. Returns
 * false, and what it added is of no use, where the chunk has another layout than that of Lua 5.4. */
static bool add_thin(bytes *out, const bytes *whole) {
    enum { SIZES = 12 }; /* after signature, version, format and a text that tells damage */
    chunk c = {.at = (const unsigned char *)whole->ptr};
    c.kept = c.at;
    c.end = c.at + whole->len;
    skip(&c, SIZES);
    c.instruction = next_byte(&c);
    c.integer = next_byte(&c);
    c.number = next_byte(&c);
    skip(&c, c.integer + c.number + 1);
    thin_function(&c, out);
    return !c.broken && c.at == c.end;
}

/* A module is named as `require` finds it, everything else by its path. */
static bool compile(lua_State *L, const char *path, const bytes *text, bytes *code) {
    const char *shown = strncmp(path, "lua/", 4) == 0 ? path + 4 : path;
    const char *name = lua_pushfstring(L, "@%s", shown);
    if (luaL_loadbufferx(L, text->ptr ? text->ptr : "", text->len, name, "t") != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return false;
    }
    bytes whole = {0};
    lua_dump(L, append, &whole, 0);
    lua_pop(L, 2);
    if (!add_thin(code, &whole)) {
        code->len = 0;
        add(code, whole.ptr, whole.len);
    }
    free(whole.ptr);
    return true;
}

static void add_array(bytes *to, char letter, int number, const bytes *content) {
    char word[64];
    snprintf(word, sizeof word, "static const unsigned char %c%d[] = {", letter, number);
    add_text(to, word);
    for (size_t i = 0; i < content->len; i++) {
        snprintf(word, sizeof word, "%s%d,", i % PER_LINE == 0 ? "\n" : "",
                 (unsigned char)content->ptr[i]);
        add_text(to, word);
    }
    add_text(to, "0};\n");
}

typedef struct table {
    lua_State *L;
    const char *root;
    bytes arrays, rows;
    int count;
} table;

static void add_row(table *to, const char *path, int number, size_t text_len, size_t code_len) {
    char word[80];
    const char *slash = strchr(path, '/');
    add_text(&to->rows, "    {\"");
    add(&to->rows, path, (size_t)(slash - path));
    add_text(&to->rows, "\", \"");
    add_text(&to->rows, slash + 1);
    snprintf(word, sizeof word, "\", t%d, %zu, ", number, text_len);
    add_text(&to->rows, word);
    if (code_len)
        snprintf(word, sizeof word, "c%d, %zu},\n", number, code_len);
    add_text(&to->rows, code_len ? word : "NULL, 0},\n");
}

/* A text under a path: its arrays, and its row of the index. */
static bool add_content(table *to, const char *path, const bytes *text) {
    bytes code = {0};
    int number = to->count++;
    const char *dot = strrchr(path, '.');
    add_array(&to->arrays, 't', number, text);
    if (dot && strcmp(dot, ".lua") == 0 && strncmp(path, "samples/", 8) != 0) {
        if (!compile(to->L, path, text, &code))
            return false;
        add_array(&to->arrays, 'c', number, &code);
    }
    add_row(to, path, number, text->len, code.len);
    free(code.ptr);
    return true;
}

static bool add_file(table *to, const char *path) {
    char full[2 * LONGEST_PATH];
    bytes text = {0};
    snprintf(full, sizeof full, "%s/%s", to->root, path);
    if (!strchr(path, '/') || !read_file(full, &text)) {
        fprintf(stderr, "embed: %s cannot be read\n", full);
        return false;
    }
    bool ok = add_content(to, path, &text);
    free(text.ptr);
    return ok;
}

/* The index of the families, which a script makes of their files. The paths are on the stack. */
static bool add_family_index(table *to) {
    char script[2 * LONGEST_PATH];
    lua_State *L = to->L;
    snprintf(script, sizeof script, "%s/cmake/family_index.lua", to->root);
    luaL_openlibs(L);
    if (luaL_loadfile(L, script) != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return false;
    }
    lua_pushstring(L, to->root);
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 2, 1, 0) != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return false;
    }
    size_t len;
    const char *made = lua_tolstring(L, -1, &len);
    bytes text = {0};
    add(&text, made, len);
    bool ok = add_content(to, FAMILY_INDEX, &text);
    free(text.ptr);
    return ok;
}

/* The paths of the list, as a list on the stack. */
static bool read_list(lua_State *L, FILE *list) {
    char path[LONGEST_PATH];
    lua_newtable(L);
    for (lua_Integer i = 1; fgets(path, sizeof path, list);) {
        path[strcspn(path, "\n")] = '\0';
        if (!*path)
            continue;
        lua_pushstring(L, path);
        lua_rawseti(L, 1, i++);
    }
    return !ferror(list);
}

/* All files in the order of their paths, in which the program looks for them. */
static bool add_all(table *to) {
    bool indexed = false;
    for (lua_Integer i = 1; lua_rawgeti(to->L, 1, i) == LUA_TSTRING; i++) {
        const char *path = lua_tostring(to->L, -1);
        if (!indexed && strcmp(path, FAMILY_INDEX) > 0) {
            if (!add_family_index(to))
                return false;
            indexed = true;
        }
        if (!add_file(to, path))
            return false;
        lua_settop(to->L, 1);
    }
    return indexed;
}

static bool write_if_new(const char *path, const bytes *content) {
    bytes before = {0};
    bool same = read_file(path, &before) && before.len == content->len &&
                memcmp(before.ptr, content->ptr, content->len) == 0;
    free(before.ptr);
    if (same)
        return true;
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool ok = fwrite(content->ptr, 1, content->len, file) == content->len;
    return fclose(file) == 0 && ok;
}

int main(int argc, char **argv) {
    FILE *list = argc == 4 ? fopen(argv[2], "r") : NULL;
    table to = {.L = luaL_newstate(), .root = argv[1]};
    if (!list || !to.L) {
        fputs("embed ROOT LIST OUT.c\n", stderr);
        return EXIT_FAILURE;
    }
    char path[LONGEST_PATH];
    add_text(&to.arrays, "/* Made by cmake/embed.c. */\n#include \"bind/embedded.h\"\n\n");
    bool ok = read_list(to.L, list) && add_all(&to);
    fclose(list);
    if (!ok)
        return EXIT_FAILURE;
    lua_close(to.L);
    add_text(&to.arrays, "\nconst msig_embedded msig_embedded_files[] = {\n");
    add_text(&to.arrays, to.rows.ptr ? to.rows.ptr : "");
    snprintf(path, sizeof path,
             "    {0, 0, 0, 0, 0, 0}};\nconst size_t msig_embedded_count = %d;\n", to.count);
    add_text(&to.arrays, path);
    ok = write_if_new(argv[3], &to.arrays);
    free(to.arrays.ptr);
    free(to.rows.ptr);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
