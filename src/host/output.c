/*
 * Output of Lua that goes to callbacks of the embedding program. A stream has the methods of a file
 * that writing code uses.
 */
#include <lauxlib.h>

#include "host/host.h"

#define TYPE "modelsig.stream"

typedef struct stream {
    msig_write_fn write;
    void *ctx;
} stream;

static int stream_write(lua_State *L) {
    const stream *self = luaL_checkudata(L, 1, TYPE);
    int count = lua_gettop(L);
    for (int i = 2; i <= count; i++) {
        size_t len;
        const char *text = luaL_checklstring(L, i, &len);
        self->write(self->ctx, text, len);
    }
    lua_settop(L, 1);
    return 1;
}

static int stream_nothing(lua_State *L) {
    luaL_checkudata(L, 1, TYPE);
    lua_settop(L, 1);
    return 1;
}

/* io.write(...): upvalue 1 is the stream. */
static int write_out(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    return stream_write(L);
}

static int print_out(lua_State *L) {
    const stream *self = lua_touserdata(L, lua_upvalueindex(1));
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) {
        size_t len;
        const char *text = luaL_tolstring(L, i, &len);
        if (i > 1)
            self->write(self->ctx, "\t", 1);
        self->write(self->ctx, text, len);
        lua_pop(L, 1);
    }
    self->write(self->ctx, "\n", 1);
    return 0;
}

static const luaL_Reg methods[] = {
    {"close", stream_nothing}, {"flush", stream_nothing}, {"setvbuf", stream_nothing},
    {"write", stream_write},   {NULL, NULL},
};

static void push_stream(lua_State *L, msig_write_fn write, void *ctx) {
    stream *self = lua_newuserdatauv(L, sizeof *self, 0);
    self->write = write;
    self->ctx = ctx;
    luaL_setmetatable(L, TYPE);
}

void msig_output_install(lua_State *L, const msig_host_options *options) {
    if (!options->out && !options->err)
        return;
    luaL_newmetatable(L, TYPE);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_getglobal(L, "io");
    if (options->out) {
        push_stream(L, options->out, options->ctx); /* io stream */
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, "stdout");
        lua_pushvalue(L, -1);
        lua_pushcclosure(L, write_out, 1);
        lua_setfield(L, -3, "write");
        lua_pushcclosure(L, print_out, 1);
        lua_setglobal(L, "print");
    }
    if (options->err) {
        push_stream(L, options->err, options->ctx);
        lua_setfield(L, -2, "stderr");
    }
    lua_pop(L, 1);
}
