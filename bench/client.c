#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 16384, TAG_MAX = 192, REQUEST_MAX = 1024, GRACE_US = 2000000 };
enum { PATH_MAX_LENGTH = 256 };

struct row {
    long key;
    char tag[TAG_MAX]; /* with its quotes; empty: not known */
};

struct client {
    const struct load *load;
    struct tally *tally;
    int fd; /* -1: none */
    uint64_t random;
    struct row rows[CLIENT_ROWS_MAX];
    int turn;         /* index of the row that the request under way is about */
    bool fetching;    /* the request under way only fetches a tag */
    uint64_t sent_us; /* 0: nothing is under way */
    /* The response as far as it has been received. */
    char head[HEAD_MAX];
    size_t have;
    bool in_body;
    uint64_t body_left;
    int status;
    bool closes;
    char tag[TAG_MAX];
};

uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* xorshift64*, seeded with the client's number, so that every run requests the same keys. */
static uint64_t random_next(struct client *c)
{
    c->random ^= c->random >> 12;
    c->random ^= c->random << 25;
    c->random ^= c->random >> 27;
    return c->random * 0x2545F4914F6CDD1Du;
}

static long random_key(struct client *c)
{
    return 1 + (long)(random_next(c) % (uint64_t)c->load->rows);
}

static bool client_connect(struct client *c)
{
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return false;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(c->fd, (const struct sockaddr *)&c->load->address, sizeof(c->load->address)) == 0 &&
        fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0)
        return true;
    close(c->fd);
    c->fd = -1;
    return false;
}

/* The path of an item, below its parent where it has one. */
static void format_path(const struct load *load, char *out, size_t size, long key)
{
    if (load->parents)
        snprintf(out, size, "%s/%ld%s/%ld", load->parent, 1 + key % load->parents, load->path, key);
    else
        snprintf(out, size, "%s/%ld", load->path, key);
}

static int format_get(struct client *c, char *out, long key, const char *condition, const char *tag)
{
    char path[PATH_MAX_LENGTH];
    format_path(c->load, path, sizeof(path), key);
    return snprintf(out, REQUEST_MAX, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n%s%s%s\r\n", path,
                    condition, tag, *condition ? "\r\n" : "");
}

static int format_patch(struct client *c, char *out, const struct row *row)
{
    char body[128], path[PATH_MAX_LENGTH];
    format_path(c->load, path, sizeof(path), row->key);
    int length = snprintf(body, sizeof(body), "{\"%s\":%u}", c->load->column, (unsigned)(random_next(c) % 1000000u));
    return snprintf(out, REQUEST_MAX,
                    "PATCH %s HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n"
                    "Content-Type: application/merge-patch+json\r\nContent-Length: %d\r\nIf-Match: %s\r\n\r\n%s",
                    path, length, row->tag, body);
}

static int format_request(struct client *c, char *out)
{
    struct row *row = &c->rows[c->turn];
    c->fetching = false;
    switch (c->load->mode) {
    case MODE_GET:
        return format_get(c, out, random_key(c), "", "");
    case MODE_LIST:
        return snprintf(out, REQUEST_MAX, "GET %s?order=id&limit=%d HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
                        c->load->path, c->load->limit);
    case MODE_NOTMODIFIED:
        if (row->tag[0])
            return format_get(c, out, row->key, "If-None-Match: ", row->tag);
        break;
    case MODE_PATCH:
    case MODE_HOT:
        if (row->tag[0])
            return format_patch(c, out, row);
        break;
    }
    c->fetching = true;
    return format_get(c, out, row->key, "", "");
}

