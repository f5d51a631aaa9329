/*
 * The embeddable host of modelsig.h, as a C program sees it: errors and their codes, JSON in and
 * out, output, stopping, the memory cap, hosts in threads, and every allocation failing once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lua.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "modelsig.h"

static const char *const compare =
    "package.loaded.test = { verdict = function(a, b)\n"
    "  local m = require 'modelsig'\n"
    "  local pair = m.compare(assert(m.open(a)), assert(m.open(b)))\n"
    "  return { verdict = pair.substitution_verdict, error = pair.error }\n"
    "end }\n";
static const char *const two_samples = "[\"sample:qwen3-mini\",\"sample:qwen3-midi\"]";
static const char *const answer = "{\"verdict\":\"FULL_SUBSTITUTE\"}";

static msig_host *make(const msig_host_options *options) {
    msig_error error;
    msig_host *host = msig_host_new(options, &error);
    if (!host)
        fail_msg("%s: %s", error.code, error.text);
    return host;
}

static void run_ok(msig_host *host, const char *code) {
    msig_error error;
    if (msig_host_run_string(host, code, "test", &error) != 0)
        fail_msg("%s: %s", error.code, error.text);
}

static void run_fails(msig_host *host, const char *code, const char *with, const char *text) {
    msig_error error;
    memset(&error, 0x5a, sizeof error);
    assert_int_equal(msig_host_run_string(host, code, "test", &error), -1);
    assert_string_equal(error.code, with);
    if (!strstr(error.text, text))
        fail_msg("'%s' is not in '%s'", text, error.text);
    assert_int_equal(error.offset, -1);
    assert_int_equal(msig_host_run_string(host, code, NULL, NULL), -1);
}

/* Leaves blanks and line ends out; none of the texts here has any inside. */
static const char *squeeze_into(char out[256], const char *text) {
    size_t n = 0;
    for (; *text && n < 255; text++) {
        if (*text != ' ' && *text != '\n')
            out[n++] = *text;
    }
    out[n] = 0;
    return out;
}

static const char *squeeze(const char *text) {
    static char out[256];
    return squeeze_into(out, text);
}

static void run_fails_once(msig_host *host, const char *code, const char *with) {
    msig_error error;
    assert_int_equal(msig_host_run_string(host, code, "test", &error), -1);
    assert_string_equal(error.code, with);
}

static void call_gives(msig_host *host, const char *function, const char *arguments,
                       const char *expected) {
    msig_error error;
    size_t len = 0;
    const char *text = msig_host_call(host, "test", function, arguments, &len, &error);
    if (!text)
        fail_msg("%s(%s): %s: %s", function, arguments, error.code, error.text);
    assert_string_equal(squeeze(text), expected);
    assert_int_equal(len, strlen(text));
}

static msig_error call_fails(msig_host *host, const char *module, const char *function,
                             const char *arguments, const char *code) {
    msig_error error;
    memset(&error, 0x5a, sizeof error);
    assert_null(msig_host_call(host, module, function, arguments, NULL, &error));
    assert_string_equal(error.code, code);
    assert_non_null(memchr(error.text, 0, sizeof error.text));
    assert_null(msig_host_call(host, module, function, arguments, NULL, NULL));
    return error;
}

static void hosts_come_and_go(void **state) {
    (void)state;
    msig_host_close(NULL);
    msig_host_cancel(NULL);
    assert_null(msig_host_lua(NULL));
    assert_string_not_equal(msig_version(), "");
    msig_host_options options = {.size = sizeof options};
    msig_host_options old = {.size = offsetof(msig_host_options, memory_cap), .memory_cap = 1};
    const msig_host_options *all[] = {NULL, &options, &old};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        msig_host *host = make(all[i]);
        assert_non_null(msig_host_lua(host));
        run_ok(host, "assert(require 'modelsig'.version)");
        msig_host_close(host);
    }
}

