// The floor of a container: the kernel work of a minimal bundle with the fewest calls that we know of, for a root that nobody
// else changes meanwhile.
//   floor-oci [-g NAME] ROOT COMMAND [ARG...]
//   floor-oci -e PID COMMAND [ARG...]
// Seven new namespaces (all but user and time), the usual mounts, devices, masked and read-only paths, and capabilities. With -g
// in a control group of its own in each hierarchy, where version 1 allows the usual devices. With -e in the namespaces of that
// process instead, as runc-exec(8) does it.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
    dprintf(2, "floor-oci: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static void must(long result, const char *what) {
    if (result < 0) fail(what);
}

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

static const char *masked[] = {"proc/acpi", "proc/asound", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list",
                               "proc/timer_stats", "proc/sched_debug", "sys/firmware", "proc/scsi"};
static const char *read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
static const struct { const char *path; int minor, major; } nodes[] = {
    {"dev/null", 3, 1}, {"dev/zero", 5, 1}, {"dev/full", 7, 1}, {"dev/random", 8, 1}, {"dev/urandom", 9, 1}, {"dev/tty", 0, 5}};
static const char *links[][2] = {{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
                                 {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"}};

static void file_systems(void) {
    unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    must(mount("proc", "proc", "proc", 0, NULL), "proc");
    must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
    must(mkdir("dev/pts", 0755), "dev/pts");
    must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"), "dev/pts");
    must(mkdir("dev/shm", 0755), "dev/shm");
    must(mount("shm", "dev/shm", "tmpfs", quiet, "mode=1777,size=65536k"), "dev/shm");
    must(mkdir("dev/mqueue", 0755), "dev/mqueue");
    must(mount("mqueue", "dev/mqueue", "mqueue", quiet, NULL), "dev/mqueue");
    must(mount("sysfs", "sys", "sysfs", quiet | MS_RDONLY, NULL), "sys");
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) must(symlink(links[i][0], links[i][1]), links[i][1]);
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) < 0) continue;
        must(mount(NULL, read_only[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), read_only[i]);
    }
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++)
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
            must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL), masked[i]);
}

// One hierarchy: the group in it, and the file by which a process enters it; version 2 has the directory for that.
static struct place { char path[256]; int entry; } groups[16];
static int group_count, unified = -1;

static void put(const char *directory, const char *file, const char *value) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    int opened = open(path, O_WRONLY | O_CLOEXEC);
    must(opened, path);
    must(write(opened, value, strlen(value)), path);
    close(opened);
}

static void copy(const char *from, const char *to, const char *file) {
    char path[300], value[256];
    snprintf(path, sizeof path, "%s/%s", from, file);
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    must(opened, path);
    ssize_t length = read(opened, value, sizeof value - 1);
    must(length, path);
    close(opened);
    value[length] = 0;
    put(to, file, value);
}

static void make_groups(const char *name) {
    static const char *allowed[] = {"b *:* m", "c *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm",
                                    "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm"};
    FILE *list = fopen("/proc/self/cgroup", "re");
    if (!list) fail("/proc/self/cgroup");
    char line[512], mount[200];
    while (fgets(line, sizeof line, list) && group_count < 16) {
        char *hierarchy = strchr(line, ':') + 1;
        *strchr(hierarchy, ':') = 0;
        if (!strncmp(hierarchy, "name=", 5)) hierarchy += 5;
        int is_unified = !*hierarchy;
        snprintf(mount, sizeof mount, "/sys/fs/cgroup/%.100s", is_unified ? "unified" : hierarchy);
        if (is_unified && access(mount, F_OK)) strcpy(mount, "/sys/fs/cgroup");
        struct place *group = &groups[group_count++];
        snprintf(group->path, sizeof group->path, "%s/%s", mount, name);
        must(mkdir(group->path, 0755), group->path);
        if (is_unified) {
            must(unified = open(group->path, O_PATH | O_DIRECTORY | O_CLOEXEC), group->path);
            group->entry = -1;
            continue;
        }
        if (!strcmp(hierarchy, "cpuset")) {
            copy(mount, group->path, "cpuset.cpus");
            copy(mount, group->path, "cpuset.mems");
        }
        if (!strcmp(hierarchy, "devices")) {
            put(group->path, "devices.deny", "a");
            for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) put(group->path, "devices.allow", allowed[i]);
        }
        char tasks[300];
        snprintf(tasks, sizeof tasks, "%s/tasks", group->path);
        must(group->entry = open(tasks, O_WRONLY | O_CLOEXEC), tasks);
    }
    fclose(list);
}

static void enter_groups(void) {
    for (int i = 0; i < group_count; i++)
        if (groups[i].entry >= 0) must(write(groups[i].entry, "0", 1), groups[i].path);
}

static void become(void) {
    must(setsid(), "setsid");
    struct rlimit files = {1024, 1024};
    must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    uint64_t kept = 1 << CAP_AUDIT_WRITE % 32 | 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE;
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        if (!(kept >> capability & 1)) must(prctl(PR_CAPBSET_DROP, capability), "capability");
    must(setgroups(0, NULL), "setgroups");
    must(setresgid(0, 0, 0), "setresgid");
    must(setresuid(0, 0, 0), "setresuid");
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{(uint32_t)kept, (uint32_t)kept, 0}, {0, 0, 0}};
    must(syscall(SYS_capset, &header, sets), "capset");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    must(syscall(SYS_close_range, 3, ~0U, 4), "close_range");
}

static void run(char **words) {
    char *environment[] = {"PATH=/bin", "TERM=xterm", NULL};
    execve(words[0], words, environment);
    fail(words[0]);
}

static void added(int pid) {
    int process = syscall(SYS_pidfd_open, pid, 0);
    must(process, "pidfd_open");
    must(setns(process, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP), "setns");
    must(chdir("/"), "/");
}

static void child(const char *root, char **words) {
    enter_groups();
    must(sethostname("floor", 5), "sethostname");
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int wire = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(ioctl(wire, SIOCSIFFLAGS, &up), "lo");
    must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "/");
    must(mount(root, root, NULL, MS_BIND | MS_REC, NULL), root);
    must(chdir(root), root);
    umask(0);
    file_systems();
    must(mount(NULL, ".", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount2");
    must(chdir("/"), "/");
    umask(022);
    become();
    run(words);
}

int main(int argc, char **argv) {
    const char *name = NULL;
    int joined = 0;
    if (argc > 3 && !strcmp(argv[1], "-g")) name = argv[2];
    if (argc > 3 && !strcmp(argv[1], "-e")) joined = atoi(argv[2]);
    argv += name || joined ? 3 : 1;
    argc -= name || joined ? 3 : 1;
    if (argc < (joined ? 1 : 2)) return 2;
    if (name) make_groups(name);
    if (joined) added(joined);
    int pidfd = -1;
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | (unified >= 0 ? CLONE_INTO_CGROUP : 0) |
                 (joined ? 0 : CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP),
        .pidfd = (uintptr_t)&pidfd,
        .cgroup = unified >= 0 ? unified : 0,
        .exit_signal = SIGCHLD};
    long pid = clone3(&args);
    if (pid == 0 && joined) {
        become();
        run(argv);
    }
    if (pid == 0) child(argv[0], argv + 1);
    if (pid < 0) {
        errno = -pid;
        fail("clone3");
    }
    int status;
    must(waitpid(pid, &status, 0), "waitpid");
    for (int i = 0; i < group_count; i++) must(rmdir(groups[i].path), groups[i].path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
