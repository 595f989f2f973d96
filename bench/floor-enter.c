// The floor: what the kernel charges for a command in a named network namespace.
//   floor-enter FILE [-s] COMMAND [ARG...]
// With -s also what ip-netns(8) does for /sys: a mount namespace of its own with a sysfs that shows that network.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments) {
    if (count < 3) return 2;
    int file = open(arguments[1], O_RDONLY | O_CLOEXEC), sys = !strcmp(arguments[2], "-s");
    if (file < 0 || setns(file, CLONE_NEWNET) < 0) return 1;
    if (sys && (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 || umount2("/sys", MNT_DETACH) < 0 ||
                mount("floor", "/sys", "sysfs", 0, NULL) < 0))
        return 1;
    arguments += 2 + sys;
    execve(arguments[0], arguments, environ);
    return 127;
}
