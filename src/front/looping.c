/* The front on event loops: start, listening sockets, and stop. The first loop accepts all connections, and assigns
 * each to the loop that has the fewest. SO_REUSEPORT would not balance them, and would let another process share the
 * port unnoticed. */
#include "client.h"

#include "midair/base/clock.h"
#include "midair/base/log.h"
#include "midair/front/metrics.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FD_RESERVE = 128, /* descriptors that are left for the database and the rest of the program */
    ACCEPT_PAUSE_US = 100 * 1000,
    STACK_DEFAULT = 256 * 1024,
};

struct listener {
    struct loop_source source; /* must be the first member */
    struct loop_front *front;
    int fd; /* negative: closed */
};

struct loop_front {
    struct front base; /* must be the first member */
    struct front_options options;
    struct worker *workers;
    int count;
    int limit; /* most connections at the same time */
    int port;  /* of the first address that has one */
    /* Used by the first loop alone: */
    struct loop_post accept_again;
    struct loop_timer accept_later;
    struct address addresses[ADDRESSES_MAX];
    struct listener listeners[ADDRESSES_MAX];
    size_t listener_count;
    bool waits; /* accepting is paused until a connection ends, or until descriptors are free again */
    /* Shared by all loops: */
    _Atomic int open;
    _Atomic bool wanted; /* the first loop waits for a connection to end */
    pthread_mutex_t mutex;
    struct wait_condition changed; /* signalled when the last connection is gone; guarded by `mutex` */
    struct tls *tls;               /* for new connections; owned, guarded by `mutex` */
};

static struct loop_front *front_of(const struct front *base)
{
    return (struct loop_front *)base; /* `base` is the first member of struct loop_front */
}

/* ---- certificates ---- */

/* Called by the first loop. */
static struct tls *current_tls(struct loop_front *front)
{
    pthread_mutex_lock(&front->mutex);
    struct tls *tls = tls_acquire(front->tls);
    pthread_mutex_unlock(&front->mutex);
    return tls;
}

static void set_tls(struct front *base, struct tls *tls)
{
    struct loop_front *front = front_of(base);
    pthread_mutex_lock(&front->mutex);
    struct tls *old = front->tls;
    front->tls = tls_acquire(tls);
    pthread_mutex_unlock(&front->mutex);
    tls_release(old);
}

/* ---- accepting ---- */

static void enter(struct loop_post *post)
{
    client_enter((struct client *)((char *)post - offsetof(struct client, post)));
}

static struct worker *least_busy(struct loop_front *front)
{
    struct worker *least = &front->workers[0];
    for (int i = 1; i < front->count; i++)
        if (atomic_load(&front->workers[i].dealt) < atomic_load(&least->dealt))
            least = &front->workers[i];
    return least;
}

static bool is_proxy(const struct front_options *options, const struct sockaddr_storage *peer)
{
    for (size_t i = 0; i < options->proxy_count; i++)
        if (network_has(&options->proxies[i], peer))
            return true;
    return false;
}

/* Puts the accepted connection into a client. NULL: no memory, and the connection is closed. */
static struct client *receive_client(struct loop_front *front, int fd, const struct sockaddr_storage *peer, bool secure)
{
    struct client *client = calloc(1, sizeof(*client));
    if (!client) {
        close(fd);
        return NULL;
    }
    client->stream.fd = fd;
    if (secure && !stream_secure(&client->stream, current_tls(front))) {
        stream_close(&client->stream);
        free(client);
        return NULL;
    }
    client->proxied = is_proxy(&front->options, peer);
    address_text(peer, client->peer);
    return client;
}

