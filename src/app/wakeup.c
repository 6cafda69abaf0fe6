#include "wakeup.h"

#include "midair/pg/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct watch {
    int ends[2];
    struct listener *listener;
};

static const struct {
    int signal;
    unsigned event;
} signals[] = {{SIGTERM, WATCH_STOP}, {SIGINT, WATCH_STOP}, {SIGHUP, WATCH_RELOAD}, {SIGCHLD, WATCH_CHILD}};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static volatile sig_atomic_t write_end = -1;
static atomic_uint pending;

/* The set says what came, the pipe only wakes: so a pipe that is full loses nothing. */
static void note(unsigned event)
{
    atomic_fetch_or(&pending, event);
    ssize_t written = write(write_end, "", 1);
    (void)written;
}

static void on_signal(int number)
{
    int saved = errno;
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].signal == number)
            note(signals[i].event);
    errno = saved;
}

struct watch *watch_new(void)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch || pipe2(watch->ends, O_CLOEXEC | O_NONBLOCK) != 0)
        abort();
    write_end = watch->ends[1];
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i].signal, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    return watch;
}

/* Signals that come now are ignored: the process is on its way out. */
void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    listener_stop(watch->listener);
    struct sigaction action = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].signal != SIGCHLD)
            sigaction(signals[i].signal, &action, NULL);
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, NULL);
    write_end = -1;
    close(watch->ends[0]);
    close(watch->ends[1]);
    free(watch);
}

/* `reload` as midair documents it, `reload schema` and `reload config` as PostgREST's users say it, and an absent
 * payload after a reconnection, when a notification may have been missed. */
static void on_notify(void *context, struct slice payload)
{
    (void)context;
    if (payload.len == 0 || slice_starts(payload, SLICE("reload")))
        note(WATCH_RELOAD);
}

void watch_channel(struct watch *watch, const struct db_options *options, struct slice channel)
{
    if (channel.len == 0)
        return;
    watch->listener = listener_start(options, channel.at, on_notify, NULL);
    if (!watch->listener)
        log_message(LOG_ERROR, "no_listener", "nothing listens on the channel: there is no thread for it");
}

unsigned watch_wait(struct watch *watch, int timeout_ms)
{
    struct pollfd fd = {.fd = watch->ends[0], .events = POLLIN};
    char bytes[64];
    poll(&fd, 1, timeout_ms);
    while (read(watch->ends[0], bytes, sizeof(bytes)) > 0)
        ;
    return atomic_exchange(&pending, 0);
}
