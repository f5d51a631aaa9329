/*
 * modelsig.native.net: HTTP transfers in parallel, and URLs. Answers come from session:wait; what
 * to do with them is decided in Lua.
 */
#include <lauxlib.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/context.h"

#if MODELSIG_NET

#include "net/session.h"
#include "net/text.h"
#include "net/url.h"

#define TYPE "modelsig.net"
#define TEXT_TYPE "modelsig.net.text"
#define STOP_MOST 16
#define FIELDS_MOST 16

typedef struct net_handle {
    msig_session *session; /* NULL: closed */
} net_handle;

static msig_session *check(lua_State *L) {
    net_handle *handle = luaL_checkudata(L, 1, TYPE);
    if (!handle->session)
        luaL_argerror(L, 1, "the session is closed");
    return handle->session;
}

/* ---- fields of tables ---- */

/* Raises if the table at arg has a key that is not in `names`. */
static void check_keys(lua_State *L, int arg, const char *const *names) {
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, arg)) {
        bool known = false;
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING)
            for (size_t i = 0; names[i] && !known; i++)
                known = strcmp(names[i], lua_tostring(L, -1)) == 0;
        if (!known) {
            const char *key = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?";
            luaL_argerror(L, arg, lua_pushfstring(L, "unknown field '%s'", key));
        }
    }
}

static void bad_field(lua_State *L, int arg, const char *name, const char *expected) {
    luaL_argerror(L, arg, lua_pushfstring(L, "field '%s': expected %s", name, expected));
}

/* A string, which stays on the stack; empty if the field is nil. [-0, +1] */
static msig_span text_field(lua_State *L, int arg, const char *name) {
    msig_span span = {"", 0};
    lua_getfield(L, arg, name);
    if (lua_type(L, -1) == LUA_TSTRING)
        span.ptr = lua_tolstring(L, -1, &span.len);
    else if (!lua_isnil(L, -1))
        bad_field(L, arg, name, "a string");
    return span;
}

/* A whole number from 0 to `most`; false (and 0) if the field is nil. */
static bool number_field(lua_State *L, int arg, const char *name, lua_Integer most,
                         lua_Integer *value) {
    int whole = 1;
    lua_getfield(L, arg, name);
    bool there = !lua_isnil(L, -1);
    *value = there ? lua_tointegerx(L, -1, &whole) : 0;
    if (!whole || *value < 0 || *value > most)
        bad_field(L, arg, name, "a whole number that is not negative");
    lua_pop(L, 1);
    return there;
}

static lua_Integer count_field(lua_State *L, int arg, const char *name) {
    lua_Integer value;
    number_field(L, arg, name, INT32_MAX, &value);
    return value;
}

static uint64_t size_field(lua_State *L, int arg, const char *name) {
    lua_Integer value;
    number_field(L, arg, name, LUA_MAXINTEGER, &value);
    return (uint64_t)value;
}

