/*
 * Stands in for libFuzzer where the compiler has none (gcc): changes inputs at random, and keeps
 * those by which a branch is taken that was not taken before, or not as often. Takes libFuzzer's
 * options -runs, -max_len, -timeout, -dict, -artifact_prefix and -seed, and folders of inputs, the
 * first of which gets what is kept. What ends the process is written out before.
 *
 * The layers under test are built with -fsanitize-coverage=trace-pc, which calls
 * __sanitizer_cov_trace_pc at each branch; this file is not. Targets may note other places.
 */
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);
void __sanitizer_cov_trace_pc(void);
void fuzz_note(uintptr_t here);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
extern bool fuzz_wholly;
bool fuzz_wholly; /* see script.h */

enum { MAP = 1 << 16, WORDS = 512, CHANGES = 6, NAME = 4096 };

typedef struct text {
    uint8_t *bytes;
    size_t len;
} text;

typedef struct list {
    text *items;
    size_t count, capacity;
} list;

static uint8_t counts[MAP], known[MAP];
static uint32_t touched[MAP];
static size_t touched_count;
static uintptr_t before;

static list inputs, words;
static text current;
static size_t max_len = 4096;
static unsigned timeout = 10;
static const char *prefix = "./", *kept;
static uint64_t random_state = 1;

void fuzz_note(uintptr_t here) {
    uint32_t place = (uint32_t)((here ^ before) * UINT64_C(0x9e3779b97f4a7c15) >> 40) & (MAP - 1);
    before = here >> 1;
    if (counts[place] == 0)
        touched[touched_count++] = place;
    if (counts[place] < 255)
        counts[place]++;
}

void __sanitizer_cov_trace_pc(void) {
    fuzz_note((uintptr_t)__builtin_return_address(0));
}

/* ---- small things ---- */

static uint64_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static size_t below(size_t n) {
    return n ? (size_t)(random_number() >> 11) % n : 0;
}

static void *must(void *ptr) {
    if (!ptr) {
        perror("memory");
        _exit(1);
    }
    return ptr;
}

static void add(list *to, const uint8_t *bytes, size_t len) {
    if (to->count == to->capacity) {
        to->capacity = to->capacity * 2 + 64;
        to->items = must(realloc(to->items, to->capacity * sizeof *to->items));
    }
    text *made = &to->items[to->count++];
    made->bytes = must(malloc(len + 1));
    made->len = len;
    memcpy(made->bytes, bytes, len);
}

static void write_out(const char *before_name, const char *kind) {
    char name[NAME];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < current.len; i++)
        hash = (hash ^ current.bytes[i]) * UINT64_C(0x100000001b3);
    snprintf(name, sizeof name, "%s%s%016llx", before_name, kind, (unsigned long long)hash);
    FILE *file = fopen(name, "wb");
    if (!file)
        return;
    fwrite(current.bytes, 1, current.len, file);
    fclose(file);
}

static void finding(void) {
    write_out(prefix, "crash-");
}

static void on_signal(int number) {
    write_out(prefix, number == SIGALRM ? "timeout-" : "crash-");
    fprintf(stderr, "signal %d; the input is at %s*\n", number, prefix);
    signal(number, SIG_DFL);
    raise(number);
    _exit(1);
}

/* ---- inputs ---- */

static void read_file(const char *path, list *to) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = must(malloc(max_len));
    if (file) {
        add(to, bytes, fread(bytes, 1, max_len, file));
        fclose(file);
    }
    free(bytes);
}

static void read_folder(const char *path) {
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL) {
        char full[NAME];
        snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            read_file(full, &inputs);
    }
    if (folder)
        closedir(folder);
}

/* Lines of a dictionary: "text", with \\, \" and \xNN. */
static void read_words(const char *path) {
    char line[WORDS];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *p = strchr(line, '"');
        uint8_t word[WORDS];
        size_t len = 0;
        if (line[0] == '#' || !p)
            continue;
        for (p++; *p && *p != '"'; p++) {
            unsigned code = 0;
            if (p[0] == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &code) == 1) {
                word[len++] = (uint8_t)code;
                p += 3;
            } else {
                p += p[0] == '\\' && p[1];
                word[len++] = (uint8_t)*p;
            }
        }
        add(&words, word, len);
    }
    if (file)
        fclose(file);
}

/* ---- changes ---- */

/* Puts bytes in place of `gone` bytes at `at`, as far as there is room. */
static void replace(size_t at, size_t gone, const uint8_t *bytes, size_t len) {
    size_t tail = current.len - at - gone;
    if (at + len + tail > max_len)
        return;
    memmove(current.bytes + at + len, current.bytes + at + gone, tail);
    memcpy(current.bytes + at, bytes, len);
    current.len = at + len + tail;
}

static void put_word(size_t at) {
    if (words.count == 0)
        return;
    const text *word = &words.items[below(words.count)];
    size_t left = current.len - at;
    size_t gone = word->len < left ? word->len : left;
    replace(at, below(2) ? gone : 0, word->bytes, word->len);
}