static void nothing_given_is_an_error(void **state) {
    (void)state;
    msig_error error;
    msig_host *host = make(NULL);
    assert_int_equal(msig_host_run_string(NULL, "", "x", &error), -1);
    assert_string_equal(error.code, "malformed");
    assert_int_equal(msig_host_run_file(NULL, "x.lua", 0, NULL, NULL), -1);
    assert_null(msig_host_call(NULL, "modelsig", "version", NULL, NULL, &error));
    assert_int_equal(msig_host_run_string(host, NULL, "x", &error), -1);
    assert_string_equal(error.code, "malformed");
    assert_int_equal(msig_host_run_file(host, NULL, 0, NULL, &error), -1);
    assert_string_equal(error.code, "malformed");
    const char *path = "lua/modelsig/base/version.lua";
    assert_int_equal(msig_host_run_file(host, path, 1, NULL, &error), -1);
    assert_int_equal(msig_host_run_file(host, path, -1, NULL, &error), -1);
    assert_string_equal(error.code, "malformed");
    assert_null(msig_host_call(host, NULL, "f", NULL, NULL, &error));
    assert_string_equal(error.code, "malformed");
    assert_null(msig_host_call(host, "modelsig", NULL, NULL, NULL, &error));
    run_ok(host, "assert(require 'modelsig')");
    msig_host_close(host);
}

/* Output callbacks must not call the host; if they do, they are told. */
static void call_back(void *ctx, const char *data, size_t len) {
    msig_host **host = ctx;
    msig_error error;
    (void)data;
    (void)len;
    assert_int_equal(msig_host_run_string(*host, "x = 1", "inner", &error), -1);
    assert_string_equal(error.code, "malformed");
    assert_null(msig_host_call(*host, "modelsig", "version", NULL, NULL, NULL));
}

static void a_host_that_runs_is_not_called(void **state) {
    (void)state;
    msig_host *host = NULL;
    msig_host_options options = {.size = sizeof options, .out = call_back, .ctx = &host};
    host = make(&options);
    run_ok(host, "local kept = {} io.write 'a' assert(kept and x == nil)");
    run_ok(host, "coroutine.wrap(function() io.write 'a' end)()");
    msig_host_close(host);
}

static void sources_that_fail(void **state) {
    (void)state;
    msig_host *host = make(NULL);
    run_ok(host, "x = 1");
    run_ok(host, "assert(x == 1) assert(select('#', ...) == 0)");
    run_ok(host, "");
    run_fails(host, "return (", "lua", "test:1: unexpected symbol");
    run_fails(host, "\n\nerror 'boom'", "lua", "test:3: boom");
    run_fails(host, "local x x.y = 1", "lua", "attempt to index a nil value");
    run_fails(host, "error {}", "lua", "error object is a table value");
    run_fails(host, "error()", "lua", "error object is a nil value");
    run_fails(host, "error(setmetatable({}, {__tostring = function() return 'told' end}))", "lua",
              "told");
    run_fails(host, "error(setmetatable({}, {__tostring = function() return {} end}))", "lua",
              "error object is a table value");
    run_fails(host, "error(('x'):rep(5000))", "lua", "xxx");
    run_fails(host, "error 'not interrupted!'", "lua", "not interrupted!");
    run_fails(host, "error('interrupted!', 0)", "lua", "interrupted!");
    run_fails(host, "require 'nosuch'", "lua", "nosuch");
    run_fails(host, "\033Lua", "lua", "attempt to load a binary chunk");
    run_fails(host, "local function f() return f() + 1 end f()", "lua", "stack overflow");
    run_ok(host, "assert(x == 1)");
    msig_host_close(host);
}

static void files(void **state) {
    (void)state;
    msig_host *host = make(NULL);
    msig_error error;
    char path[] = "/tmp/modelsig-host-XXXXXX";
    int fd = mkstemp(path);
    const char text[] =
        "#!first line\nlocal a, b = ... words = a .. b\nif a == 'x' then error 'bad' end";
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    const char *words[] = {"one", "two"}, *bad[] = {"x", ""};
    assert_int_equal(msig_host_run_file(host, path, 2, words, &error), 0);
    run_ok(host, "assert(words == 'onetwo')");
    assert_int_equal(msig_host_run_file(host, path, 2, bad, &error), -1);
    assert_string_equal(error.code, "lua");
    assert_non_null(strstr(error.text, ":3: bad"));
    unlink(path);
    assert_int_equal(msig_host_run_file(host, path, 0, NULL, &error), -1);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(msig_host_run_file(host, "/", 0, NULL, &error), -1);
    assert_int_equal(msig_host_run_file(host, "/", 0, NULL, NULL), -1);
    msig_host_close(host);
}

