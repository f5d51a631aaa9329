/*
 * A server in a thread: a request for /N gets text number N as it is, or a function answers.
 * Included once by a test program; everything is static.
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

/* Answers a request, of which it gets the head. */
typedef void (*server_function)(int fd, const char *head);

enum { SERVER_CONNECTIONS = 4096 };

typedef struct server {
    const server_answer *answers;
    size_t count;
    server_function function; /* in place of the texts */
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

/* Sends the text that was asked for; false where the connection ends behind it. */
static bool server_send_text(const server *s, int fd, const char *head) {
    const char *slash = strchr(head, '/');
    size_t n = slash ? strtoul(slash + 1, NULL, 10) : 0;
    const server_answer *answer = &s->answers[n < s->count ? n : 0];
    size_t len = strlen(answer->text);
    return send(fd, answer->text, len, MSG_NOSIGNAL) == (ssize_t)len && !answer->ends;
}

static void *server_work(void *user) {
    server_link link = *(server_link *)user;
    char head[sizeof link.owner->last];
    free(user);
    while (server_read_head(link.fd, head, sizeof head)) {
        atomic_fetch_add(&link.owner->requests, 1);
        pthread_mutex_lock(&link.owner->lock);
        memcpy(link.owner->last, head, sizeof head);
        pthread_mutex_unlock(&link.owner->lock);
        if (link.owner->function)
            link.owner->function(link.fd, head);
        else if (!server_send_text(link.owner, link.fd, head))
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

static void server_begin(server *s) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    pthread_mutex_init(&s->lock, NULL);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(s->listener, 128) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &len) != 0)
        abort();
    s->port = ntohs(address.sin_port);
    pthread_create(&s->thread, NULL, server_accept, s);
}

static inline server *server_start(const server_answer *answers, size_t count) {
    server *s = calloc(1, sizeof *s);
    s->answers = answers;
    s->count = count;
    server_begin(s);
    return s;
}

static inline server *server_start_with(server_function function) {
    server *s = calloc(1, sizeof *s);
    s->function = function;
    server_begin(s);
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