static bool flag_field(lua_State *L, int arg, const char *name) {
    lua_getfield(L, arg, name);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

/* ---- opening ---- */

static msig_net_stage stage_field(lua_State *L, int arg) {
    static const char *const names[] = {"connect", "headers", "body", NULL};
    lua_getfield(L, arg, "fail_stage");
    msig_net_stage stage = (msig_net_stage)luaL_checkoption(L, -1, "connect", names);
    lua_pop(L, 1);
    return stage;
}

/* open(options) -> session | nil, message, code */
static int net_open(lua_State *L) {
    static const char *const names[] = {
        "endpoint",   "token",       "user_agent", "ca_file",    "ca_path",      "http_proxy",
        "allow_http", "connections", "streams",    "jobs",       "connect_ms",   "idle_ms",
        "fail_at",    "fail_stage",  "max_bytes",  "max_requests", "http1_connections", NULL};
    msig_net_options options = {0};
    msig_err err;
    check_keys(L, 1, names);
    lua_settop(L, 1);
    options.endpoint = text_field(L, 1, "endpoint");
    options.token = text_field(L, 1, "token");
    options.user_agent = text_field(L, 1, "user_agent");
    options.ca_file = text_field(L, 1, "ca_file");
    options.ca_path = text_field(L, 1, "ca_path");
    options.http_proxy = text_field(L, 1, "http_proxy");
    options.connections = (unsigned)count_field(L, 1, "connections");
    options.streams = (unsigned)count_field(L, 1, "streams");
    options.http1_connections = (unsigned)count_field(L, 1, "http1_connections");
    options.jobs = (unsigned)count_field(L, 1, "jobs");
    options.connect_ms = (uint32_t)count_field(L, 1, "connect_ms");
    options.idle_ms = (uint32_t)count_field(L, 1, "idle_ms");
    options.max_requests = size_field(L, 1, "max_requests");
    options.max_bytes = size_field(L, 1, "max_bytes");
    options.allow_http = flag_field(L, 1, "allow_http");
    options.fail_at = size_field(L, 1, "fail_at");
    options.fail_stage = stage_field(L, 1);
    msig_alloc alloc = msig_bind_alloc(L);
    net_handle *handle = msig_handle_new(L, sizeof *handle, TYPE);
    if (msig_session_open(&alloc, &options, &handle->session, &err) != MSIG_OK)
        return msig_fail(L, &err);
    return 1;
}

/* ---- requests ---- */

static void range_field(lua_State *L, int arg, msig_net_request *request) {
    lua_Integer ends[2];
    lua_getfield(L, arg, "range");
    request->has_range = !lua_isnil(L, -1);
    if (request->has_range) {
        if (!lua_istable(L, -1))
            bad_field(L, arg, "range", "{first, last}");
        for (int i = 0; i < 2; i++) {
            int whole;
            lua_rawgeti(L, -1, i + 1);
            ends[i] = lua_tointegerx(L, -1, &whole);
            if (!whole || ends[i] < 0)
                bad_field(L, arg, "range", "{first, last}");
            lua_pop(L, 1);
        }
        if (ends[1] < ends[0])
            bad_field(L, arg, "range", "first <= last");
        request->first = (uint64_t)ends[0];
        request->last = (uint64_t)ends[1];
    }
    lua_pop(L, 1);
}

/* The array stays on the stack. [-0, +1] */
static void stop_field(lua_State *L, int arg, msig_net_request *request) {
    lua_getfield(L, arg, "stop");
    if (lua_isnil(L, -1))
        return;
    lua_Unsigned count = lua_istable(L, -1) ? lua_rawlen(L, -1) : STOP_MOST + 1;
    if (count > STOP_MOST)
        bad_field(L, arg, "stop", "an array of at most 16 statuses");
    uint16_t *stop = lua_newuserdatauv(L, STOP_MOST * sizeof *stop, 0);
    for (lua_Unsigned i = 0; i < count; i++) {
        lua_rawgeti(L, -2, (lua_Integer)i + 1);
        lua_Integer status = lua_tointeger(L, -1);
        if (status < 100 || status > 999)
            bad_field(L, arg, "stop", "an array of at most 16 statuses");
        stop[i] = (uint16_t)status;
        lua_pop(L, 1);
    }
    lua_remove(L, -2);
    request->stop = stop;
    request->stop_count = (size_t)count;
}

/* The strings stay alive in the table of the request. [-0, +2] */
static void header_fields(lua_State *L, int arg, msig_net_request *request) {
    lua_getfield(L, arg, "headers");
    if (lua_isnil(L, -1))
        return;
    if (!lua_istable(L, -1))
        bad_field(L, arg, "headers", "a table");
    msig_net_field *fields = lua_newuserdatauv(L, FIELDS_MOST * sizeof *fields, 0);
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
            bad_field(L, arg, "headers", "texts as names and values");
        if (count == FIELDS_MOST)
            bad_field(L, arg, "headers", "at most 16 headers");
        fields[count].name.ptr = lua_tolstring(L, -2, &fields[count].name.len);
        fields[count].value.ptr = lua_tolstring(L, -1, &fields[count].value.len);
        count++;
        lua_pop(L, 1);
    }
    request->fields = fields;
    request->field_count = count;
}

