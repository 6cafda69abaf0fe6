#include "reread.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "wakeup.h"

#include <pthread.h>
#include <stdlib.h>

/* The longest wait of a request, and the pause after a comparison as a multiple of its duration. */
enum { PATIENCE_US = 5000000, PAUSE_FACTOR = 2, PAUSE_MIN_US = 2000, PAUSE_MAX_US = 1000000 };

struct reread {
    struct live *live;
    pthread_mutex_t lock;
    struct wait_condition answered_more;
    uint64_t asked;    /* questions so far */
    uint64_t begun;    /* those among them for which a comparison has begun */
    uint64_t answered; /* those among them that are answered */
    bool closed;
    int64_t began_us, next_us; /* of the main thread: the last beginning, and the earliest next one */
};

struct reread *reread_new(struct live *live)
{
    struct reread *reread = calloc(1, sizeof(*reread));
    if (!reread)
        abort();
    reread->live = live;
    pthread_mutex_init(&reread->lock, NULL);
    return reread;
}

void reread_free(struct reread *reread)
{
    if (!reread)
        return;
    pthread_mutex_destroy(&reread->lock);
    free(reread);
}

/* Whether another view is current than the one that a request holds. */
static bool is_replaced(struct live *live, const struct view *view)
{
    SNAPSHOT_AUTO *now = live_acquire(live);
    return &now->view != view;
}

/* Called with the lock held. */
static void ask(struct reread *reread, int64_t deadline)
{
    uint64_t ticket = ++reread->asked;
    if (ticket == reread->begun + 1) /* the first one since a comparison began; the others are in the same set */
        wakeup_note(WAKEUP_REREAD);
    while (!reread->closed && reread->answered < ticket)
        if (wait_condition(&reread->answered_more, &reread->lock, deadline) != WAIT_READY)
            return;
}

bool reread_wait(void *reread, const struct view *view, int64_t deadline)
{
    struct reread *self = reread;
    if (is_replaced(self->live, view))
        return true;
    pthread_mutex_lock(&self->lock);
    if (!self->closed)
        ask(self, clock_earlier(deadline, clock_now_us() + PATIENCE_US));
    pthread_mutex_unlock(&self->lock);
    return is_replaced(self->live, view);
}

int64_t reread_due(struct reread *reread)
{
    pthread_mutex_lock(&reread->lock);
    bool wanted = reread->asked > reread->begun;
    pthread_mutex_unlock(&reread->lock);
    return wanted ? reread->next_us : CLOCK_NEVER;
}

uint64_t reread_begin(struct reread *reread)
{
    reread->began_us = clock_now_us();
    pthread_mutex_lock(&reread->lock);
    uint64_t begun = reread->begun = reread->asked;
    pthread_mutex_unlock(&reread->lock);
    return begun;
}

void reread_end(struct reread *reread, uint64_t begun)
{
    int64_t now = clock_now_us(), pause = (now - reread->began_us) * PAUSE_FACTOR;
    pause = pause < PAUSE_MIN_US ? PAUSE_MIN_US : pause > PAUSE_MAX_US ? PAUSE_MAX_US : pause;
    reread->next_us = now + pause;
    pthread_mutex_lock(&reread->lock);
    reread->answered = begun;
    wait_changed(&reread->answered_more);
    pthread_mutex_unlock(&reread->lock);
}

void reread_close(struct reread *reread)
{
    pthread_mutex_lock(&reread->lock);
    reread->closed = true;
    wait_changed(&reread->answered_more);
    pthread_mutex_unlock(&reread->lock);
}
