/*
 * What a C program does with libmodelsig: opens two bundled samples, compares them under a policy
 * and prints the verdict.
 *
 *     cc example.c $(pkg-config --cflags --libs modelsig) && ./a.out [POLICY]
 */
#include <modelsig.h>
#include <stdio.h>
#include <string.h>

static const char *script =
    "local modelsig = require 'modelsig'\n"
    "package.loaded.example = { verdict = function(a, b, policy)\n"
    "  local small = assert(modelsig.open(a))\n"
    "  local large = assert(modelsig.open(b))\n"
    "  return modelsig.compare(small, large, { policy = policy }).substitution_verdict\n"
    "end }\n";

static void to_stdout(void *ctx, const char *data, size_t len) {
    (void)ctx;
    fwrite(data, 1, len, stdout);
}

static int fail(const msig_error *error) {
    fprintf(stderr, "%s: %s\n", error->code, error->text);
    return 1;
}

int main(int argc, char **argv) {
    msig_host_options options = {.size = sizeof options, .out = to_stdout};
    msig_error error;
    char arguments[512];
    snprintf(arguments, sizeof arguments, "[\"sample:qwen3-mini\",\"sample:qwen3-midi\",\"%s\"]",
             argc > 1 ? argv[1] : "structure");
    msig_host *host = msig_host_new(&options, &error);
    if (!host)
        return fail(&error);
    int code = 0;
    const char *verdict = NULL;
    if (msig_host_run_string(host, script, "example", &error) == 0)
        verdict = msig_host_call(host, "example", "verdict", arguments, NULL, &error);
    if (verdict)
        printf("%s\n", verdict);
    else
        code = fail(&error);
    msig_host_close(host);
    return code;
}