static void deal(struct loop_front *front, int fd, const struct sockaddr_storage *peer, bool secure)
{
    struct client *client = receive_client(front, fd, peer, secure);
    int on = 1;
    if (!client)
        return;
    if (peer->ss_family == AF_INET || peer->ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    client->worker = least_busy(front);
    client->post.run = enter;
    atomic_fetch_add(&front->open, 1);
    atomic_fetch_add(&client->worker->dealt, 1);
    if (client->worker == &front->workers[0])
        client_enter(client);
    else
        loop_post(&client->worker->loop, &client->post);
}

/* At the limit, nothing more is accepted: further connections wait in the kernel's queue until one ends. `wanted` is
 * set before the second look, so that a connection that ends in between is not missed. */
static bool at_limit(struct loop_front *front)
{
    if (atomic_load(&front->open) < front->limit)
        return false;
    atomic_store(&front->wanted, true);
    if (atomic_load(&front->open) < front->limit && atomic_exchange(&front->wanted, false))
        return false;
    front->waits = true;
    return true;
}

static void accept_all(struct listener *listener)
{
    struct loop_front *front = listener->front;
    while (listener->fd >= 0 && !front->waits && !at_limit(front)) {
        struct sockaddr_storage peer = {0};
        socklen_t len = sizeof(peer);
        int fd = accept4(listener->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            deal(front, fd, &peer, front->addresses[listener - front->listeners].tls);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            log_message(LOG_WARN, "accept_failed", "no connection could be accepted: %s", strerror(errno));
            front->waits = true;
            loop_timer_set(&front->workers[0].loop, &front->accept_later, clock_now_us() + ACCEPT_PAUSE_US);
        }
    }
}

static void on_accept(struct loop_source *source, unsigned events)
{
    (void)events;
    accept_all((struct listener *)source);
}

static void go_on(struct loop_front *front)
{
    front->waits = false;
    for (size_t i = 0; i < front->listener_count; i++)
        accept_all(&front->listeners[i]);
}

static void on_accept_again(struct loop_post *post)
{
    go_on((struct loop_front *)((char *)post - offsetof(struct loop_front, accept_again)));
}

static void on_accept_later(struct loop_timer *timer)
{
    go_on((struct loop_front *)((char *)timer - offsetof(struct loop_front, accept_later)));
}

/* Called by the loops' threads. When accepting is paused at the limit, the first loop goes on. */
void loop_front_left(struct worker *worker)
{
    struct loop_front *front = worker->front;
    atomic_fetch_sub(&worker->dealt, 1);
    int before = atomic_fetch_sub(&front->open, 1);
    if (atomic_load(&front->wanted) && atomic_exchange(&front->wanted, false))
        loop_post(&front->workers[0].loop, &front->accept_again);
    if (before == 1) {
        pthread_mutex_lock(&front->mutex);
        wait_changed(&front->changed);
        pthread_mutex_unlock(&front->mutex);
    }
}

/* ---- workers ---- */

static void on_tick(struct loop_timer *timer)
{
    worker_evict((struct worker *)((char *)timer - offsetof(struct worker, tick)));
}

static void close_listeners(struct loop_front *front)
{
    for (size_t i = 0; i < front->listener_count; i++) {
        address_close(&front->addresses[i], front->listeners[i].fd);
        front->listeners[i].fd = -1;
    }
}

static void on_drain(struct loop_post *post)
{
    struct worker *worker = (struct worker *)((char *)post - offsetof(struct worker, drain));
    struct loop_front *front = worker->front;
    if (worker == &front->workers[0]) {
        for (size_t i = 0; i < front->listener_count; i++)
            loop_forget(&worker->loop, front->listeners[i].fd);
        close_listeners(front);
    }
    worker_drain(worker);
}

static void on_cut(struct loop_post *post)
{
    worker_cut((struct worker *)((char *)post - offsetof(struct worker, cut)));
}

static void on_end(struct loop_post *post)
{
    loop_stop(&((struct worker *)((char *)post - offsetof(struct worker, end)))->loop);
}

static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    loop_run(&worker->loop);
    return NULL;
}

static bool room_init(struct loop_front *front, int number)
{
    struct worker *worker = &front->workers[number];
    const struct front_options *options = &front->options;
    int share = (front->limit - options->reserve) / front->count;
    worker->front = front;
    worker->options = options;
    worker->mark = share > 1 ? share : 1;
    worker->tick.due = on_tick;
    worker->drain.run = on_drain;
    worker->cut.run = on_cut;
    worker->end.run = on_end;
    labels_init(&worker->labels, (uint64_t)number);
    return loop_init(&worker->loop, number, options->thread_stack ? options->thread_stack : STACK_DEFAULT);
}

/* ---- start ---- */

static const char *listen_all(struct loop_front *front)
{
    size_t count = address_list(front->options.listen, front->addresses);
    for (size_t i = 0; i < count; i++) {
        if (front->addresses[i].tls && !front->tls)
            return "an address with tls: needs a certificate";
        int fd = address_listen(&front->addresses[i]);
        if (fd < 0)
            return strerror(errno);
        front->listeners[front->listener_count++] =
            (struct listener){.source.ready = on_accept, .front = front, .fd = fd};
        if (!front->port)
            front->port = address_port(fd);
    }
    return count ? NULL
                 : "the address is neither an IP address with a port, nor a port, nor unix: and a path, each with or "
                   "without tls:";
}

