// Fills the machine with idle processes spread over sets of namespaces, until it is killed.
//   crowd PROCESSES SETS KINDS       KINDS: unshare(1)'s letters, e.g. muiC
// Prints "ready" when all stand. Every process dies with its parent, so killing this one takes the crowd away.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void idle(void) {
    for (;;) pause();
}

// Forks a process that dies when this one does; true in the child.
static int child(void) {
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        perror("crowd: fork");
        exit(1);
    }
    if (pid > 0) return 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    int processes = atoi(argv[1]), sets = atoi(argv[2]), kinds = 0, gate[2];
    for (const char *letter = argv[3]; *letter; letter++)
        switch (*letter) {
        case 'm': kinds |= CLONE_NEWNS; break;
        case 'u': kinds |= CLONE_NEWUTS; break;
        case 'i': kinds |= CLONE_NEWIPC; break;
        case 'U': kinds |= CLONE_NEWUSER; break;
        case 'n': kinds |= CLONE_NEWNET; break;
        case 'C': kinds |= CLONE_NEWCGROUP; break;
        default: return 2;
        }
    if (pipe(gate) < 0) return 1;
    signal(SIGCHLD, SIG_IGN);
    for (int set = 0; set < sets; set++) {
        if (!child()) continue;
        // The leader of a set is one of its processes; the remainder goes to the first sets.
        int members = processes / sets + (set < processes % sets);
        if (unshare(kinds) < 0) {
            perror("crowd: unshare");
            _exit(1);
        }
        for (int member = 1; member < members; member++)
            if (child()) {
                close(gate[0]);
                close(gate[1]);
                idle();
            }
        write(gate[1], "x", 1);
        idle();
    }
    close(gate[1]);
    int standing = 0;
    for (char byte; standing < sets && read(gate[0], &byte, 1) == 1;) standing++;
    printf("ready\n");
    fflush(stdout);
    idle();
}
