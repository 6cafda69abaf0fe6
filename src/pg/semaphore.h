/* A counting semaphore that gives permits in the order of asking. Each caller has its own deadline. Thread-safe. */
#ifndef MIDAIR_SRC_PG_SEMAPHORE_H
#define MIDAIR_SRC_PG_SEMAPHORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct semaphore_waiter;

struct semaphore {
    pthread_mutex_t mutex;
    unsigned free;
    struct semaphore_waiter *first, *last;
};

void semaphore_init(struct semaphore *semaphore, unsigned permits);
void semaphore_fini(struct semaphore *semaphore);
/* Takes a permit if one is free and no caller waits for one. */
bool semaphore_try(struct semaphore *semaphore);
/* Takes a permit, waiting for it; false when `deadline` passed first, or the result is not wanted any more
 * (base/wait.h).
 */
bool semaphore_enter(struct semaphore *semaphore, int64_t deadline);
/* Gives a permit back. It goes to the caller that has waited longest. */
void semaphore_leave(struct semaphore *semaphore);

#endif
