// Traffic: how much of it a TCP connection carries, and how many connections can be made.
//   stream serve PORT                    takes connections one after the other, and what they bring
//   stream send ADDRESS PORT MS          sends for so long; prints megabytes a second, as they arrived
//   stream connect ADDRESS PORT COUNT    connects so often; prints connections a second
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char block[128 * 1024];

static void fail(const char *what) {
    fprintf(stderr, "stream: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static struct sockaddr_in place(const char *address, const char *port) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    if (inet_pton(AF_INET, address, &place.sin_addr) != 1) fail(address);
    return place;
}

static int connect_to(const struct sockaddr_in *place) {
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (void *)place, sizeof *place) < 0) fail("connect");
    return connection;
}

static void serve(const char *port) {
    struct sockaddr_in here = place("0.0.0.0", port);
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (void *)&here, sizeof here) < 0 || listen(listener, 128) < 0) fail("listen");
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) fail("accept");
        while (read(connection, block, sizeof block) > 0) {}
        // Whoever sent knows by this end that all has arrived.
        close(connection);
    }
}

int main(int count, char **arguments) {
    if (count == 3 && !strcmp(arguments[1], "serve")) serve(arguments[2]);
    if (count != 5) return 2;
    struct sockaddr_in there = place(arguments[2], arguments[3]);
    int amount = atoi(arguments[4]);
    double start = now();
    if (!strcmp(arguments[1], "send")) {
        int connection = connect_to(&there);
        double sent = 0;
        while (now() < start + amount / 1e3) {
            ssize_t written = write(connection, block, sizeof block);
            if (written < 0) fail("write");
            sent += written;
        }
        shutdown(connection, SHUT_WR);
        if (read(connection, block, 1) != 0) fail("the other end");
        printf("%.1f\n", sent / 1e6 / (now() - start));
    } else {
        for (int number = 0; number < amount; number++) {
            int connection = connect_to(&there);
            // So that no port is kept from the next ones by a connection that is over.
            struct linger reset = {1, 0};
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            close(connection);
        }
        printf("%.1f\n", amount / (now() - start));
    }
    return 0;
}
