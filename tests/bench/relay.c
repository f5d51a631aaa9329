/*
 * relay RTT_MS LISTEN_IP:PORT TARGET_IP:PORT [LISTEN TARGET]...
 *
 * Passes TCP connections on with a delay of half a round trip in each direction, at any rate. A
 * client cannot send before its handshake would be done: what it sends counts from one round trip
 * after the connection came. Port 0 takes a free one; the addresses that are listened on are
 * printed, one a line, then it serves until it is killed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LISTENERS = 8, MOST_LINKS = 4096, PIECE = 65536, MOST_WAITING = 256 << 20 };

typedef struct piece {
    struct piece *next;
    int64_t due;
    size_t len, done; /* len 0: the end */
    char data[];
} piece;

typedef struct direction {
    int from, to;
    piece *head, *tail;
    size_t waiting;
    bool ended, closed; /* nothing more comes; the end was passed on */
    int64_t not_before;
} direction;

typedef struct pair {
    direction way[2];
} pair;

static int listeners[MOST_LISTENERS];
static struct sockaddr_in targets[MOST_LISTENERS];
static size_t listener_count;
static pair *links[MOST_LINKS];
static size_t link_count;
static int64_t half, whole;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static struct sockaddr_in address(const char *text) {
    struct sockaddr_in a = {.sin_family = AF_INET};
    char host[64];
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof host)
        exit(1);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    if (inet_pton(AF_INET, host, &a.sin_addr) != 1)
        exit(1);
    a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    return a;
}

static void quick(int fd) {
    int yes = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static void listen_on(const char *text, const char *target) {
    struct sockaddr_in a = address(text);
    socklen_t len = sizeof a;
    char host[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 512) ||
        getsockname(fd, (struct sockaddr *)&a, &len))
        die(text);
    quick(fd);
    targets[listener_count] = address(target);
    listeners[listener_count++] = fd;
    printf("%s:%u\n", inet_ntop(AF_INET, &a.sin_addr, host, sizeof host),
           (unsigned)ntohs(a.sin_port));
}

static void take(size_t i) {
    int client;
    while ((client = accept(listeners[i], NULL, NULL)) >= 0) {
        int server = socket(AF_INET, SOCK_STREAM, 0);
        if (link_count == MOST_LINKS || server < 0 ||
            connect(server, (struct sockaddr *)&targets[i], sizeof targets[i]) != 0) {
            close(client);
            close(server);
            continue;
        }
        pair *l = calloc(1, sizeof *l);
        quick(client);
        quick(server);
        l->way[0].from = l->way[1].to = client;
        l->way[0].to = l->way[1].from = server;
        l->way[0].not_before = now() + whole;
        links[link_count++] = l;
    }
}

static void put(direction *d, const char *data, size_t len) {
    piece *p = malloc(sizeof *p + len);
    int64_t t = now();
    p->next = NULL;
    p->due = (t > d->not_before ? t : d->not_before) + half;
    p->len = len;
    p->done = 0;
    memcpy(p->data, data, len);
    if (d->tail)
        d->tail->next = p;
    else
        d->head = p;
    d->tail = p;
    d->waiting += len;
    if (len == 0)
        d->ended = true;
}

static void receive(direction *d) {
    static char buffer[PIECE];
    while (!d->ended && d->waiting < MOST_WAITING) {
        ssize_t n = recv(d->from, buffer, sizeof buffer, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        put(d, buffer, n > 0 ? (size_t)n : 0);
    }
}

/* Sends what is due; true if the socket took all of it. */
static bool deliver(direction *d, int64_t t) {
    while (d->head && d->head->due <= t) {
        piece *p = d->head;
        if (p->len == 0) {
            shutdown(d->to, SHUT_WR);
            d->closed = true;
        } else {
            ssize_t n = send(d->to, p->data + p->done, p->len - p->done, MSG_NOSIGNAL);
            if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
            if (n < 0) {
                shutdown(d->from, SHUT_RD);
                n = (ssize_t)(p->len - p->done);
            }
            p->done += (size_t)n;
            if (p->done < p->len)
                return false;
        }
        d->waiting -= p->len;
        d->head = p->next;
        if (!d->head)
            d->tail = NULL;
        free(p);
    }
    return true;
}

static void drop_ended(void) {
    for (size_t i = 0; i < link_count;) {
        pair *l = links[i];
        if (!l->way[0].closed || !l->way[1].closed) {
            i++;
            continue;
        }
        close(l->way[0].from);
        close(l->way[0].to);
        free(l);
        links[i] = links[--link_count];
    }
}

static void serve_once(void) {
    static struct pollfd fds[MOST_LISTENERS + 2 * MOST_LINKS];
    int64_t t = now();
    int64_t next = t + 1000000000;
    nfds_t count = 0;
    for (size_t i = 0; i < listener_count; i++)
        fds[count++] = (struct pollfd){listeners[i], POLLIN, 0};
    for (size_t i = 0; i < link_count; i++) {
        for (int w = 0; w < 2; w++) {
            direction *d = &links[i]->way[w];
            bool taken = deliver(d, t);
            if (taken && d->head && d->head->due < next)
                next = d->head->due;
            bool reads = !d->ended && d->waiting < MOST_WAITING;
            if (reads || !taken)
                fds[count++] = (struct pollfd){reads ? d->from : d->to,
                                               reads ? POLLIN : POLLOUT, 0};
            if (!taken && reads && next > t + 200000)
                next = t + 200000; /* the other socket is not watched: look again soon */
        }
    }
    int64_t left = next - now();
    struct timespec sleep = {0, left > 0 ? (long)(left % 1000000000) : 0};
    ppoll(fds, count, &sleep, NULL);
    for (size_t i = 0; i < listener_count; i++)
        if (fds[i].revents)
            take(i);
    for (size_t i = 0; i < link_count; i++)
        for (int w = 0; w < 2; w++)
            receive(&links[i]->way[w]);
    drop_ended();
}

int main(int argc, char **argv) {
    if (argc < 4 || argc % 2 != 0)
        return fprintf(stderr, "relay RTT_MS LISTEN TARGET ...\n"), 1;
    whole = (int64_t)(strtod(argv[1], NULL) * 1e6);
    half = whole / 2;
    for (int i = 2; i + 1 < argc && listener_count < MOST_LISTENERS; i += 2)
        listen_on(argv[i], argv[i + 1]);
    fflush(stdout);
    for (;;)
        serve_once();
}
