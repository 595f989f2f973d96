// The floor: what the kernel charges for COUNT named network namespaces, each with a loopback that is up, and a veth pair to one
// bridge with an address at its inner end. One netlink socket outside, one in each namespace, messages in batches.
//   floor-nets COUNT DIRECTORY [late]
// With `late` the bridge comes up at the end, so that no port's multicast floods the others.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[8192];
static size_t used;

static void fail(const char *what) {
    fprintf(stderr, "floor-nets: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct nlmsghdr *begin(int type, int flags, const void *header, size_t size) {
    struct nlmsghdr *message = (void *)(buffer + used);
    memset(message, 0, sizeof *message);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    memcpy(NLMSG_DATA(message), header, size);
    used += NLMSG_HDRLEN + NLMSG_ALIGN(size);
    return message;
}

static struct rtattr *put(int type, const void *data, size_t size) {
    struct rtattr *attribute = (void *)(buffer + used);
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(size);
    if (size) memcpy(RTA_DATA(attribute), data, size);
    used += RTA_ALIGN(attribute->rta_len);
    return attribute;
}

static void end_nest(struct rtattr *nest) { nest->rta_len = buffer + used - (char *)nest; }
static void end(struct nlmsghdr *message) { message->nlmsg_len = buffer + used - (char *)message; }

// Sends what there is, of which the last message asks for an acknowledgement, and reads answers up to it.
static void transact(int socket_, struct nlmsghdr *last) {
    last->nlmsg_flags |= NLM_F_ACK;
    last->nlmsg_seq = 1;
    if (send(socket_, buffer, used, 0) < 0) fail("send");
    used = 0;
    for (;;) {
        char answer[4096];
        ssize_t length = recv(socket_, answer, sizeof answer, 0);
        if (length < 0) fail("recv");
        for (struct nlmsghdr *one = (void *)answer; NLMSG_OK(one, length); one = NLMSG_NEXT(one, length)) {
            struct nlmsgerr *error = NLMSG_DATA(one);
            errno = -error->error;
            if (errno) fail("netlink");
            if (one->nlmsg_seq == 1) return;
        }
    }
}

static int route(void) {
    int socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (socket_ < 0) fail("socket");
    return socket_;
}

static struct nlmsghdr *link_up(int index) {
    struct ifinfomsg header = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct nlmsghdr *message = begin(RTM_NEWLINK, 0, &header, sizeof header);
    end(message);
    return message;
}

static struct nlmsghdr *bridge(int up) {
    struct ifinfomsg header = {.ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};
    struct nlmsghdr *message = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put(IFLA_IFNAME, "lan", 4);
    struct rtattr *info = put(IFLA_LINKINFO, NULL, 0);
    put(IFLA_INFO_KIND, "bridge", 7);
    end_nest(info);
    end(message);
    return message;
}

static struct nlmsghdr *pair(int number, int master, int namespace) {
    char name[IFNAMSIZ];
    snprintf(name, sizeof name, "v%d", number);
    struct ifinfomsg header = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, peer = {0};
    struct nlmsghdr *message = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put(IFLA_IFNAME, name, strlen(name) + 1);
    put(IFLA_MASTER, &master, sizeof master);
    struct rtattr *info = put(IFLA_LINKINFO, NULL, 0);
    put(IFLA_INFO_KIND, "veth", 5);
    struct rtattr *data = put(IFLA_INFO_DATA, NULL, 0), *end_ = put(VETH_INFO_PEER, &peer, sizeof peer);
    put(IFLA_IFNAME, "eth0", 5);
    put(IFLA_NET_NS_FD, &namespace, sizeof namespace);
    end_nest(end_);
    end_nest(data);
    end_nest(info);
    end(message);
    return message;
}

static struct nlmsghdr *address(int index, uint32_t number) {
    struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = 8, .ifa_index = index};
    uint32_t bytes = htonl(0x0a000001 + number);
    struct nlmsghdr *message = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put(IFA_LOCAL, &bytes, sizeof bytes);
    put(IFA_ADDRESS, &bytes, sizeof bytes);
    end(message);
    return message;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    int late = count > 3, total = atoi(arguments[1]), outside = route();
    transact(outside, bridge(!late));
    int master = if_nametoindex("lan");
    for (int number = 0; number < total; number++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/n%d", arguments[2], number);
        if (unshare(CLONE_NEWNET) < 0) fail("unshare");
        int file = open(path, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0);
        if (file < 0 || mount("/proc/thread-self/ns/net", path, NULL, MS_BIND, NULL) < 0) fail(path);
        close(file);
        int namespace = open(path, O_RDONLY | O_CLOEXEC), inside = route();
        transact(outside, pair(number, master, namespace));
        link_up(1);
        link_up(2);
        transact(inside, address(2, number));
        close(inside);
        close(namespace);
    }
    if (late) transact(outside, link_up(master));
    return 0;
}
