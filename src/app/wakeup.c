/* The set of pending events, the handlers and the listener that add to it, and the pipe that wakes the main thread. */
#include "wakeup.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "midair/pg/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct wakeup {
    int ends[2];
    struct listener *listener;
};

static const struct {
    int signal;
    unsigned event;
} signals[] = {{SIGTERM, WAKEUP_STOP}, {SIGINT, WAKEUP_STOP}, {SIGHUP, WAKEUP_RELOAD}, {SIGCHLD, WAKEUP_CHILD}};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static volatile sig_atomic_t write_end = -1;
static atomic_uint pending;

/* `pending` holds the events; the byte in the pipe only wakes the main thread. So no event is lost when the pipe is
 * full. This is called from signal handlers, so it must not lock or allocate. */
void wakeup_note(unsigned event)
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
            wakeup_note(signals[i].event);
    errno = saved;
}

struct wakeup *wakeup_new(void)
{
    struct wakeup *wakeup = calloc(1, sizeof(*wakeup));
    if (!wakeup || pipe2(wakeup->ends, O_CLOEXEC | O_NONBLOCK) != 0)
        abort();
    write_end = wakeup->ends[1];
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i].signal, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    return wakeup;
}

/* Signals that arrive from here on are ignored, since the process is about to end. */
void wakeup_free(struct wakeup *wakeup)
{
    if (!wakeup)
        return;
    listener_stop(wakeup->listener);
    struct sigaction action = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].signal != SIGCHLD)
            sigaction(signals[i].signal, &action, NULL);
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, NULL);
    write_end = -1;
    close(wakeup->ends[0]);
    close(wakeup->ends[1]);
    free(wakeup);
}

/* Reacts to the payloads `reload`, as midair documents it, and `reload schema` and `reload config`, which users of
 * PostgREST send. An absent payload follows a reconnection, during which a notification may have been missed. */
static void on_notify(void *context, struct slice payload)
{
    (void)context;
    if (payload.len == 0 || slice_starts(payload, SLICE("reload")))
        wakeup_note(WAKEUP_RELOAD);
}

void wakeup_channel(struct wakeup *wakeup, const struct db_options *options, struct slice channel)
{
    if (channel.len == 0)
        return;
    wakeup->listener = listener_start(options, channel.at, on_notify, NULL);
    if (!wakeup->listener)
        log_message(LOG_ERROR, "no_listener", "midair does not listen on the channel: its thread could not be started");
}

bool wakeup_stops(void *unused)
{
    (void)unused;
    return atomic_load(&pending) & WAKEUP_STOP;
}

unsigned wakeup_wait(struct wakeup *wakeup, int timeout_ms)
{
    char bytes[64];
    wait_fd(wakeup->ends[0], WAIT_READ, timeout_ms < 0 ? CLOCK_NEVER : clock_now_us() + (int64_t)timeout_ms * 1000);
    while (read(wakeup->ends[0], bytes, sizeof(bytes)) > 0)
        ;
    return atomic_exchange(&pending, 0);
}
