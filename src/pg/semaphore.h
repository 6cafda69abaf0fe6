/* Turns: a counting semaphore that is first come, first served, with a deadline for each who waits. */
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
/* A permit if one is free and nobody waits for it. */
bool semaphore_try(struct semaphore *semaphore);
/* A permit, in the order of the calls; false when `deadline` came first. */
bool semaphore_enter(struct semaphore *semaphore, int64_t deadline);
/* Gives a permit back, to the one who waits longest. */
void semaphore_leave(struct semaphore *semaphore);

#endif