static void put_number(size_t at) {
    static const char *const numbers[] = {"0",
                                          "1",
                                          "255",
                                          "4294967295",
                                          "18446744073709551615",
                                          "9223372036854775807",
                                          "-1",
                                          "99999999999999999999"};
    const char *number = numbers[below(sizeof numbers / sizeof *numbers)];
    size_t digits = 0;
    while (at + digits < current.len && isdigit(current.bytes[at + digits]))
        digits++;
    replace(at, digits, (const uint8_t *)number, strlen(number));
}

/* A piece of this or another input, put here. */
static void put_piece(size_t at, const text *from) {
    uint8_t piece[256];
    size_t start = below(from->len);
    size_t len = below(from->len - start < sizeof piece ? from->len - start : sizeof piece);
    memcpy(piece, from->bytes + start, len);
    size_t left = current.len - at;
    replace(at, below(2) ? (len < left ? len : left) : 0, piece, len);
}

static void change(void) {
    size_t at = below(current.len + 1);
    uint8_t byte = (uint8_t)random_number();
    bool inside = at < current.len;
    switch (below(8)) {
    case 0:
        if (inside)
            current.bytes[at] ^= (uint8_t)(1u << below(8));
        break;
    case 1:
        if (inside)
            current.bytes[at] = byte;
        break;
    case 2:
        replace(at, 0, &byte, 1);
        break;
    case 3:
        if (inside)
            replace(at, 1 + below(current.len - at < 32 ? current.len - at : 32), &byte, 0);
        break;
    case 4:
        put_number(at);
        break;
    case 5:
        put_piece(at, &current);
        break;
    case 6:
        put_piece(at, &inputs.items[below(inputs.count)]);
        break;
    default:
        put_word(at);
    }
}

/* ---- running ---- */

static uint8_t bucket(uint8_t count) {
    uint8_t bit = 0;
    for (unsigned limit = 1; limit < count && bit < 7; limit *= 2)
        bit++;
    return (uint8_t)(1u << bit);
}

/* Runs the input in a block of exactly its size; tells whether it did something new. */
static bool run(void) {
    uint8_t *exact = must(malloc(current.len ? current.len : 1));
    bool fresh = false;
    memcpy(exact, current.bytes, current.len);
    before = 0;
    alarm(timeout);
    LLVMFuzzerTestOneInput(exact, current.len);
    free(exact);
    for (size_t i = 0; i < touched_count; i++) {
        uint8_t bit = bucket(counts[touched[i]]);
        fresh = fresh || !(known[touched[i]] & bit);
        known[touched[i]] |= bit;
        counts[touched[i]] = 0;
    }
    touched_count = 0;
    return fresh;
}

static void run_wholly(void) {
    fuzz_wholly = true;
    run();
    fuzz_wholly = false;
}

static void take(const text *input) {
    current.len = input->len;
    memcpy(current.bytes, input->bytes, input->len);
}

static void grow(unsigned long runs) {
    static const uint8_t nothing[1];
    if (inputs.count == 0)
        add(&inputs, nothing, 0);
    for (size_t i = 0; i < inputs.count; i++) {
        take(&inputs.items[i]);
        run_wholly();
    }
    for (unsigned long i = 0; i < runs; i++) {
        /* What was found lately is tried more often. */
        size_t back = below(2) ? below(inputs.count) : below(inputs.count < 16 ? inputs.count : 16);
        take(&inputs.items[inputs.count - 1 - back]);
        for (size_t n = 1 + below(CHANGES); n > 0; n--)
            change();
        if (!run())
            continue;
        run_wholly();
        add(&inputs, current.bytes, current.len);
        if (kept)
            write_out(kept, "/");
    }
    printf("%lu runs, %zu inputs\n", runs, inputs.count);
}

static const char *option(const char *argument, const char *name) {
    size_t len = strlen(name);
    return strncmp(argument, name, len) == 0 ? argument + len : NULL;
}

int main(int argc, char **argv) {
    const int ends[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    unsigned long runs = 100000;
    random_state = (uint64_t)time(NULL) << 20 | (uint64_t)getpid();
    for (int i = 1; i < argc; i++) {
        const char *value;
        if ((value = option(argv[i], "-runs=")) != NULL)
            runs = strtoul(value, NULL, 10);
        else if ((value = option(argv[i], "-max_len=")) != NULL)
            max_len = strtoul(value, NULL, 10);
        else if ((value = option(argv[i], "-timeout=")) != NULL)
            timeout = (unsigned)strtoul(value, NULL, 10);
        else if ((value = option(argv[i], "-seed=")) != NULL)
            random_state = strtoul(value, NULL, 10) | 1;
        else if ((value = option(argv[i], "-artifact_prefix=")) != NULL)
            prefix = value;
        else if ((value = option(argv[i], "-dict=")) != NULL)
            read_words(value);
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-')
            continue;
        kept = kept ? kept : argv[i];
        read_folder(argv[i]);
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        signal(ends[i], on_signal);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(finding);
    current.bytes = must(malloc(max_len + 1));
    grow(runs);
    return 0;
}