static msig_host *make_test(void) {
    msig_host *host = make(NULL);
    run_ok(host, "package.loaded.test = { same = function(x) return x end,\n"
                 "  count = function(...) return select('#', ...) end,\n"
                 "  nothing = function() end, no = function() return nil end,\n"
                 "  type = function(x) return math.type(x) or type(x) end,\n"
                 "  deep = { er = { f = function() return 'found' end } },\n"
                 "  world = function() return nil, 'gone', 'notfound', 7 end,\n"
                 "  odd = function() return nil, 5 end,\n"
                 "  raises = function() error('raised', 0) end,\n"
                 "  value = 5, fn = function() return print end,\n"
                 "  cycle = function() local t = {} t.t = t return t end }");
    return host;
}

static void json_in_and_out(void **state) {
    (void)state;
    msig_host *host = make_test();
    static const char *const kept[] = {"9007199254740993",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "0.1",
                                       "1e+300",
                                       "true",
                                       "false",
                                       "null",
                                       "\"\"",
                                       "\"a\\u0000b\"",
                                       "\"\\u00e9/\\\"\"",
                                       "[]",
                                       "{}",
                                       "[[],{},[{}]]",
                                       "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
                                       "[null,null]"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        char arguments[256];
        msig_error error;
        snprintf(arguments, sizeof arguments, "[%s]", kept[i]);
        const char *text = msig_host_call(host, "test", "same", arguments, NULL, &error);
        if (!text)
            fail_msg("%s: %s", arguments, error.text);
        char again[256];
        snprintf(again, sizeof again, "[%s]", text);
        const char *second = msig_host_call(host, "test", "same", again, NULL, &error);
        assert_non_null(second);
        if (i != 10 && i != 9 && i != 4)
            assert_string_equal(squeeze(second), kept[i]);
    }
    msig_host_close(host);
}

static void calls_and_their_errors(void **state) {
    (void)state;
    msig_host *host = make_test();
    call_gives(host, "count", NULL, "0");
    call_gives(host, "count", "[]", "0");
    call_gives(host, "count", "[null,null,1]", "3");
    call_gives(host, "type", "[1]", "\"integer\"");
    call_gives(host, "type", "[1.0]", "\"float\"");
    call_gives(host, "nothing", NULL, "null");
    call_gives(host, "no", NULL, "null");
    call_gives(host, "deep.er.f", NULL, "\"found\"");
    msig_error error = call_fails(host, "test", "same", "[1,", "truncated");
    assert_true(error.offset >= 0);
    error = call_fails(host, "test", "same", "[1] x", "malformed");
    assert_int_equal(error.offset, 4);
    call_fails(host, "test", "same", "", "truncated");
    call_fails(host, "test", "same", "{}", "malformed");
    call_fails(host, "test", "same", "5", "malformed");
    call_fails(host, "test", "nosuch", "[]", "notfound");
    call_fails(host, "test", "value", "[]", "notfound");
    call_fails(host, "test", "deep.no.f", "[]", "notfound");
    call_fails(host, "test", "", "[]", "notfound");
    error = call_fails(host, "test", "world", "[]", "notfound");
    assert_string_equal(error.text, "gone");
    assert_int_equal(error.offset, 7);
    error = call_fails(host, "test", "odd", "[]", "lua");
    assert_string_equal(error.text, "5");
    error = call_fails(host, "test", "raises", "[]", "lua");
    assert_string_equal(error.text, "raised");
    call_fails(host, "test", "fn", "[]", "lua");
    call_fails(host, "test", "cycle", "[]", "lua");
    call_fails(host, "nosuch", "f", "[]", "lua");
    call_fails(host, "modelsig", "open", "[\"/no/such/model\"]", "notfound");
    error = call_fails(host, "modelsig", "open",
                       "[{\"reference\":\"sample:qwen3-mini\",\"format\":\"gguf\"}]",
                       "unsupported");
    assert_string_equal(error.text,
                        "sample:qwen3-mini: GGUF files are not read by this version");
    char many[4096];
    memset(many, '[', sizeof many - 1);
    many[sizeof many - 1] = 0;
    call_fails(host, "test", "same", many, "limit");
    msig_host_close(host);
}

