// The floor of `lsns`: one pass over /proc that reads of each process what a list of namespaces needs, and no more.
//   floor-ls             the eight links, the owner and the command line of each process; a line for each namespace
//   floor-ls KIND        one link a process, as `lsns --type KIND` needs
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 1 << 16 };
static const char *const KINDS[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};

struct space {
    unsigned long inode;
    int kind, processes, first, uid;
    char command[128];
};
static struct space table[SLOTS];

static struct space *find(unsigned long inode) {
    unsigned long slot = inode * 2654435761u % SLOTS;
    while (table[slot].inode && table[slot].inode != inode) slot = (slot + 1) % SLOTS;
    return &table[slot];
}

static void visit(int proc, const char *pid, const char *only) {
    char path[64], link[64], command[128];
    struct stat owner;
    int read_yet = 0;
    if (fstatat(proc, pid, &owner, 0) < 0) return;
    for (int kind = 0; kind < 8; kind++) {
        if (only && strcmp(only, KINDS[kind])) continue;
        snprintf(path, sizeof path, "%s/ns/%s", pid, KINDS[kind]);
        ssize_t n = readlinkat(proc, path, link, sizeof link - 1);
        if (n < 0) continue;
        link[n] = 0;
        unsigned long inode = strtoul(strchr(link, '[') + 1, NULL, 10);
        struct space *space = find(inode);
        if (space->processes++) continue;
        space->inode = inode;
        space->kind = kind;
        space->first = atoi(pid);
        space->uid = owner.st_uid;
        if (!read_yet) {
            snprintf(path, sizeof path, "%s/cmdline", pid);
            int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
            n = file < 0 ? 0 : read(file, command, sizeof command - 1);
            close(file);
            command[n < 0 ? 0 : n] = 0;
            for (ssize_t i = 0; i + 1 < n; i++)
                if (!command[i]) command[i] = ' ';
            read_yet = 1;
        }
        strcpy(space->command, command);
    }
    if (!read_yet && !only) {
        snprintf(path, sizeof path, "%s/cmdline", pid);
        int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
        if (file >= 0 && read(file, command, sizeof command) >= 0) close(file);
    }
}

int main(int argc, char **argv) {
    DIR *directory = opendir("/proc");
    if (!directory) return 1;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') visit(dirfd(directory), entry->d_name, argc > 1 ? argv[1] : NULL);
    for (int slot = 0; slot < SLOTS; slot++)
        if (table[slot].inode)
            printf("%10lu %-6s %6d %7d %5d %s\n", table[slot].inode, KINDS[table[slot].kind], table[slot].processes,
                   table[slot].first, table[slot].uid, table[slot].command);
}
