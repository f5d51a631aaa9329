/*
 * Hosts in threads, side by side: they read folders, samples and models of one small Hub, share a
 * folder for what is kept, and come to the same. The preset `thread` looks for races in it.
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

#include "modelsig.h"
#include "server.h"

enum { THREADS = 2, ROUNDS = 3, MOST_FILE = 1 << 16 };

/* ---- a Hub ---- */

static const char commit[] = "0123456789012345678901234567890123456789";

static void say(int fd, const char *status, const char *fields, const char *body, size_t len,
                bool head) {
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 %s\r\nX-Repo-Commit: %s\r\n%sContent-Length: %zu\r\n\r\n", status,
                     commit, fields, len);
    if (send(fd, text, (size_t)n, MSG_NOSIGNAL) == n && !head)
        (void)send(fd, body, len, MSG_NOSIGNAL);
}

static size_t sample(const char *name, const char *file, char *bytes) {
    char path[256];
    snprintf(path, sizeof path, "samples/%s/%s", name, file);
    FILE *in = fopen(path, "rb");
    size_t len = in ? fread(bytes, 1, MOST_FILE, in) : 0;
    if (in)
        fclose(in);
    return len;
}

static void say_facts(int fd, const char *name) {
    char body[1024], *bytes = malloc(MOST_FILE);
    int n = snprintf(body, sizeof body,
                     "{\"id\":\"o/%s\",\"sha\":\"%s\",\"siblings\":["
                     "{\"rfilename\":\"config.json\",\"size\":%zu,\"blobId\":\"c%s\"},"
                     "{\"rfilename\":\"model.safetensors\",\"size\":%zu,\"blobId\":\"m%s\"}]}",
                     name, commit, sample(name, "config.json", bytes), name,
                     sample(name, "model.safetensors", bytes), name);
    free(bytes);
    say(fd, "200 OK", "Content-Type: application/json\r\n", body, (size_t)n, false);
}

static void say_file(int fd, const char *name, const char *file, const char *request) {
    unsigned long first = 0, last = 0;
    char fields[128], *bytes = malloc(MOST_FILE);
    const char *range = strstr(request, "Range: bytes=");
    bool head = strncmp(request, "HEAD", 4) == 0;
    size_t len = sample(name, file, bytes);
    if (len == 0) {
        say(fd, "404 Not Found", "X-Error-Code: EntryNotFound\r\n", "", 0, head);
    } else if (range && sscanf(range, "Range: bytes=%lu-%lu", &first, &last) == 2 &&
               first <= last && last < len) {
        snprintf(fields, sizeof fields, "Content-Range: bytes %lu-%lu/%zu\r\n", first, last, len);
        say(fd, "206 Partial Content", fields, bytes + first, last - first + 1, head);
    } else {
        say(fd, "200 OK", "", bytes, len, head);
    }
    free(bytes);
}

static void answer(int fd, const char *request) {
    char name[32], file[64];
    if (sscanf(request, "%*s /api/models/o/%31[^/ ]/revision/", name) == 1)
        say_facts(fd, name);
    else if (sscanf(request, "%*s /o/%31[^/ ]/resolve/%*[^/ ]/%63[^/ ]", name, file) == 2)
        say_file(fd, name, file, request);
    else
        say(fd, "404 Not Found", "X-Error-Code: EntryNotFound\r\n", "", 0, false);
}

/* ---- hosts ---- */

static const char script[] =
    "package.loaded.test = { verdict = function(endpoint, ...)\n"
    "  local m, models = require 'modelsig', {}\n"
    "  if endpoint == '' then endpoint = nil end\n"
    "  for i, name in ipairs { ... } do\n"
    "    models[i] = assert(m.open { name, endpoint = endpoint, timeout = 100 })\n"
    "  end\n"
    "  local pair = m.compare(models[1], models[2])\n"
    "  return pair.substitution_verdict .. ' ' .. models[1].parameters.total\n"
    "end }\n";

typedef struct job {
    const char *arguments;
    char said[256];
} job;

static void *work(void *ctx) {
    job *self = ctx;
    msig_error error;
    for (int i = 0; i < ROUNDS; i++) {
        msig_host *host = msig_host_new(NULL, &error);
        const char *text = NULL;
        if (host && msig_host_run_string(host, script, "script", &error) == 0)
            text = msig_host_call(host, "test", "verdict", self->arguments, NULL, &error);
        snprintf(self->said, sizeof self->said, "%.200s", text ? text : error.text);
        msig_host_close(host);
        if (!text)
            break;
    }
    return NULL;
}

static void all_say(const char *arguments, const char *expected) {
    pthread_t threads[THREADS];
    job jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i].arguments = arguments;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        assert_string_equal(jobs[i].said, expected);
}

static void of_folders(void **state) {
    (void)state;
    all_say("[\"\",\"samples/qwen3-mini\",\"sample:qwen3-midi\"]", "\"FULL_SUBSTITUTE 9328\"");
    all_say("[\"\",\"samples/qwen3-mini\",\"samples/llama-mini\"]", "\"PARTIAL_SUBSTITUTE 9328\"");
}

/* In the first round nothing is kept, in the others both read and write what is. */
static void of_a_hub(void **state) {
    (void)state;
    server *s = server_start_with(answer);
    char arguments[256];
    snprintf(arguments, sizeof arguments,
             "[\"http://127.0.0.1:%u\",\"o/qwen3-mini\",\"o/qwen3-midi\"]",
             (unsigned)s->port);
    all_say(arguments, "\"FULL_SUBSTITUTE 9328\"");
    server_stop(s);
}

int main(void) {
    char home[] = "/tmp/modelsig-threads-XXXXXX", command[256];
    static const char *const gone[] = {"MODELSIG_LUA_DIR", "HF_TOKEN",   "HF_TOKEN_PATH",
                                       "HF_HOME",          "http_proxy", "HTTP_PROXY",
                                       "HF_HUB_OFFLINE",   "all_proxy",  "TRANSFORMERS_OFFLINE"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        unsetenv(gone[i]);
    if (!mkdtemp(home))
        return 1;
    setenv("HOME", home, 1);
    setenv("XDG_CACHE_HOME", home, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_folders),
        cmocka_unit_test(of_a_hub),
    };
    int failed = cmocka_run_group_tests_name("hosts in threads", tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -r '%s'", home);
    return system(command) != 0 || failed;
}
