/* What a model takes of memory: bounded for each name in its headers, whatever the names are. */
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "modelsig.h"

enum { BYTES_A_NAME = 1024, BESIDE = 12 << 20 };

/* Fewer by the first argument, where tools make it slow. */
static unsigned names = 40000;

static const char *const script = "local m = require 'modelsig'\n"
                                  "local model = assert(m.open(FOLDER))\n"
                                  "assert(#m.report { model }:as 'json' > 0)\n";

/* Letters, so that no part of a name is an index. */
static const char *letters(unsigned n, char out[16]) {
    size_t len = 0;
    do {
        out[len++] = (char)('a' + n % 26);
        n /= 26;
    } while (n);
    out[len] = '\0';
    return out;
}

static void put_tensor(FILE *file, const char *format, unsigned i, uint64_t at) {
    char word[16];
    fprintf(file, "%s\"", i ? "," : "{");
    fprintf(file, format, letters(i, word));
    fprintf(file, "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%u,%u]}", (unsigned)at,
            (unsigned)at + 1);
}

/* A model of `count` tensors whose names have a word in place of %s. */
static void write_model(const char *folder, const char *format, unsigned count) {
    char path[256], head[8] = {0};
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(head, 1, 8, file);
    for (unsigned i = 0; i < count; i++)
        put_tensor(file, format, i, i);
    fputc('}', file);
    uint64_t len = (uint64_t)ftell(file) - 8;
    for (unsigned i = 0; i < count; i++)
        fputc(0, file);
    rewind(file);
    for (unsigned i = 0; i < 8; i++)
        fputc((int)(len >> 8 * i & 0xff), file);
    fclose(file);
    snprintf(path, sizeof path, "%s/config.json", folder);
    file = fopen(path, "wb");
    assert_non_null(file);
    fputs("{\"model_type\":\"qwen3\",\"num_hidden_layers\":4,\"hidden_size\":64}", file);
    fclose(file);
}

static void memory_is_bounded_for_each_name(void **state) {
    static const char *const formats[] = {"%s", "model.%s.weight", "%s.x.y.weight",
                                          "layers.0.%s.bias", "%s_scales"};
    (void)state;
    char folder[] = "/tmp/msig-growth-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char code[512];
        msig_error error;
        msig_host_options options = {.size = sizeof options,
                                     .no_user = 1,
                                     .memory_cap = BESIDE + (size_t)names * BYTES_A_NAME};
        write_model(folder, formats[i], names);
        msig_host *host = msig_host_new(&options, &error);
        assert_non_null(host);
        snprintf(code, sizeof code, "local FOLDER = '%s'\n%s", folder, script);
        if (msig_host_run_string(host, code, "growth", &error) != 0)
            fail_msg("%s: %s: %s", formats[i], error.code, error.text);
        msig_host_close(host);
    }
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(int argc, char **argv) {
    if (argc > 1)
        names = (unsigned)strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_bounded_for_each_name)};
    return cmocka_run_group_tests_name("growth", tests, NULL, NULL);
}
