// The floor: what the kernel charges for the ids of all network namespaces that have names in DIRECTORY, and for a list of links.
//   floor-names DIRECTORY        the ids, which are asked for many at a time
//   floor-names DIRECTORY links  that, after all links are listed
//   floor-names -                the links alone
// For each id, and for each veth link that it lists, the kernel looks through all ids that it has given out, one by one.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 96

struct ask {
    struct nlmsghdr header;
    struct rtgenmsg family;
    char padding[3];
    struct rtattr attribute;
    int value;
};

static void fail(const char *what) {
    fprintf(stderr, "floor-names: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *find(struct nlmsghdr *message, size_t header, int kind) {
    struct rtattr *attribute = (void *)((char *)NLMSG_DATA(message) + NLMSG_ALIGN(header));
    int left = message->nlmsg_len - NLMSG_SPACE(header);
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
        if (attribute->rta_type == kind) return RTA_DATA(attribute);
    return NULL;
}

static void links(int route) {
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
        struct rtattr attribute;
        uint32_t mask;
    } list = {{sizeof list, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {0}, {8, IFLA_EXT_MASK}, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS};
    if (send(route, &list, sizeof list, 0) < 0) fail("send");
    static char buffer[32768];
    for (;;) {
        ssize_t length = recv(route, buffer, sizeof buffer, 0);
        if (length < 0) fail("recv");
        for (struct nlmsghdr *one = (void *)buffer; NLMSG_OK(one, length); one = NLMSG_NEXT(one, length)) {
            if (one->nlmsg_type == NLMSG_DONE) return;
            struct ifinfomsg *link = NLMSG_DATA(one);
            char *name = find(one, sizeof *link, IFLA_IFNAME);
            int *peer = find(one, sizeof *link, IFLA_LINK_NETNSID);
            printf("%d: %s %d\n", link->ifi_index, name, peer ? *peer : -1);
        }
    }
}

static void ids(int route, const char *path) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fdopendir(directory);
    if (!names) fail(path);
    static char called[BATCH][256];
    static struct ask asks[BATCH];
    for (int more = 1; more;) {
        int count = 0;
        while (count < BATCH) {
            struct dirent *entry = readdir(names);
            if (!(more = entry != NULL)) break;
            if (entry->d_name[0] == '.') continue;
            strcpy(called[count], entry->d_name);
            int net = openat(directory, entry->d_name, O_RDONLY | O_CLOEXEC);
            asks[count] = (struct ask){{sizeof(struct ask), RTM_GETNSID, NLM_F_REQUEST, count, 0}, {0}, {0}, {8, NETNSA_FD}, net};
            count++;
        }
        if (count && send(route, asks, count * sizeof *asks, 0) < 0) fail("send");
        for (int answer = 0; answer < count; answer++) {
            char buffer[1024];
            if (recv(route, buffer, sizeof buffer, 0) < 0) fail("recv");
            int *id = find((void *)buffer, sizeof(struct rtgenmsg), NETNSA_NSID);
            printf("%s (id: %d)\n", called[answer], id ? *id : -1);
            close(asks[answer].value);
        }
    }
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), yes = 1;
    if (route < 0 || setsockopt(route, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &yes, sizeof yes) < 0) fail("socket");
    int alone = !strcmp(arguments[1], "-");
    if (alone || count > 2) links(route);
    if (!alone) ids(route, arguments[1]);
    return 0;
}
