// The floor: what the kernel charges for one command in new namespaces, with the fewest calls that we know of.
//   floor [-mupiUnCT] [-P] [-L] COMMAND [ARG...]
// The letters are unshare(1)'s kinds. With U the child maps itself to root; P mounts a new /proc; L brings the loopback up.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what) {
    dprintf(2, "floor: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static void put(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, text, strlen(text)) < 0) fail(path);
    close(file);
}

static void loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || ioctl(socket_, SIOCSIFFLAGS, &request) < 0) fail("lo");
    close(socket_);
}

// Not syscall(3): the child shares our stack and would overwrite the address that the function returns to.
static inline long clone3(struct clone_args *args) {
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_clone3), "D"(args), "S"(sizeof *args) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_clone3, first __asm__("x0") = (long)args, second __asm__("x1") = sizeof *args;
    __asm__ volatile("svc 0" : "+r"(first) : "r"(number), "r"(second) : "memory");
    return first;
#endif
}

int main(int argc, char **argv) {
    uint64_t kinds = 0;
    int option, proc = 0, loopback = 0;
    while ((option = getopt(argc, argv, "+mupiUnCTPL")) != -1)
        switch (option) {
        case 'm': kinds |= CLONE_NEWNS; break;
        case 'u': kinds |= CLONE_NEWUTS; break;
        case 'p': kinds |= CLONE_NEWPID; break;
        case 'i': kinds |= CLONE_NEWIPC; break;
        case 'U': kinds |= CLONE_NEWUSER; break;
        case 'n': kinds |= CLONE_NEWNET; break;
        case 'C': kinds |= CLONE_NEWCGROUP; break;
        case 'T': kinds |= CLONE_NEWTIME; break;
        case 'P': proc = 1; break;
        case 'L': loopback = 1; break;
        default: return 2;
        }
    if (optind == argc) return 2;

    char uid_map[32], gid_map[32];
    snprintf(uid_map, sizeof uid_map, "0 %u 1\n", getuid());
    snprintf(gid_map, sizeof gid_map, "0 %u 1\n", getgid());

    // The parent waits in the kernel until the child has executed its program: neither copies its memory.
    int pidfd = -1;
    struct clone_args args = {
        .flags = kinds | CLONE_VM | CLONE_VFORK | CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    long child = clone3(&args);
    if (child < 0) {
        errno = -child;
        fail("clone3");
    }
    if (child == 0) {
        if (kinds & CLONE_NEWUSER) {
            put("/proc/self/setgroups", "deny");
            put("/proc/self/uid_map", uid_map);
            put("/proc/self/gid_map", gid_map);
        }
        if (kinds & CLONE_NEWNS && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail("/");
        if (proc && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) fail("/proc");
        if (loopback) loopback_up();
        execve(argv[optind], argv + optind, environ);
        fail(argv[optind]);
    }
    int status;
    if (waitpid(child, &status, 0) < 0) fail("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
