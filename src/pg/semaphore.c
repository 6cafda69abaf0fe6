#include "semaphore.h"

#include "midair/base/wait.h"

#include <stddef.h>

struct semaphore_waiter {
    _Atomic uint32_t granted;
    struct semaphore_waiter *next;
};

void semaphore_init(struct semaphore *semaphore, unsigned permits)
{
    pthread_mutex_init(&semaphore->mutex, NULL);
    semaphore->free = permits;
    semaphore->first = semaphore->last = NULL;
}

void semaphore_fini(struct semaphore *semaphore)
{
    pthread_mutex_destroy(&semaphore->mutex);
}

static bool grab(struct semaphore *semaphore)
{
    if (semaphore->free == 0 || semaphore->first)
        return false;
    semaphore->free--;
    return true;
}

bool semaphore_try(struct semaphore *semaphore)
{
    pthread_mutex_lock(&semaphore->mutex);
    bool got = grab(semaphore);
    pthread_mutex_unlock(&semaphore->mutex);
    return got;
}

static void enqueue(struct semaphore *semaphore, struct semaphore_waiter *waiter)
{
    if (semaphore->last)
        semaphore->last->next = waiter;
    else
        semaphore->first = waiter;
    semaphore->last = waiter;
}

static void unlink_waiter(struct semaphore *semaphore, const struct semaphore_waiter *waiter)
{
    struct semaphore_waiter *before = NULL, *at = semaphore->first;
    while (at && at != waiter) {
        before = at;
        at = at->next;
    }
    if (!at)
        return;
    if (before)
        before->next = at->next;
    else
        semaphore->first = at->next;
    if (semaphore->last == at)
        semaphore->last = before;
}

bool semaphore_enter(struct semaphore *semaphore, int64_t deadline)
{
    struct semaphore_waiter self = {0};
    pthread_mutex_lock(&semaphore->mutex);
    bool got = grab(semaphore);
    if (!got)
        enqueue(semaphore, &self);
    pthread_mutex_unlock(&semaphore->mutex);
    if (got || wait_word(&self.granted, 0, deadline) == WAIT_READY)
        return true;
    /* The permit may have come between the deadline and the lock: then it is ours. */
    pthread_mutex_lock(&semaphore->mutex);
    got = atomic_load(&self.granted) != 0;
    if (!got)
        unlink_waiter(semaphore, &self);
    pthread_mutex_unlock(&semaphore->mutex);
    return got;
}

void semaphore_leave(struct semaphore *semaphore)
{
    pthread_mutex_lock(&semaphore->mutex);
    struct semaphore_waiter *next = semaphore->first;
    if (next) {
        semaphore->first = next->next;
        if (!semaphore->first)
            semaphore->last = NULL;
        /* Set under the lock: the waiter's own look after its deadline must see it or be unlinked. */
        atomic_store(&next->granted, 1);
    } else {
        semaphore->free++;
    }
    pthread_mutex_unlock(&semaphore->mutex);
    if (next)
        wait_wake(&next->granted);
}
