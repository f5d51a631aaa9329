/*
 * Runs a fuzz target once over files, or over all files of folders: for compilers without
 * libFuzzer, and for the corpus as an ordinary test.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);
extern bool fuzz_wholly;
bool fuzz_wholly = true; /* see script.h */

static bool run_file(const char *path) {
    FILE *file = fopen(path, "rb");
    size_t size = 1 << 24;
    uint8_t *bytes = malloc(size);
    if (!file || !bytes) {
        perror(path);
        return false;
    }
    size_t len = fread(bytes, 1, size, file);
    fclose(file);
    uint8_t *exact = realloc(bytes, len ? len : 1); /* so that tools see reads behind the end */
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    return true;
}

static int run_folder(DIR *folder, const char *path) {
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char full[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        if (!run_file(full))
            return -1;
        count++;
    }
    return count;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder && !run_file(argv[i]))
            return 1;
        if (!folder)
            continue;
        int count = run_folder(folder, argv[i]);
        closedir(folder);
        if (count <= 0) {
            fprintf(stderr, "%s: no inputs\n", argv[i]);
            return 1;
        }
        printf("%s: %d inputs\n", argv[i], count);
    }
    return 0;
}