int front_loops(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > LOOPS_MAX ? LOOPS_MAX : count;
}

static int connection_limit(const struct front_options *options)
{
    struct rlimit files;
    int limit = options->connections > 0 ? options->connections : options->threads;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < (rlim_t)limit + FD_RESERVE)
        limit = files.rlim_cur > 2 * FD_RESERVE ? (int)files.rlim_cur - FD_RESERVE : FD_RESERVE;
    return limit < 2 ? 2 : limit;
}

static void front_free(struct loop_front *front, int workers)
{
    for (int i = 0; i < workers; i++)
        worker_fini(&front->workers[i]);
    close_listeners(front);
    tls_release(front->tls);
    pthread_mutex_destroy(&front->mutex);
    free(front->workers);
    free(front);
}

/* Ends the first `count` threads. */
static void end_threads(struct loop_front *front, int count)
{
    for (int i = 0; i < count; i++)
        loop_post(&front->workers[i].loop, &front->workers[i].end);
    for (int i = 0; i < count; i++)
        pthread_join(front->workers[i].thread, NULL);
}

static const char *start_rooms(struct loop_front *front)
{
    int made = 0, started = 0;
    while (made < front->count && room_init(front, made))
        made++;
    if (made < front->count) {
        front_free(front, made);
        return "no descriptors or memory for the event loops";
    }
    front->accept_again.run = on_accept_again;
    front->accept_later.due = on_accept_later;
    for (size_t i = 0; i < front->listener_count; i++)
        loop_watch(&front->workers[0].loop, front->listeners[i].fd, &front->listeners[i].source, false);
    while (started < front->count &&
           pthread_create(&front->workers[started].thread, NULL, run_worker, &front->workers[started]) == 0)
        started++;
    if (started == front->count)
        return NULL;
    end_threads(front, started);
    front_free(front, made);
    return "no threads for the event loops";
}

static struct front *start(const struct front_options *options, const char **why)
{
    struct loop_front *front = calloc(1, sizeof(*front));
    *why = "out of memory";
    if (!front)
        return NULL;
    front->base.kind = &front_loop;
    front->options = *options;
    front->tls = tls_acquire(options->tls);
    front->count = options->loops > 0 ? options->loops : front_loops();
    front->limit = connection_limit(options);
    front->workers = calloc((size_t)front->count, sizeof(*front->workers));
    pthread_mutex_init(&front->mutex, NULL);
    *why = front->workers ? listen_all(front) : *why;
    if (!front->workers || *why) {
        front_free(front, 0);
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN);
    *why = start_rooms(front);
    return *why ? NULL : &front->base;
}

static int port_of(const struct front *base)
{
    return front_of(base)->port;
}

/* ---- stop ---- */

static void post_all(struct loop_front *front, size_t post)
{
    for (int i = 0; i < front->count; i++)
        loop_post(&front->workers[i].loop, (struct loop_post *)((char *)&front->workers[i] + post));
}

static int await_end(struct loop_front *front, int64_t deadline)
{
    pthread_mutex_lock(&front->mutex);
    while (atomic_load(&front->open) > 0 && wait_condition(&front->changed, &front->mutex, deadline) != WAIT_LATE)
        continue;
    int open = atomic_load(&front->open);
    pthread_mutex_unlock(&front->mutex);
    return open;
}

/* Stops in this order: the waits of requests end by the deadline; the loops drain; connections that are left at the
 * deadline are cut off; the threads end when their last strand has ended; everything is freed. */
static bool stop(struct front *base, int64_t deadline)
{
    struct loop_front *front = front_of(base);
    wait_requests_end_by(deadline);
    post_all(front, offsetof(struct worker, drain));
    int left = await_end(front, deadline);
    if (left > 0)
        post_all(front, offsetof(struct worker, cut));
    end_threads(front, front->count);
    front_free(front, front->count);
    wait_requests_end_by(CLOCK_NEVER);
    return left == 0;
}

const struct front_kind front_loop = {
    .name = "loop", .start = start, .port = port_of, .stop = stop, .set_tls = set_tls};