static bool client_send(struct client *c)
{
    char out[REQUEST_MAX];
    int length = format_request(c, out);
    c->have = 0;
    c->in_body = false;
    c->tag[0] = '\0';
    c->sent_us = now_us();
    /* A request is far smaller than an empty send buffer, so it is sent in one piece unless the connection is lost. */
    return length > 0 && length < REQUEST_MAX &&
           send(c->fd, out, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
}

static void take_tag(struct client *c, const char *value, size_t length)
{
    if (length < TAG_MAX) {
        memcpy(c->tag, value, length);
        c->tag[length] = '\0';
    }
}

/* Parses one header line. Returns false if the response is framed in a way that this client does not support. */
static bool take_field(struct client *c, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (!colon)
        return false;
    const char *value = colon + 1;
    const char *end = line + length;
    size_t name = (size_t)(colon - line);
    while (value < end && *value == ' ')
        value++;
    if (name == 14 && strncasecmp(line, "Content-Length", name) == 0)
        c->body_left = strtoull(value, NULL, 10);
    else if (name == 4 && strncasecmp(line, "ETag", name) == 0)
        take_tag(c, value, (size_t)(end - value));
    else if (name == 10 && strncasecmp(line, "Connection", name) == 0)
        c->closes = end - value >= 5 && strncasecmp(value, "close", 5) == 0;
    else if (name == 17 && strncasecmp(line, "Transfer-Encoding", name) == 0)
        return false;
    return true;
}

/* Parses the complete header in c->head, `length` bytes including the empty line. */
static bool take_head(struct client *c, size_t length)
{
    if (length < 16 || memcmp(c->head, "HTTP/1.1 ", 9) != 0)
        return false;
    c->status = atoi(c->head + 9);
    c->body_left = 0;
    c->closes = false;
    const char *line = memchr(c->head, '\n', length);
    while (line && ++line < c->head + length - 2) {
        const char *end = memchr(line, '\n', (size_t)(c->head + length - line));
        if (!end || end == line || !take_field(c, line, (size_t)(end - line - 1)))
            return false;
        line = end;
    }
    if (c->status == 304 || c->status == 204)
        c->body_left = 0;
    return c->status >= 200 && c->status < 600;
}

static void remember_tag(struct client *c)
{
    struct row *row = &c->rows[c->turn];
    if (c->load->mode == MODE_GET || c->load->mode == MODE_LIST)
        return;
    if (c->fetching) {
        memcpy(row->tag, c->tag, TAG_MAX);
        return;
    }
    if (c->load->mode == MODE_PATCH && c->status < 300)
        memcpy(row->tag, c->tag, TAG_MAX);
    else if (c->load->mode != MODE_NOTMODIFIED || c->status != 304)
        row->tag[0] = '\0';
    c->turn = (c->turn + 1) % c->load->each;
}

static void count_answer(struct client *c)
{
    if (c->sent_us >= c->load->begin_us) {
        if (c->fetching) {
            c->tally->fetches++;
        } else {
            c->tally->requests++;
            c->tally->status[c->status]++;
            histogram_add(&c->tally->latency, now_us() - c->sent_us);
        }
    }
    /* Without a tag the client cannot continue. Report an error instead of fetching the row for ever. */
    if (c->fetching && (c->status != 200 || !c->tag[0]))
        c->tally->errors++;
    remember_tag(c);
    c->sent_us = 0;
}

/* Returns 1 if the response is complete, 0 if more is to come, and -1 if it cannot be parsed. */
static int take_bytes(struct client *c, size_t got)
{
    if (c->in_body) {
        if (got > c->body_left)
            return -1;
        c->body_left -= got;
        return c->body_left == 0;
    }
    c->have += got;
    char *end = memmem(c->head, c->have, "\r\n\r\n", 4);
    if (!end)
        return c->have < HEAD_MAX ? 0 : -1;
    size_t length = (size_t)(end - c->head) + 4;
    if (!take_head(c, length) || c->have - length > c->body_left)
        return -1;
    c->in_body = true;
    c->body_left -= c->have - length;
    return c->body_left == 0;
}

/* Reads the available bytes. Returns what take_bytes returns, and -1 if the connection is lost. */
static int client_read(struct client *c)
{
    char body[65536];
    for (;;) {
        char *into = c->in_body ? body : c->head + c->have;
        size_t room = c->in_body ? sizeof(body) : HEAD_MAX - c->have;
        ssize_t got = recv(c->fd, into, room, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (got <= 0)
            return -1;
        c->tally->bytes += (uint64_t)got;
        int done = take_bytes(c, (size_t)got);
        if (done != 0)
            return done;
    }
}

static void client_close(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd); /* closing removes it from the epoll instance */
    c->fd = -1;
    c->sent_us = 0;
}

static bool client_open(struct client *c, int epoll)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (client_connect(c) && epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) == 0 && client_send(c))
        return true;
    client_close(c);
    return false;
}

/* Returns false if the client has finished or cannot continue. */
static bool client_step(struct client *c, int epoll)
{
    int done = client_read(c);
    if (done == 0)
        return true;
    if (done > 0) {
        count_answer(c);
    } else {
        c->tally->errors++;
        c->closes = true;
    }
    bool over = now_us() >= c->load->end_us;
    if (!over && !c->closes && client_send(c))
        return true;
    if (done > 0 && c->closes)
        c->tally->reconnects++;
    client_close(c);
    return !over && client_open(c, epoll);
}

static void client_init(struct client *c, const struct load *load, struct tally *tally, int number)
{
    memset(c, 0, sizeof(*c));
    c->load = load;
    c->tally = tally;
    c->fd = -1;
    c->random = ((uint64_t)number + 1) * 0x9E3779B97F4A7C15u;
    for (int i = 0; i < load->each; i++) {
        /* Rows with neighbouring numbers are far apart in the table, so that clients do not share pages. */
        long place = (long)number * load->each + i;
        c->rows[i].key = load->mode == MODE_HOT ? 1 : 1 + place * 37 % load->rows;
    }
}

static int serve_events(int epoll, int running)
{
    struct epoll_event events[128];
    int count = epoll_wait(epoll, events, 128, 100);
    for (int i = 0; i < count; i++)
        if (!client_step(events[i].data.ptr, epoll))
            running--;
    return running;
}

bool clients_run(const struct load *load, int first, int count, struct tally *tally)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct client *clients = calloc((size_t)count, sizeof(*clients));
    int running = 0;
    for (int i = 0; clients && i < count; i++) {
        client_init(&clients[i], load, tally, first + i);
        running += client_open(&clients[i], epoll) ? 1 : 0;
    }
    bool started = running > 0;
    while (running > 0 && now_us() < load->end_us + GRACE_US)
        running = serve_events(epoll, running);
    for (int i = 0; clients && i < count; i++) {
        if (clients[i].sent_us)
            tally->errors++;
        client_close(&clients[i]);
    }
    free(clients);
    close(epoll);
    return started;
}