static void collect(void *ctx, const char *data, size_t len) {
    char *text = ctx;
    size_t used = strlen(text);
    for (size_t i = 0; i < len && used < 255; i++)
        text[used++] = data[i] ? data[i] : '0';
    text[used] = 0;
}

static void output_goes_to_callbacks(void **state) {
    (void)state;
    char text[256] = "";
    msig_host_options options = {
        .size = sizeof options, .out = collect, .err = collect, .ctx = text};
    msig_host *host = make(&options);
    run_ok(host, "print('a', 1, nil) io.write('b', 2, '\\0', 1.5) io.stdout:write('c'):write('d')\n"
                 "io.stderr:write('e') io.stdout:flush() io.stdout:setvbuf('no')\n"
                 "assert(io.write('') == io.stdout)\n"
                 "print(setmetatable({}, {__tostring = function() return 't' end}))");
    assert_string_equal(text, "a\t1\tnil\nb201.5cdet\n");
    run_fails(host, "io.write({})", "lua", "bad argument");
    run_fails(host, "print(setmetatable({}, {__tostring = error}))", "lua", "");
    msig_host_close(host);
    text[0] = 0;
    options.err = NULL;
    host = make(&options);
    run_ok(host, "print 'only'");
    assert_string_equal(text, "only\n");
    msig_host_close(host);
}

/* MARK: - Stopping */

static void nap(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

typedef struct stopper {
    msig_host *host;
    volatile int *flag; /* set it, or NULL: call msig_host_cancel */
    atomic_int runs;    /* the script runs */
} stopper;

static void note_run(void *ctx, const char *data, size_t len) {
    (void)data;
    (void)len;
    ((stopper *)ctx)->runs = 1;
}

static void *stop(void *ctx) {
    stopper *self = ctx;
    while (!self->runs)
        nap(1);
    nap(2);
    if (self->flag)
        __atomic_store_n(self->flag, 1, __ATOMIC_RELEASE);
    else
        msig_host_cancel(self->host);
    return NULL;
}

static void stopped_by(bool by_flag) {
    static const char *const scripts[] = {
        "print() while true do end",
        "coroutine.wrap(function() print() while true do end end)()",
        "local co = coroutine.create(function() print() while true do end end)\n"
        "while true do coroutine.resume(co) end",
        "while true do pcall(function() print() while true do end end) end",
        "local f = function() print() while true do end end\n"
        "while true do xpcall(f, function(m) return m end) end",
        "local s = require 'modelsig.native.sandbox'\n"
        "s.call(function() print() while true do end end, { steps = 1e14, seconds = 1000 })",
        "print() local x = ('a'):rep(100)\n"
        "while true do x:gsub('a', function() end) end",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        volatile int flag = 0;
        stopper self = {.flag = by_flag ? &flag : NULL};
        msig_host_options options = {.size = sizeof options,
                                     .out = note_run,
                                     .ctx = &self,
                                     .cancel = by_flag ? &flag : NULL};
        msig_host *host = self.host = make(&options);
        pthread_t thread;
        msig_error error;
        assert_int_equal(pthread_create(&thread, NULL, stop, &self), 0);
        assert_int_equal(msig_host_run_string(host, scripts[i], "test", &error), -1);
        pthread_join(thread, NULL);
        if (strcmp(error.code, "cancelled") != 0)
            fail_msg("script %zu: %s: %s", i, error.code, error.text);
        flag = 0;
        run_ok(host, "local n = 0 for i = 1, 300000 do n = n + 1 end\n"
                     "coroutine.wrap(function() for i = 1, 300000 do n = n + 1 end end)()");
        msig_host_close(host);
    }
}

static void is_stopped_from_another_thread(void **state) {
    (void)state;
    stopped_by(false);
}

/* With a flag, too, msig_host_cancel stops the call, and only that. */
static void a_flag_and_a_cancel(void **state) {
    (void)state;
    volatile int flag = 0;
    stopper self = {.flag = NULL};
    msig_host_options options = {
        .size = sizeof options, .out = note_run, .ctx = &self, .cancel = &flag};
    msig_host *host = self.host = make(&options);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop, &self), 0);
    run_fails_once(host, "print() while true do end", "cancelled");
    pthread_join(thread, NULL);
    assert_int_equal(flag, 0);
    flag = 1;
    run_fails_once(host, "while true do end", "cancelled");
    assert_int_equal(flag, 1);
    flag = 0;
    run_ok(host, "for i = 1, 300000 do end");
    msig_host_close(host);
}

