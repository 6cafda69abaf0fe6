/* Event loops. A strand is either running, in one of the queues `ready` and `later`, or suspended. It is suspended
 * until one of its descriptors is ready, its time has come, or resume() is called for it. resume() may come before the
 * strand is suspended; it is then remembered in `resumed`, and the suspension ends at once, so that no wakeup is
 * lost. */
#include "loop.h"

#include "midair/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS = 256, SPARE_MAX = 64, FIRST_CAP = 256 };

static _Thread_local struct loop *running_loop;

/* ---- queues ---- */

static void push(struct strand_queue *queue, struct strand *strand)
{
    strand->next = NULL;
    if (queue->last)
        queue->last->next = strand;
    else
        queue->first = strand;
    queue->last = strand;
}

static struct strand *pop(struct strand_queue *queue)
{
    struct strand *strand = queue->first;
    if (!strand)
        return NULL;
    queue->first = strand->next;
    if (!queue->first)
        queue->last = NULL;
    return strand;
}

static void make_ready(struct strand *strand)
{
    if (!strand->suspended)
        return;
    strand->suspended = false;
    push(&strand->loop->ready, strand);
}

/* ---- descriptors ---- */

static struct watched *watched_at(struct loop *loop, int fd)
{
    size_t cap = loop->watched_cap;
    if ((size_t)fd >= cap) {
        while (cap <= (size_t)fd)
            cap *= 2;
        struct watched *grown = realloc(loop->watched, cap * sizeof(*grown));
        if (!grown)
            abort();
        memset(grown + loop->watched_cap, 0, (cap - loop->watched_cap) * sizeof(*grown));
        loop->watched = grown;
        loop->watched_cap = cap;
    }
    return &loop->watched[fd];
}

/* Arms the descriptor in the epoll. The kernel removes closed descriptors from the epoll without telling, so both
 * adding and modifying must be tried. */
static bool arm(struct loop *loop, int fd, uint32_t events)
{
    struct watched *watched = watched_at(loop, fd);
    watched->generation++;
    struct epoll_event event = {.events = events, .data.u64 = (uint64_t)watched->generation << 32 | (uint32_t)fd};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
        return true;
    return errno == ENOENT && epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool loop_watch(struct loop *loop, int fd, struct loop_source *source, bool writable)
{
    struct watched *watched = watched_at(loop, fd);
    watched->source = source;
    watched->once = false;
    return arm(loop, fd, EPOLLIN | EPOLLRDHUP | EPOLLET | (writable ? EPOLLOUT : 0u));
}

bool loop_watch_lost(const struct loop *loop, int fd)
{
    return loop->watched[fd].once;
}

void loop_forget(struct loop *loop, int fd)
{
    struct watched *watched = watched_at(loop, fd);
    watched->generation++;
    watched->source = NULL;
    watched->once = false;
}

static void tell_strand(struct strand *strand, int fd, uint32_t events)
{
    for (size_t i = 0; i < strand->fd_count; i++) {
        struct wait_fd *at = &strand->fds[i];
        unsigned came = (events & EPOLLIN ? WAIT_READ : 0u) | (events & EPOLLOUT ? WAIT_WRITE : 0u);
        if (at->fd == fd)
            at->ready = events & (EPOLLERR | EPOLLHUP) ? at->events : came & at->events;
    }
    make_ready(strand);
}

static void tell(struct loop *loop, const struct epoll_event *event)
{
    int fd = (int)(uint32_t)event->data.u64;
    struct watched *watched = &loop->watched[fd];
    if (watched->generation != (uint32_t)(event->data.u64 >> 32))
        return; /* the event is for an older file with the same descriptor */
    if (watched->strand) {
        tell_strand(watched->strand, fd, event->events);
    } else if (watched->source && !watched->once) {
        unsigned ended = event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? LOOP_ENDED : 0u;
        unsigned writable = event->events & EPOLLOUT ? LOOP_WRITABLE : 0u;
        watched->source->ready(watched->source, (event->events & EPOLLIN ? LOOP_READABLE : 0u) | writable | ended);
    }
}

/* ---- strands ---- */

static void arm_all(struct strand *self, struct wait_fd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i].fd < 0)
            continue;
        struct watched *watched = watched_at(self->loop, fds[i].fd);
        assert(!watched->strand);
        watched->strand = self;
        watched->once = true;
        uint32_t events = (fds[i].events & WAIT_READ ? EPOLLIN : 0u) | (fds[i].events & WAIT_WRITE ? EPOLLOUT : 0u);
        if (!arm(self->loop, fds[i].fd, events | EPOLLONESHOT)) {
            fds[i].ready = fds[i].events; /* it cannot be waited for; the next call on it reports the error */
            make_ready(self);
        }
    }
}

