/* Turns: a counting semaphore that is first come, first served, with a deadline for each who waits. */
#ifndef MIDAIR_SRC_PG_SEMAPHORE_H
#define MIDAIR_SRC_PG_SEMAPHORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct turn_waiter;

struct turn {
    pthread_mutex_t mutex;
    unsigned free;
    struct turn_waiter *first, *last;
};

void turn_init(struct turn *turn, unsigned permits);
void turn_fini(struct turn *turn);
/* A permit if one is free and nobody waits for it. */
bool turn_try(struct turn *turn);
/* A permit, in the order of the calls; false when `deadline` came first. */
bool turn_enter(struct turn *turn, int64_t deadline);
/* Gives a permit back, to the one who waits longest. */
void turn_leave(struct turn *turn);

#endif