static void is_stopped_by_a_flag(void **state) {
    (void)state;
    stopped_by(true);
}

static void a_stop_while_nothing_runs_is_forgotten(void **state) {
    (void)state;
    msig_host *host = make(NULL);
    msig_host_cancel(host);
    run_ok(host, "for i = 1, 300000 do end");
    msig_host_cancel(host);
    run_ok(host, "for i = 1, 300000 do end");
    msig_host_close(host);
}

/* Coroutines of a host are as those of Lua. */
static void coroutines_work(void **state) {
    (void)state;
    msig_host *host = make(NULL);
    run_ok(host,
           "local co = coroutine.create(function(a, ...) local b = coroutine.yield(a + 1, ...)\n"
           "  error({ b }) end)\n"
           "local ok, x, y = coroutine.resume(co, 1, 'y') assert(ok and x == 2 and y == 'y')\n"
           "assert(coroutine.status(co) == 'suspended')\n"
           "local ok, e = coroutine.resume(co, 'b') assert(not ok and e[1] == 'b')\n"
           "assert(select(2, coroutine.resume(co)) == 'cannot resume dead coroutine')\n"
           "local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)\n"
           "assert(gen() == 1 and gen() == 2 and gen() == 3 and gen() == nil)\n"
           "local ok, e = pcall(gen) assert(not ok and e:find 'cannot resume dead coroutine')\n"
           "local closed\n"
           "local bad = coroutine.wrap(function() local x <close> = setmetatable({}, { __close =\n"
           "  function() closed = true end }) error 'inside' end)\n"
           "local ok, e = pcall(bad) assert(not ok and closed and e:find 'inside', e)\n"
           "assert(not pcall(coroutine.resume, 1)) assert(not pcall(coroutine.wrap, 1))\n"
           "local many = coroutine.wrap(function(...) return ... end)\n"
           "assert(select('#', many(table.unpack({}, 1, 5000))) == 5000)\n"
           "local function nest(n) if n == 0 then return 0 end\n"
           "  return coroutine.wrap(function() return 1 + nest(n - 1) end)() end\n"
           "assert(nest(50) == 50) assert(not pcall(nest, 500))\n"
           "local self = coroutine.wrap(function() return coroutine.running() end)()\n"
           "assert(type(self) == 'thread' and coroutine.isyieldable() == false)");
    msig_host_close(host);
}

/* MARK: - Memory */

static void a_cap_is_an_error_and_no_end(void **state) {
    (void)state;
    msig_host_options options = {.size = sizeof options, .memory_cap = 24 << 20};
    msig_host *host = make(&options);
    run_ok(host, compare);
    for (int i = 0; i < 3; i++) {
        run_fails(host, "local t = {} for i = 1, 1e9 do t[i] = { i } end", "nomem", "memory");
        run_fails(host, "local s = 'x' while true do s = s .. s end", "nomem", "memory");
        run_fails(host, "return ('x'):rep(1 << 30)", "nomem", "memory");
        run_fails(host,
                  "coroutine.wrap(function() local t = {} while true do t[#t + 1] = {} end "
                  "end)()",
                  "nomem", "memory");
        call_gives(host, "verdict", two_samples, answer);
    }
    msig_host_close(host);
}

static void a_small_cap_makes_no_host(void **state) {
    (void)state;
    size_t cap = 1;
    unsigned failed = 0;
    msig_host *host = NULL;
    for (; !host; cap += cap / 64 + 61) {
        msig_host_options options = {.size = sizeof options, .memory_cap = cap};
        msig_error error = {.code = "?"};
        host = msig_host_new(&options, &error);
        if (!host) {
            assert_string_equal(error.code, "nomem");
            failed++;
        }
    }
    assert_true(failed > 20);
    msig_host_close(host);
}

