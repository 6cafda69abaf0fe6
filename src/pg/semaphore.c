#include "semaphore.h"

#include "futex.h"

#include <stddef.h>

struct turn_waiter {
    _Atomic uint32_t granted;
    struct turn_waiter *next;
};

void turn_init(struct turn *turn, unsigned permits)
{
    pthread_mutex_init(&turn->mutex, NULL);
    turn->free = permits;
    turn->first = turn->last = NULL;
}

void turn_fini(struct turn *turn)
{
    pthread_mutex_destroy(&turn->mutex);
}

static bool grab(struct turn *turn)
{
    if (turn->free == 0 || turn->first)
        return false;
    turn->free--;
    return true;
}

bool turn_try(struct turn *turn)
{
    pthread_mutex_lock(&turn->mutex);
    bool got = grab(turn);
    pthread_mutex_unlock(&turn->mutex);
    return got;
}

static void enqueue(struct turn *turn, struct turn_waiter *waiter)
{
    if (turn->last)
        turn->last->next = waiter;
    else
        turn->first = waiter;
    turn->last = waiter;
}

static void unlink_waiter(struct turn *turn, const struct turn_waiter *waiter)
{
    struct turn_waiter *before = NULL, *at = turn->first;
    while (at && at != waiter) {
        before = at;
        at = at->next;
    }
    if (!at)
        return;
    if (before)
        before->next = at->next;
    else
        turn->first = at->next;
    if (turn->last == at)
        turn->last = before;
}

bool turn_enter(struct turn *turn, int64_t deadline)
{
    struct turn_waiter self = {0};
    pthread_mutex_lock(&turn->mutex);
    bool got = grab(turn);
    if (!got)
        enqueue(turn, &self);
    pthread_mutex_unlock(&turn->mutex);
    if (got || park_wait(&self.granted, 0, deadline))
        return true;
    /* The permit may have come between the deadline and the lock: then it is ours. */
    pthread_mutex_lock(&turn->mutex);
    got = atomic_load(&self.granted) != 0;
    if (!got)
        unlink_waiter(turn, &self);
    pthread_mutex_unlock(&turn->mutex);
    return got;
}

void turn_leave(struct turn *turn)
{
    pthread_mutex_lock(&turn->mutex);
    struct turn_waiter *next = turn->first;
    if (next) {
        turn->first = next->next;
        if (!turn->first)
            turn->last = NULL;
        /* Set under the lock: the waiter's own look after its deadline must see it or be unlinked. */
        atomic_store(&next->granted, 1);
    } else {
        turn->free++;
    }
    pthread_mutex_unlock(&turn->mutex);
    if (next)
        park_wake(&next->granted);
}