static void disarm_all(struct strand *self, const struct wait_fd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i].fd >= 0)
            watched_at(self->loop, fds[i].fd)->strand = NULL;
}

/* Makes the strand wake at `until` at the latest. A timer that is set to an earlier time stays as it is: when it fires,
 * strand_due() sets it again. */
static void set_timer(struct strand *self, int64_t until)
{
    self->until = until;
    if (until != CLOCK_NEVER && (!self->timer.timer.place || self->timer.timer.at > until))
        timers_set(&self->loop->timers, &self->timer.timer, until);
}

static void strand_due(struct loop_timer *timer)
{
    struct strand *strand = (struct strand *)((char *)timer - offsetof(struct strand, timer));
    if (!strand->suspended || strand->until == CLOCK_NEVER)
        return;
    if (strand->until <= clock_now_us())
        make_ready(strand);
    else
        timers_set(&strand->loop->timers, &timer->timer, strand->until);
}

static bool ready_of(struct wait_fd *at, short revents)
{
    unsigned came = (revents & POLLIN ? WAIT_READ : 0u) | (revents & POLLOUT ? WAIT_WRITE : 0u);
    at->ready = revents & (POLLERR | POLLHUP) ? at->events : came & at->events;
    return at->ready != 0;
}

/* Waits on the spot, without going back to the loop, when this strand is the only one: one poll() of its descriptors
 * together with the epoll takes the place of arming each of them, waiting, and two changes of stack. Returns false when
 * something else happened first, or the time has come: then the strand must be suspended after all. */
