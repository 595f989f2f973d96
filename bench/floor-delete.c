// The floor: what the kernel charges for taking COUNT names of network namespaces away.
//   floor-delete COUNT DIRECTORY [THREADS]
// Who unmounts waits for a grace period of the kernel's (RCU), which those who unmount at the same time share: so several threads.
// All namespaces are held open until the last is unmounted, because the kernel begins to take one apart when nobody has it any
// more, and then competes with who unmounts the next.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

static atomic_int next;
static int total, directory;

static void fail(const char *what) {
    fprintf(stderr, "floor-delete: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *take(void *unused) {
    char name[32];
    for (int number; (number = atomic_fetch_add(&next, 1)) < total;) {
        snprintf(name, sizeof name, "n%d", number);
        // Open until the process ends.
        if (openat(directory, name, O_RDONLY | O_CLOEXEC) < 0) fail(name);
        if (umount2(name, MNT_DETACH) < 0) fail("umount2");
        if (unlinkat(directory, name, 0) < 0) fail("unlinkat");
    }
    return unused;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    total = atoi(arguments[1]);
    int threads = count > 3 ? atoi(arguments[3]) : 16;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    directory = open(arguments[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fchdir(directory) < 0) fail(arguments[2]);
    pthread_t started[threads];
    for (int thread = 0; thread < threads; thread++)
        if (pthread_create(&started[thread], NULL, take, NULL)) fail("pthread_create");
    for (int thread = 0; thread < threads; thread++) pthread_join(started[thread], NULL);
    return 0;
}
