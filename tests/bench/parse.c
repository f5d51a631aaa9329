/*
 * Headers of a folder's safetensors files, parsed by our reader (names abstracted and counted,
 * everything checked) and by simdjson's on-demand reader (every value read, nothing kept), in turns
 * and from memory. Prints the best and the median of each and their ratio. parse.md says how.
 */
#include "parse_peer.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/source.h"
#include "format/manifest.h"
#include "format/safetensors.h"

#define MOST_FILES 4096
#define PADDING 64 /* simdjson reads past the end */

/* A file whose header is in memory and whose data is nowhere. */
typedef struct header_file {
    msig_source base;
    char *bytes;
    size_t len;
} header_file;

static msig_status read_header(msig_source *source, uint64_t offset, void *buf, size_t n,
                               size_t *got, msig_err *err) {
    const header_file *file = (const header_file *)source;
    (void)err;
    *got = 0;
    if (offset < file->len) {
        *got = n < file->len - offset ? n : file->len - (size_t)offset;
        memcpy(buf, file->bytes + offset, *got);
    }
    return MSIG_OK;
}

static const char *borrow_header(msig_source *source, uint64_t offset, size_t n) {
    const header_file *file = (const header_file *)source;
    return offset <= file->len && n <= file->len - offset ? file->bytes + offset : NULL;
}

static void close_header(msig_source *source) {
    (void)source;
}

static const msig_source_class header_class = {read_header, borrow_header, close_header};

static header_file files[MOST_FILES];
static size_t file_count;

static int is_weights(const struct dirent *entry) {
    size_t len = strlen(entry->d_name);
    return len > 12 && strcmp(entry->d_name + len - 12, ".safetensors") == 0;
}

static bool load(const char *path, header_file *file) {
    unsigned char prefix[8];
    uint64_t len = 0;
    FILE *in = fopen(path, "rb");
    if (!in || fread(prefix, 1, 8, in) != 8)
        return false;
    for (unsigned i = 0; i < 8; i++)
        len |= (uint64_t)prefix[i] << (8 * i);
    file->base.class = &header_class;
    file->len = (size_t)len + 8;
    file->bytes = calloc(1, file->len + PADDING);
    rewind(in);
    bool good = file->bytes && fread(file->bytes, 1, file->len, in) == file->len;
    good = good && fseeko(in, 0, SEEK_END) == 0;
    file->base.size = (uint64_t)ftello(in);
    fclose(in);
    return good;
}

static size_t load_all(const char *folder) {
    struct dirent **names;
    size_t bytes = 0;
    int count = scandir(folder, &names, is_weights, alphasort);
    for (int i = 0; i < count && i < MOST_FILES; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (!load(path, &files[file_count])) {
            fprintf(stderr, "%s: cannot be read\n", path);
            exit(1);
        }
        bytes += files[file_count++].len - 8;
    }
    return bytes;
}

static size_t ours(void) {
    static const msig_safetensors_options options = {false};
    msig_manifest *manifest;
    msig_safetensors_info info;
    msig_err err;
    if (msig_manifest_open(&msig_alloc_system, &manifest, &err) != MSIG_OK)
        exit(1);
    for (size_t i = 0; i < file_count; i++) {
        char name[32];
        msig_span span = {name, (size_t)snprintf(name, sizeof name, "%zu", i)};
        if (msig_safetensors_read(manifest, &files[i].base, span, &options, &info, &err)) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
    }
    msig_manifest_finish(manifest, &err);
    size_t count = msig_manifest_count(manifest);
    msig_manifest_close(manifest);
    return count;
}

static size_t theirs(void) {
    size_t count = 0;
    for (size_t i = 0; i < file_count; i++)
        count += parse_peer(files[i].bytes + 8, files[i].len - 8, files[i].len - 8 + PADDING);
    return count;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    static double times[2][1000];
    size_t counts[2] = {0, 0};
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 50;
    if (argc < 2 || rounds < 1 || rounds > 1000) {
        fprintf(stderr, "usage: bench_parse FOLDER [ROUNDS, 1 to 1000]\n");
        return 1;
    }
    size_t bytes = load_all(argv[1]);
    for (size_t i = 0; i < rounds; i++) {
        double start = now();
        counts[0] = ours();
        double middle = now();
        counts[1] = theirs();
        times[0][i] = middle - start;
        times[1][i] = now() - middle;
    }
    printf("%zu headers, %zu bytes, %zu tensors (simdjson: %zu)\n", file_count, bytes, counts[0],
           counts[1]);
    for (int i = 0; i < 2; i++) {
        qsort(times[i], rounds, sizeof **times, by_size);
        printf("%-9s best %7.3f ms, median %7.3f ms, %5.2f GB/s\n", i ? "simdjson" : "modelsig",
               times[i][0], times[i][rounds / 2], (double)bytes / times[i][rounds / 2] / 1e6);
    }
    printf("ratio     best %.2f, median %.2f\n", times[1][0] / times[0][0],
           times[1][rounds / 2] / times[0][rounds / 2]);
    return counts[0] == counts[1] ? 0 : 1;
}
