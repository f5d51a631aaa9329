/*
 * Runs commands in turns and says how long each takes and how much memory.
 *
 *     measure ROUNDS COMMAND [ARG ...] [--- COMMAND [ARG ...]]...
 *
 * A line for each command: wall time (least, median) and processor time (least, median) in
 * milliseconds, largest resident set in kB, exit code of the last round. Output of the commands
 * goes to /dev/null. It is a small C program because what a process starts from counts as its
 * memory too.
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_COMMANDS = 16, MOST_ROUNDS = 1000, NOT_STARTED = 127 };

typedef struct command {
    char **words; /* ends with NULL */
    double wall[MOST_ROUNDS], cpu[MOST_ROUNDS];
    long memory;
    int code;
} command;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double milliseconds(struct timeval t) {
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static bool run(command *c, int round) {
    struct rusage usage;
    int status;
    double start = now();
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        execvp(c->words[0], c->words);
        _exit(NOT_STARTED);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
        return false;
    c->wall[round] = now() - start;
    c->cpu[round] = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
    c->memory = usage.ru_maxrss > c->memory ? usage.ru_maxrss : c->memory;
    c->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return c->code != NOT_STARTED;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Cuts the words at each `---`; returns how many commands there are. */
static int split(command *commands, char **words) {
    int count = 0;
    while (*words && count < MOST_COMMANDS) {
        commands[count++].words = words;
        while (*words && strcmp(*words, "---") != 0)
            words++;
        if (*words)
            *words++ = NULL;
    }
    return count;
}

int main(int argc, char **argv) {
    static command commands[MOST_COMMANDS];
    int rounds = argc > 2 ? atoi(argv[1]) : 0;
    if (rounds < 1 || rounds > MOST_ROUNDS) {
        fputs("usage: measure ROUNDS COMMAND [ARG ...] [--- COMMAND ...]\n", stderr);
        return 1;
    }
    int count = split(commands, argv + 2);
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < count; i++)
            if (!run(&commands[i], round)) {
                fprintf(stderr, "measure: %s cannot be run\n", commands[i].words[0]);
                return 1;
            }
    for (int i = 0; i < count; i++) {
        command *c = &commands[i];
        qsort(c->wall, (size_t)rounds, sizeof *c->wall, by_size);
        qsort(c->cpu, (size_t)rounds, sizeof *c->cpu, by_size);
        printf("%.3f %.3f %.3f %.3f %ld %d\n", c->wall[0], c->wall[rounds / 2], c->cpu[0],
               c->cpu[rounds / 2], c->memory, c->code);
    }
    return 0;
}
