/* Which form of an embedded file is loaded: the compiled chunk serves the release of Lua that made
 * it, any other release compiles the text. */
#include "support.h"

#include <lauxlib.h>
#include <lua.h>

/* The binding asks a Lua of our choice for its release. */
static const char *running;
#define lua_ident running
#include "bind/native_embedded.c"

/* The text and the chunk give different words, so that it is seen which was taken. */
static const char text[] = "return 'text'";
static unsigned char chunk[1024];
static size_t chunk_len;

static int keep(lua_State *L, const void *piece, size_t len, void *ctx) {
    (void)L;
    (void)ctx;
    if (len > sizeof chunk - chunk_len)
        return 1;
    memcpy(chunk + chunk_len, piece, len);
    chunk_len += len;
    return 0;
}

static void compile(lua_State *L) {
    chunk_len = 0;
    assert_int_equal(luaL_loadstring(L, "return 'chunk'"), LUA_OK);
    assert_int_equal(lua_dump(L, keep, NULL, 1), 0);
    lua_pop(L, 1);
}

static void expect(lua_State *L, const char *wanted) {
    msig_embedded file = {"lua",        "modelsig/x.lua", (const unsigned char *)text,
                          strlen(text), chunk,            chunk_len};
    int top = lua_gettop(L);
    msig_embedded_load(L, &file);
    assert_int_equal(lua_gettop(L), top + 1);
    lua_call(L, 0, 1);
    assert_string_equal(lua_tostring(L, -1), wanted);
    lua_pop(L, 1);
}

static void the_chunk_serves_its_own_release_only(void **state) {
    static const char *const others[] = {"$LuaVersion: Lua 5.4.99  Copyright $",
                                         "$LuaVersion: " LUA_RELEASE "9  Copyright $",
                                         "$LuaVersion: Lua 5.5.0  Copyright $", ""};
    (void)state;
    lua_State *L = luaL_newstate();
    compile(L);
    running = "$LuaVersion: " LUA_RELEASE "  Copyright $";
    expect(L, "chunk");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        running = others[i];
        expect(L, "text");
    }
    lua_close(L);
}

static void a_chunk_of_other_numbers_is_left_for_the_text(void **state) {
    (void)state;
    lua_State *L = luaL_newstate();
    running = "$LuaVersion: " LUA_RELEASE "  Copyright $";
    for (size_t at = 4; at < 15; at++) { /* version, format, sizes of the types */
        compile(L);
        chunk[at] ^= 0xff;
        expect(L, "text");
    }
    lua_close(L);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chunk_serves_its_own_release_only),
        cmocka_unit_test(a_chunk_of_other_numbers_is_left_for_the_text),
    };
    return cmocka_run_group_tests_name("embedded", tests, NULL, NULL);
}