/* session:start(request) -> id | nil, message, code */
static int net_start(lua_State *L) {
    static const char *const names[] = {"url",        "token",     "range",      "total",
                                        "validator",  "gzip",      "max_bytes",  "allow_full",
                                        "timeout_ms", "idle_ms",   "head",       "headers",
                                        "stop",       "spread",    NULL};
    msig_session *session = check(L);
    msig_net_request request = {0};
    lua_Integer total;
    uint64_t id;
    msig_err err;
    check_keys(L, 2, names);
    lua_settop(L, 2);
    request.url = text_field(L, 2, "url");
    if (request.url.len == 0)
        bad_field(L, 2, "url", "a string");
    request.validator = text_field(L, 2, "validator");
    request.token = flag_field(L, 2, "token");
    request.head = flag_field(L, 2, "head");
    request.gzip = flag_field(L, 2, "gzip");
    request.spread = flag_field(L, 2, "spread");
    range_field(L, 2, &request);
    if (request.has_range && (request.gzip || request.head))
        bad_field(L, 2, "range", "no gzip and no head with it");
    request.has_total = number_field(L, 2, "total", LUA_MAXINTEGER, &total);
    request.total = (uint64_t)total;
    request.max_bytes = size_field(L, 2, "max_bytes");
    request.allow_full = size_field(L, 2, "allow_full");
    request.timeout_ms = (uint32_t)count_field(L, 2, "timeout_ms");
    request.idle_ms = (uint32_t)count_field(L, 2, "idle_ms");
    stop_field(L, 2, &request);
    header_fields(L, 2, &request);
    if (msig_session_start(session, &request, &id, &err) != MSIG_OK)
        return msig_fail(L, &err);
    lua_pushinteger(L, (lua_Integer)id);
    return 1;
}

/* ---- answers ---- */

static void set_span(lua_State *L, const char *name, msig_span span) {
    lua_pushlstring(L, span.ptr, span.len);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, uint64_t value) {
    lua_pushinteger(L, value <= INT64_MAX ? (lua_Integer)value : LUA_MAXINTEGER);
    lua_setfield(L, -2, name);
}

/* Pushes {name = value}, the values of one name joined by ", ". [-0, +1] */
static void push_headers(lua_State *L, const msig_headers *headers) {
    lua_createtable(L, 0, (int)headers->count);
    for (size_t i = 0; i < headers->count; i++) {
        msig_span name = msig_headers_name(headers, i);
        msig_span value = msig_headers_value(headers, i);
        lua_pushlstring(L, name.ptr, name.len); /* headers name */
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) == LUA_TSTRING) {
            lua_pushliteral(L, ", ");
            lua_pushlstring(L, value.ptr, value.len);
            lua_concat(L, 3);
        } else {
            lua_pop(L, 1);
            lua_pushlstring(L, value.ptr, value.len);
        }
        lua_rawset(L, -3);
    }
}

static void set_failure(lua_State *L, const msig_net_answer *answer) {
    if (answer->failure.code == MSIG_OK)
        return;
    lua_createtable(L, 0, 3);
    lua_pushstring(L, msig_status_name(answer->failure.code));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, answer->failure.text);
    lua_setfield(L, -2, "message");
    lua_pushstring(L, answer->kind);
    lua_setfield(L, -2, "kind");
    lua_setfield(L, -2, "error");
}

static void set_rate(lua_State *L, const msig_net_answer *answer) {
    if (answer->has_retry_after)
        set_integer(L, "retry_after", answer->retry_after);
    if (!answer->has_rate)
        return;
    lua_createtable(L, 0, 3);
    set_span(L, "bucket", answer->rate.bucket);
    set_integer(L, "remaining", answer->rate.remaining);
    if (answer->rate.has_reset)
        set_integer(L, "reset", answer->rate.reset);
    lua_setfield(L, -2, "rate");
}

static void set_times(lua_State *L, const msig_net_answer *answer) {
    lua_createtable(L, 0, 3);
    set_integer(L, "connect_ms", answer->connect_ms);
    set_integer(L, "first_byte_ms", answer->first_byte_ms);
    set_integer(L, "total_ms", answer->total_ms);
    lua_setfield(L, -2, "time");
}

