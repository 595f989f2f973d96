// Times whole programs, from posix_spawn to the end of wait4, interleaved and on one core, or on all.
//   stopwatch ROUNDS [all] < COMMANDS
// Each line of standard input is a command, its words split at blanks. Prints a line for each, in order:
//   MEDIAN TENTH-PERCENTILE STATUS      both in microseconds; the status is the first wait status that was not 0.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS = 64, WORDS = 64 };
extern char **environ;

static int by_value(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
    static char lines[COMMANDS][4096], *words[COMMANDS][WORDS];
    static int status[COMMANDS];
    double *times[COMMANDS];
    int rounds = argc > 1 ? atoi(argv[1]) : 0, commands = 0;
    if (rounds < 1) return 2;
    while (commands < COMMANDS && fgets(lines[commands], sizeof lines[0], stdin)) {
        int n = 0;
        for (char *word = strtok(lines[commands], " \n"); word && n < WORDS - 1; word = strtok(NULL, " \n"))
            words[commands][n++] = word;
        if (n == 0) continue;
        times[commands] = malloc(rounds * sizeof(double));
        commands++;
    }

    // The last core: the first takes most interrupts.
    cpu_set_t all, last;
    sched_getaffinity(0, sizeof all, &all);
    for (int cpu = argc > 2 ? -1 : CPU_SETSIZE - 1; cpu >= 0; cpu--)
        if (CPU_ISSET(cpu, &all)) {
            CPU_ZERO(&last);
            CPU_SET(cpu, &last);
            sched_setaffinity(0, sizeof last, &last);
            break;
        }

    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    if (!getenv("STOPWATCH_ERRORS")) posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    for (int round = 0; round < rounds; round++)
        for (int c = 0; c < commands; c++) {
            pid_t pid;
            int ended = 127 << 8;
            double start = now();
            if (posix_spawn(&pid, words[c][0], &quiet, NULL, words[c], environ) == 0) waitpid(pid, &ended, 0);
            times[c][round] = now() - start;
            if (!status[c]) status[c] = ended;
        }
    for (int c = 0; c < commands; c++) {
        qsort(times[c], rounds, sizeof(double), by_value);
        printf("%.1f %.1f %d\n", times[c][rounds / 2], times[c][rounds / 10], status[c]);
    }
}
