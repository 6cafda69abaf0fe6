/* LAYER: front */
/* Event loops on several threads whose strands wake each other: a relay goes round through all of them, while others
 * wait for words that change at the moment when their time is up. No wake-up may be lost, and none may reach a wait
 * that it was not meant for. */
#include "../../src/front/loop.h"

#include "midair/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOPS = 3, RUNNERS = 30, ROUNDS = 200, HURRIED = 20, TRIES = 100, STACK = 256 * 1024 };

static struct loop loops[LOOPS];
static _Atomic uint32_t batons[RUNNERS]; /* how often each runner may run */
static _Atomic uint32_t bells[HURRIED];
static _Atomic int finished;

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void runner(void *argument)
{
    size_t number = (size_t)((_Atomic uint32_t *)argument - batons);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        check(wait_word(&batons[number], round, clock_now_us() + 60 * 1000000) == WAIT_READY, "the baton is lost");
        check(atomic_load(&batons[number]) == round + 1, "the baton came twice");
        size_t next = (number + 1) % RUNNERS;
        if (next == 0 && round + 1 == ROUNDS)
            break;
        atomic_fetch_add(&batons[next], 1);
        wait_wake(&batons[next]);
    }
    atomic_fetch_add(&finished, 1);
}

/* Its bell rings about when its time is up: either may come first. */
static void hurried(void *argument)
{
    _Atomic uint32_t *bell = argument;
    for (int i = 0; i < TRIES; i++) {
        uint32_t seen = atomic_load(bell);
        enum wait_end end = wait_word(bell, seen, clock_now_us() + 1000);
        check(end == WAIT_READY ? atomic_load(bell) != seen : end == WAIT_LATE, "a wait ended without a reason");
        int64_t moment = clock_now_us() + 300;
        check(wait_until(moment) == WAIT_READY && clock_now_us() >= moment, "a wake-up reached the next wait");
    }
    atomic_fetch_add(&finished, 1);
}

static void *ring(void *unused)
{
    (void)unused;
    while (atomic_load(&finished) < RUNNERS + HURRIED) {
        for (int i = 0; i < HURRIED; i++) {
            atomic_fetch_add(&bells[i], 1);
            wait_wake(&bells[i]);
        }
        wait_until(clock_now_us() + 900);
    }
    return NULL;
}

static void *run(void *argument)
{
    struct loop *loop = argument;
    for (int i = 0; i < RUNNERS; i++)
        if (i % LOOPS == loop->number)
            check(loop_start(loop, runner, &batons[i]), "no strand");
    for (int i = 0; i < HURRIED; i++)
        if (i % LOOPS == loop->number)
            check(loop_start(loop, hurried, &bells[i]), "no strand");
    loop_stop(loop);
    loop_run(loop);
    return NULL;
}

int main(void)
{
    pthread_t threads[LOOPS], bell;
    for (int i = 0; i < LOOPS; i++)
        check(loop_init(&loops[i], i, STACK), "no loop");
    for (int i = 0; i < LOOPS; i++)
        pthread_create(&threads[i], NULL, run, &loops[i]);
    pthread_create(&bell, NULL, ring, NULL);
    atomic_fetch_add(&batons[0], 1);
    wait_wake(&batons[0]);
    for (int i = 0; i < LOOPS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(bell, NULL);
    for (int i = 0; i < LOOPS; i++)
        loop_fini(&loops[i]);
    printf("%d strands\n", atomic_load(&finished));
    return atomic_load(&finished) == RUNNERS + HURRIED ? 0 : 1;
}