/* [-0, +1] */
static void push_answer(lua_State *L, const msig_net_answer *answer) {
    static const char *const retries[] = {"no", "network", "status", "rate"};
    msig_span etag;
    lua_createtable(L, 0, 16);
    set_integer(L, "id", answer->id);
    set_span(L, "url", answer->url);
    set_integer(L, "status", answer->status);
    push_headers(L, answer->headers);
    lua_setfield(L, -2, "headers");
    if (answer->has_body)
        set_span(L, "body", answer->body);
    set_integer(L, "bytes", answer->bytes);
    lua_pushstring(L, retries[answer->retry]);
    lua_setfield(L, -2, "retry");
    if (answer->location.len)
        set_span(L, "location", answer->location);
    if (msig_headers_find(answer->headers, "etag", &etag))
        set_span(L, "etag", msig_headers_etag(etag));
    if (answer->has_total)
        set_integer(L, "total", answer->total);
    if (answer->status) {
        lua_pushstring(L, answer->http2 ? "2" : "1.1");
        lua_setfield(L, -2, "http");
    }
    set_failure(L, answer);
    set_rate(L, answer);
    set_times(L, answer);
}

/* session:wait(timeout_ms) -> answer | nil, "timeout" | "idle" | "cancelled" */
static int net_wait(lua_State *L) {
    msig_session *session = check(L);
    lua_Integer timeout_ms = luaL_optinteger(L, 2, -1);
    const msig_context *context = msig_context_get(L);
    const msig_net_answer *answer = NULL;
    if (timeout_ms > INT32_MAX)
        timeout_ms = INT32_MAX;
    switch (msig_session_wait(session, timeout_ms, context ? context->cancel : NULL, &answer)) {
    case MSIG_NET_ANSWER:
        push_answer(L, answer);
        msig_session_release(session); /* a large body need not lie there twice */
        return 1;
    case MSIG_NET_TIMEOUT: lua_pushnil(L); lua_pushliteral(L, "timeout"); return 2;
    case MSIG_NET_IDLE: lua_pushnil(L); lua_pushliteral(L, "idle"); return 2;
    default: lua_pushnil(L); lua_pushliteral(L, "cancelled"); return 2;
    }
}

static int net_cancel(lua_State *L) {
    msig_session *session = check(L);
    lua_pushboolean(L, msig_session_cancel(session, (uint64_t)luaL_checkinteger(L, 2)));
    return 1;
}

static int net_stats(lua_State *L) {
    msig_net_stats stats;
    msig_session_stats(check(L), &stats);
    lua_createtable(L, 0, 5);
    set_integer(L, "requests", stats.requests);
    set_integer(L, "bytes", stats.bytes);
    set_integer(L, "connections", stats.connections);
    set_integer(L, "active", stats.active);
    set_integer(L, "queued", stats.queued);
    return 1;
}

static int net_close(lua_State *L) {
    net_handle *handle = luaL_checkudata(L, 1, TYPE);
    msig_session *session = handle->session;
    handle->session = NULL;
    msig_session_close(session);
    return 0;
}

/* ---- URLs and texts ---- */

static int text_close(lua_State *L) {
    msig_text_clear(luaL_checkudata(L, 1, TEXT_TYPE));
    return 0;
}

/* A text that is freed whatever happens. [-0, +1] */
static msig_text *new_text(lua_State *L) {
    msig_alloc alloc = msig_bind_alloc(L);
    msig_text *text = msig_handle_new(L, sizeof *text, TEXT_TYPE);
    msig_text_init(text, &alloc);
    return text;
}

/* Pushes what is in a text and returns 1; raises if memory ran out on the way. */
static int push_text(lua_State *L, msig_text *text) {
    if (text->failed)
        return luaL_error(L, "not enough memory");
    msig_span span = msig_text_of(text);
    lua_pushlstring(L, span.ptr, span.len);
    msig_text_clear(text);
    return 1;
}