static bool wait_alone(const struct strand *self, struct wait_fd *fds, size_t count, int64_t until)
{
    struct loop *loop = self->loop;
    struct pollfd polled[WAIT_FDS_MAX + 1];
    int64_t due = timers_next(&loop->timers);
    if (loop->strands != 1 || count == 0 || count > WAIT_FDS_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        polled[i] = (struct pollfd){
            .fd = fds[i].fd,
            .events = (short)((fds[i].events & WAIT_READ ? POLLIN : 0) | (fds[i].events & WAIT_WRITE ? POLLOUT : 0))};
    polled[count] = (struct pollfd){.fd = loop->epoll, .events = POLLIN};
    bool any = false;
    if (poll(polled, (nfds_t)count + 1, clock_left_ms(due < until ? due : until)) > 0)
        for (size_t i = 0; i < count; i++)
            any = (!(polled[i].revents & POLLNVAL) && ready_of(&fds[i], polled[i].revents)) || any;
    return any;
}

/* Suspends the running strand (struct wait_loop). Returns whether resume() ended the suspension, rather than a
 * descriptor or the time. */
static bool suspend(struct wait_coroutine *wait, struct wait_fd *fds, size_t count, int64_t until)
{
    struct strand *self = (struct strand *)wait;
    for (size_t i = 0; i < count; i++)
        fds[i].ready = 0;
    if (!self->resumed && !wait_alone(self, fds, count, until)) {
        self->fds = fds;
        self->fd_count = count;
        self->suspended = true;
        arm_all(self, fds, count);
        set_timer(self, until);
        coroutine_stop(self->coroutine);
        disarm_all(self, fds, count);
        self->fd_count = 0;
    }
    bool resumed = self->resumed;
    self->resumed = false;
    return resumed;
}

static void resume_here(struct loop_post *post)
{
    struct strand *strand = (struct strand *)((char *)post - offsetof(struct strand, post));
    strand->resumed = true;
    make_ready(strand);
}

/* Ends the suspension of a strand. It may be called on any thread: a strand of another loop is resumed by a post, on
 * that loop's own thread. */
static void resume(struct wait_coroutine *wait)
{
    struct strand *strand = (struct strand *)wait;
    if (strand->loop == running_loop)
        resume_here(&strand->post);
    else
        loop_post(strand->loop, &strand->post);
}

/* Lets all other strands that are ready run before this one continues. */
static void yield(struct wait_coroutine *wait)
{
    struct strand *self = (struct strand *)wait;
    push(&self->loop->later, self);
    coroutine_stop(self->coroutine);
}

static const struct wait_loop wait_loop = {.suspend = suspend, .resume = resume, .yield = yield};

static struct strand *strand_new(struct loop *loop)
{
    struct strand *strand = loop->spare;
    if (strand) {
        loop->spare = strand->next;
        loop->spare_count--;
        return strand;
    }
    strand = calloc(1, sizeof(*strand));
    if (!strand)
        return NULL;
    strand->coroutine = coroutine_new(loop->stack);
    if (!strand->coroutine) {
        free(strand);
        return NULL;
    }
    strand->loop = loop;
    strand->post.run = resume_here;
    strand->timer.due = strand_due;
    return strand;
}

static void strand_free(struct strand *strand)
{
    coroutine_free(strand->coroutine);
    free(strand);
}

static void strand_end(struct loop *loop, struct strand *strand)
{
    timers_cancel(&loop->timers, &strand->timer.timer);
    loop->strands--;
    if (loop->spare_count >= SPARE_MAX) {
        strand_free(strand);
        return;
    }
    strand->next = loop->spare;
    loop->spare = strand;
    loop->spare_count++;
}

bool loop_start(struct loop *loop, void (*run)(void *argument), void *argument)
{
    struct strand *strand = strand_new(loop);
    if (!strand)
        return false;
    strand->wait = (struct wait_coroutine){.loop = &wait_loop, .loop_number = loop->number};
    strand->suspended = strand->resumed = false;
    coroutine_begin(strand->coroutine, run, argument);
    loop->strands++;
    push(&loop->ready, strand);
    return true;
}

static void go(struct loop *loop, struct strand *strand)
{
    wait_as(&strand->wait);
    bool ended = coroutine_go(strand->coroutine);
    wait_as(NULL);
    if (ended)
        strand_end(loop, strand);
}

/* Runs the strands that are ready. Those that yielded run once, after all the others. */
static void run_strands(struct loop *loop)
{
    for (struct strand *strand; (strand = pop(&loop->ready));)
        go(loop, strand);
    loop->ready = loop->later;
    loop->later = (struct strand_queue){0};
    for (struct strand *strand; (strand = pop(&loop->ready));)
        go(loop, strand);
}

/* ---- the loop ---- */

bool loop_init(struct loop *loop, int number, size_t stack)
{
    *loop = (struct loop){.number = number, .stack = stack, .watched_cap = FIRST_CAP};
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->watched = calloc(FIRST_CAP, sizeof(*loop->watched));
    pthread_mutex_init(&loop->mutex, NULL);
    if (loop->epoll >= 0 && loop->wakeup >= 0 && loop->watched && arm(loop, loop->wakeup, EPOLLIN | EPOLLET))
        return true;
    loop_fini(loop);
    return false;
}

void loop_fini(struct loop *loop)
{
    assert(loop->strands == 0);
    for (struct strand *strand; (strand = loop->spare);) {
        loop->spare = strand->next;
        strand_free(strand);
    }
    if (loop->epoll >= 0)
        close(loop->epoll);
    if (loop->wakeup >= 0)
        close(loop->wakeup);
    timers_fini(&loop->timers);
    free(loop->watched);
    pthread_mutex_destroy(&loop->mutex);
}

void loop_post(struct loop *loop, struct loop_post *post)
{
    post->next = NULL;
    pthread_mutex_lock(&loop->mutex);
    bool first = !loop->first;
    if (loop->last)
        loop->last->next = post;
    else
        loop->first = post;
    loop->last = post;
    if (first)
        eventfd_write(loop->wakeup, 1); /* under the mutex, so that the loop cannot end in between */
    pthread_mutex_unlock(&loop->mutex);
}

static void run_posts(struct loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    struct loop_post *post = loop->first;
    loop->first = loop->last = NULL;
    pthread_mutex_unlock(&loop->mutex);
    while (post) {
        struct loop_post *next = post->next;
        post->run(post);
        post = next;
    }
}

static void run_timers(struct loop *loop)
{
    if (timers_next(&loop->timers) == CLOCK_NEVER)
        return;
    int64_t now = clock_now_us();
    for (struct timer *timer; (timer = timers_take(&loop->timers, now));) {
        struct loop_timer *due = (struct loop_timer *)timer;
        due->due(due);
    }
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at)
{
    timers_set(&loop->timers, &timer->timer, at);
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

void loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS];
    running_loop = loop;
    while (!loop->stopping || loop->strands > 0) {
        bool busy = loop->ready.first || loop->later.first;
        int n = epoll_wait(loop->epoll, events, EVENTS, busy ? 0 : clock_left_ms(timers_next(&loop->timers)));
        for (int i = 0; i < n; i++)
            tell(loop, &events[i]);
        run_posts(loop);
        run_timers(loop);
        run_strands(loop);
    }
    running_loop = NULL;
}
