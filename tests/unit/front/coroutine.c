/* Coroutines keep what is theirs across stops, deep stacks included, and run on as often as they are begun. */
#include "../../../src/front/coroutine.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

enum { STACK = 128 * 1024, STOPS = 5, COROUTINES = 100 };

struct work {
    struct coroutine *coroutine;
    int depth; /* calls in which it stops */
    int steps;
    double sum;
};

/* Registers and stack, floating point included, must survive each stop. */
static int descend(struct work *work, int depth)
{
    volatile char pad[256];
    double before = work->sum;
    memset((void *)pad, depth, sizeof(pad));
    int below = depth > 0 ? descend(work, depth - 1) : 0;
    coroutine_stop(work->coroutine);
    work->steps++;
    work->sum += before + depth * 0.5;
    for (size_t i = 0; i < sizeof(pad); i++)
        cr_assert_eq(pad[i], (char)depth);
    return below + 1;
}

static void run(void *argument)
{
    struct work *work = argument;
    cr_assert_eq(descend(work, work->depth), work->depth + 1);
}

static void begin(struct work *work)
{
    work->steps = 0;
    coroutine_begin(work->coroutine, run, work);
}

Test(coroutine, goes_on_where_it_stopped)
{
    static const int depths[] = {0, 1, 10, 100};
    for (size_t i = 0; i < sizeof(depths) / sizeof(*depths); i++) {
        struct work work = {.coroutine = coroutine_new(STACK), .depth = depths[i]};
        begin(&work);
        for (int step = 0; step <= depths[i]; step++) {
            cr_assert_not(coroutine_go(work.coroutine), "depth %d", depths[i]);
            cr_assert_eq(work.steps, step, "depth %d", depths[i]);
        }
        cr_assert(coroutine_go(work.coroutine), "depth %d", depths[i]);
        coroutine_free(work.coroutine);
    }
}

Test(coroutine, runs_again_after_it_ended)
{
    struct work work = {.coroutine = coroutine_new(STACK), .depth = STOPS};
    for (int round = 0; round < 3; round++) {
        begin(&work);
        while (!coroutine_go(work.coroutine))
            continue;
        cr_assert_eq(work.steps, STOPS + 1);
    }
    coroutine_free(work.coroutine);
}

Test(coroutine, many_take_turns)
{
    struct work works[COROUTINES];
    for (int i = 0; i < COROUTINES; i++) {
        works[i] = (struct work){.coroutine = coroutine_new(STACK), .depth = i};
        begin(&works[i]);
    }
    for (int left = COROUTINES; left > 0;) {
        for (int i = 0; i < COROUTINES; i++) {
            if (works[i].steps <= works[i].depth && coroutine_go(works[i].coroutine))
                left--;
        }
    }
    for (int i = 0; i < COROUTINES; i++) {
        cr_assert_eq(works[i].steps, i + 1);
        coroutine_free(works[i].coroutine);
    }
}

/* AddressSanitizer catches the signal itself. */
#ifndef __SANITIZE_ADDRESS__
static int fill(int depth)
{
    volatile char pad[1024];
    pad[0] = (char)depth;
    return depth > 0 ? fill(depth - 1) + pad[0] : 0;
}

static void overflow(void *argument)
{
    (void)argument;
    fill(100 * STACK / 1024);
}

/* A stack that is too small ends the process, and never writes into what lies below it. */
Test(coroutine, overflow_meets_the_guard_page, .signal = SIGSEGV)
{
    struct coroutine *coroutine = coroutine_new(STACK);
    coroutine_begin(coroutine, overflow, NULL);
    coroutine_go(coroutine);
}
#endif
