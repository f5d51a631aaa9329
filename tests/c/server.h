/*
 * A server in a thread for tests of src/net: a request for /N gets text number N as it is. Included
 * once by a test program; everything is static.
 */
#ifndef MSIG_TESTS_SERVER_H
#define MSIG_TESTS_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct server_answer {
    const char *text;
    bool ends; /* close the connection behind it */
} server_answer;

enum { SERVER_CONNECTIONS = 4096 };

typedef struct server {
    const server_answer *answers;
    size_t count;
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_size_t requests, connections;
    pthread_t workers[SERVER_CONNECTIONS];
    int sockets[SERVER_CONNECTIONS];
    pthread_mutex_t lock;
    char last[4096]; /* the head of the latest request */
} server;

typedef struct server_link {
    server *owner;
    int fd;
} server_link;

/* Reads up to the empty line; false when the client is gone. */
static bool server_read_head(int fd, char *head, size_t size) {
    size_t len = 0;
    while (len + 1 < size) {
        if (recv(fd, head + len, 1, 0) != 1)
            return false;
        head[++len] = '\0';
        if (len >= 4 && strcmp(head + len - 4, "\r\n\r\n") == 0)
            return true;
    }
    return false;
}

static void *server_work(void *user) {
    server_link link = *(server_link *)user;
    char head[sizeof link.owner->last];
    free(user);
    while (server_read_head(link.fd, head, sizeof head)) {
        size_t n = 0;
        const char *slash = strchr(head, '/');
        if (slash)
            n = strtoul(slash + 1, NULL, 10);
        atomic_fetch_add(&link.owner->requests, 1);
        pthread_mutex_lock(&link.owner->lock);
        memcpy(link.owner->last, head, sizeof head);
        pthread_mutex_unlock(&link.owner->lock);
        const server_answer *answer = &link.owner->answers[n < link.owner->count ? n : 0];
        size_t len = strlen(answer->text);
        if (send(link.fd, answer->text, len, MSG_NOSIGNAL) != (ssize_t)len || answer->ends)
            break;
    }
    shutdown(link.fd, SHUT_RDWR);
    return NULL;
}

static void *server_accept(void *user) {
    server *s = user;
    int fd;
    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        int yes = 1;
        size_t n = atomic_fetch_add(&s->connections, 1);
        if (n >= SERVER_CONNECTIONS)
            abort();
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        server_link *link = malloc(sizeof *link);
        link->owner = s;
        link->fd = s->sockets[n] = fd;
        pthread_create(&s->workers[n], NULL, server_work, link);
    }
    return NULL;
}

static server *server_start(const server_answer *answers, size_t count) {
    server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    s->answers = answers;
    s->count = count;
    pthread_mutex_init(&s->lock, NULL);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(s->listener, 128) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &len) != 0)
        abort();
    s->port = ntohs(address.sin_port);
    pthread_create(&s->thread, NULL, server_accept, s);
    return s;
}

static void server_stop(server *s) {
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    size_t count = atomic_load(&s->connections);
    for (size_t i = 0; i < count; i++) {
        shutdown(s->sockets[i], SHUT_RDWR);
        pthread_join(s->workers[i], NULL);
        close(s->sockets[i]);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

#endif
