/*
 * Shared by the fuzz targets that run the product as a whole: a host with the Lua and the rules of
 * the source tree, in which a script judges each input. Which lines of Lua run is told to the
 * fuzzer, since branches of C say little about them. Everything is static.
 *
 * What takes long is asked of a part of the inputs: of the corpus, of those that did something new,
 * and of one in SHARE.
 */
#ifndef MSIG_TESTS_FUZZ_SCRIPT_H
#define MSIG_TESTS_FUZZ_SCRIPT_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "modelsig.h"

/* grow.c has it; libFuzzer looks into the section below. */
void fuzz_note(uintptr_t place) __attribute__((weak));
/* grow.c and driver.c have it: is the input to be looked at wholly? */
extern bool fuzz_wholly __attribute__((weak));

enum { LINES = 1 << 15, SHARE = 512, COLLECTED = 1000 };

#ifdef MSIG_LIBFUZZER
__attribute__((section("__libfuzzer_extra_counters")))
#endif
static uint8_t lines[LINES];

static void on_line(lua_State *L, lua_Debug *activation) {
    lua_getinfo(L, "S", activation); /* functions of a file share the address of its name */
    uintptr_t place = (uintptr_t)activation->source * 31 + (uintptr_t)activation->currentline;
    if (lines[place % LINES] < 255)
        lines[place % LINES]++;
    if (fuzz_note)
        fuzz_note(place);
}

/* The state, with the function that the script returned at the bottom of its stack. */
static lua_State *open_script(const char *path, const char *scratch) {
    msig_host_options options = {.size = sizeof options, .lua_dir = ".", .no_user = 1,
                                 .module_path = "./?.lua"};
    msig_error error;
    msig_host *host = msig_host_new(&options, &error);
    if (!host || msig_host_run_file(host, path, 1, &scratch, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    lua_State *L = msig_host_lua(host);
    lua_settop(L, 0);
    lua_getglobal(L, "judge");
    lua_sethook(L, on_line, LUA_MASKLINE, 0);
    return L;
}

static bool wholly(const uint8_t *input, size_t len) {
    uint32_t hash = UINT32_C(0x811c9dc5);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ input[i]) * UINT32_C(0x01000193);
    return (&fuzz_wholly && fuzz_wholly) || (hash >> 8) % SHARE == 0;
}

/* Ends the program where judge(input, wholly) gives a text, or raises an error. */
static void judge(lua_State *L, const uint8_t *input, size_t len) {
    lua_pushvalue(L, 1);
    lua_pushlstring(L, len ? (const char *)input : "", len);
    lua_pushboolean(L, wholly(input, len));
    if (lua_pcall(L, 2, 1, 0) != LUA_OK || !lua_isnil(L, -1)) {
        const char *text = lua_tostring(L, -1);
        fprintf(stderr, "%s\n", text ? text : "an error that is no text");
        abort();
    }
    lua_settop(L, 1);
    static unsigned count;
    if (++count % COLLECTED == 0)
        lua_gc(L, LUA_GCCOLLECT); /* what has finalisers would pile up */
}

#endif
