/* lua5.4 of builds that measure coverage: an interpreter whose Lua is a shared library, so that
 * preload.c stands before it. Knows -e TEXT and a script with its arguments. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

static int traced(lua_State *L)
{
    const char *text = lua_tostring(L, 1);
    if (text) luaL_traceback(L, L, text, 1);
    return 1;
}

static int run(lua_State *L)
{
    char **argv = lua_touserdata(L, 1);
    luaL_openlibs(L);
    lua_pushcfunction(L, traced);
    int at = 1;
    for (; argv[at] && strcmp(argv[at], "-e") == 0 && argv[at + 1]; at += 2) {
        if (luaL_loadstring(L, argv[at + 1]) || lua_pcall(L, 0, 0, 2)) return lua_error(L);
    }
    if (!argv[at]) return 0;
    lua_newtable(L);
    int count = 0;
    for (int i = 0; argv[i]; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - at);
        if (i > at) count++;
    }
    lua_setglobal(L, "arg");
    if (luaL_loadfile(L, argv[at])) return lua_error(L);
    luaL_checkstack(L, count, "too many arguments");
    for (int i = 1; i <= count; i++) lua_pushstring(L, argv[at + i]);
    if (lua_pcall(L, count, 0, 2)) return lua_error(L);
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    lua_State *L = luaL_newstate();
    if (!L) return 1;
    lua_pushcfunction(L, run);
    lua_pushlightuserdata(L, argv);
    int failed = lua_pcall(L, 1, 0, 0) != LUA_OK;
    if (failed) fprintf(stderr, "lua5.4: %s\n", luaL_tolstring(L, -1, NULL));
    lua_close(L);
    return failed;
}