static msig_span check_span(lua_State *L, int arg) {
    msig_span span;
    span.ptr = luaL_checklstring(L, arg, &span.len);
    return span;
}

/* url(text) -> {scheme, host, port, path, query, origin} | nil, message, code */
static int net_url(lua_State *L) {
    msig_url url;
    msig_err err;
    if (msig_url_parse(check_span(L, 1), &url, &err) != MSIG_OK)
        return msig_fail(L, &err);
    msig_text *origin = new_text(L);
    msig_url_origin(&url, origin);
    push_text(L, origin);
    int text = lua_gettop(L);
    const char *from = lua_tostring(L, text);
    const char *host = from ? strstr(from, "://") : NULL;
    lua_createtable(L, 0, 6);
    lua_pushstring(L, url.secure ? "https" : "http");
    lua_setfield(L, -2, "scheme");
    if (host) {
        msig_span name = {host + 3, url.host.len};
        set_span(L, "host", name);
    }
    set_integer(L, "port", url.port);
    set_span(L, "path", url.path);
    if (url.has_query)
        set_span(L, "query", url.query);
    lua_pushvalue(L, text);
    lua_setfield(L, -2, "origin");
    return 1;
}

/* join(base, reference) -> URL | nil, message, code */
static int net_join(lua_State *L) {
    msig_url base;
    msig_err err;
    msig_span reference = check_span(L, 2);
    if (msig_url_parse(check_span(L, 1), &base, &err) != MSIG_OK)
        return msig_fail(L, &err);
    msig_text *text = new_text(L);
    if (msig_url_join(&base, reference, text, &err) != MSIG_OK)
        return msig_fail(L, &err);
    return push_text(L, text);
}

static int net_escape(lua_State *L) {
    msig_span from = check_span(L, 1);
    bool keep_slash = lua_toboolean(L, 2);
    msig_text *text = new_text(L);
    msig_url_escape(from, keep_slash, text);
    return push_text(L, text);
}

static int net_unescape(lua_State *L) {
    msig_span from = check_span(L, 1);
    msig_text *text = new_text(L);
    msig_url_unescape(from, text);
    return push_text(L, text);
}

static int net_printable(lua_State *L) {
    msig_span from = check_span(L, 1);
    lua_Integer most = luaL_optinteger(L, 2, 4096);
    luaL_argcheck(L, most > 0, 2, "expected a positive number");
    msig_text *text = new_text(L);
    msig_text_printable(text, from, (size_t)most);
    return push_text(L, text);
}

static const luaL_Reg functions[] = {
    {"open", net_open},     {"url", net_url},           {"join", net_join},
    {"escape", net_escape}, {"unescape", net_unescape}, {"printable", net_printable},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"start", net_start}, {"wait", net_wait},   {"cancel", net_cancel},
    {"stats", net_stats}, {"close", net_close}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {{"__gc", net_close}, {"__close", net_close}, {NULL, NULL}};

static const luaL_Reg text_metamethods[] = {{"__gc", text_close}, {NULL, NULL}};

int luaopen_modelsig_native_net(lua_State *L) {
    if (luaL_newmetatable(L, TYPE)) {
        luaL_setfuncs(L, metamethods, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    if (luaL_newmetatable(L, TEXT_TYPE))
        luaL_setfuncs(L, text_metamethods, 0);
    lua_pop(L, 2);
    luaL_newlib(L, functions);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "built");
    return 1;
}

#else

static int net_missing(lua_State *L) {
    msig_err err;
    msig_err_set(&err, MSIG_EUNSUPPORTED, MSIG_NO_OFFSET, "built without the network");
    return msig_fail(L, &err);
}

int luaopen_modelsig_native_net(lua_State *L) {
    static const char *const names[] = {"open",     "url",       "join", "escape",
                                        "unescape", "printable", NULL};
    lua_newtable(L);
    for (size_t i = 0; names[i]; i++) {
        lua_pushcfunction(L, net_missing);
        lua_setfield(L, -2, names[i]);
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "built");
    return 1;
}

#endif