typedef struct failing {
    lua_Alloc alloc;
    void *ctx;
    size_t count, fail_at;
} failing;

static void *failing_alloc(void *ctx, void *ptr, size_t old_size, size_t new_size) {
    failing *self = ctx;
    if (new_size > (ptr ? old_size : 0) && self->count++ >= self->fail_at)
        return NULL;
    return self->alloc(self->ctx, ptr, old_size, new_size);
}

/* Allocation k of a call, and all later ones, fail; then the host must still be usable. */
static void every_allocation_of_a_call_may_fail(void **state) {
    (void)state;
    bool done = false;
    unsigned points = 0;
    for (size_t k = 0; !done; k += k / 24 + 1, points++) {
        failing self = {.fail_at = k};
        msig_host *host = make(NULL);
        run_ok(host, compare);
        lua_State *L = msig_host_lua(host);
        self.alloc = lua_getallocf(L, &self.ctx);
        lua_setallocf(L, failing_alloc, &self);
        msig_error error = {.code = "?"};
        const char *text = msig_host_call(host, "test", "verdict", two_samples, NULL, &error);
        self.fail_at = SIZE_MAX; /* objects of C keep this allocator */
        done = text != NULL;
        if (done)
            assert_string_equal(squeeze(text), answer);
        else if (strcmp(error.code, "nomem") != 0)
            fail_msg("allocation %zu: %s: %s", k, error.code, error.text);
        if (k % 7 == 0)
            call_gives(host, "verdict", two_samples, answer);
        msig_host_close(host);
    }
    assert_true(points > 50);
}

/* MARK: - Threads */

static void *work(void *ctx) {
    msig_error error;
    char *out = ctx, squeezed[256];
    msig_host *host = msig_host_new(NULL, &error);
    out[0] = 0;
    for (int i = 0; host && i < 5; i++) {
        msig_host_run_string(host, compare, "test", &error);
        const char *text = msig_host_call(host, "test", "verdict", two_samples, NULL, &error);
        snprintf(out, 128, "%.100s", text ? squeeze_into(squeezed, text) : error.text);
    }
    msig_host_close(host);
    return NULL;
}

/* As Lua's own: the place of the caller stands before the error of a wrapped coroutine. */
static void errors_of_wrapped_coroutines_have_a_place(void **state) {
    (void)state;
    msig_host_options options = {.size = sizeof options};
    msig_host *host = make(&options);
    run_ok(host, "local ok, text = pcall(function()\n"
                 "  coroutine.wrap(function() error('boom', 0) end)()\n"
                 "end)\n"
                 "assert(not ok and text:find ':2: boom$', text)");
    msig_host_close(host);
}

static void hosts_live_side_by_side(void **state) {
    (void)state;
    pthread_t threads[4];
    char out[4][128];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, out[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_string_equal(out[i], answer);
    }
}

int main(void) {
    unsetenv("MODELSIG_LUA_DIR");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_come_and_go),
        cmocka_unit_test(nothing_given_is_an_error),
        cmocka_unit_test(a_host_that_runs_is_not_called),
        cmocka_unit_test(sources_that_fail),
        cmocka_unit_test(files),
        cmocka_unit_test(json_in_and_out),
        cmocka_unit_test(calls_and_their_errors),
        cmocka_unit_test(output_goes_to_callbacks),
        cmocka_unit_test(is_stopped_from_another_thread),
        cmocka_unit_test(is_stopped_by_a_flag),
        cmocka_unit_test(a_flag_and_a_cancel),
        cmocka_unit_test(a_stop_while_nothing_runs_is_forgotten),
        cmocka_unit_test(coroutines_work),
        cmocka_unit_test(a_cap_is_an_error_and_no_end),
        cmocka_unit_test(a_small_cap_makes_no_host),
        cmocka_unit_test(every_allocation_of_a_call_may_fail),
        cmocka_unit_test(errors_of_wrapped_coroutines_have_a_place),
        cmocka_unit_test(hosts_live_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
