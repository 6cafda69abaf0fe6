/* Strands of an event loop: each kind of wait ends by what it waits for, while others run. */
#include "../../../src/front/loop.h"

#include "midair/base/clock.h"

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK = 128 * 1024, SOON_US = 10000, PAIRS = 50 };

static struct loop loop;
static int ended, order[8];

static void set_up(void)
{
    ended = 0;
    cr_assert(loop_init(&loop, 3, STACK));
}

static void tear_down(void)
{
    loop_fini(&loop);
}

TestSuite(loop, .init = set_up, .fini = tear_down);

/* Runs until all strands have ended. */
static void run(void)
{
    loop_stop(&loop);
    loop_run(&loop);
}

struct pair {
    _Atomic uint32_t word;
    int fds[2];
};

static void wait_for_word(void *argument)
{
    struct pair *pair = argument;
    cr_assert_eq(wait_word(&pair->word, 0, CLOCK_NEVER), WAIT_READY);
    ended++;
}

static void change_word(void *argument)
{
    struct pair *pair = argument;
    atomic_store(&pair->word, 1);
    wait_wake(&pair->word);
    ended++;
}

Test(loop, a_strand_waits_for_a_word_that_another_one_changes)
{
    static struct pair pairs[PAIRS];
    for (int i = 0; i < PAIRS; i++)
        loop_start(&loop, wait_for_word, &pairs[i]);
    for (int i = 0; i < PAIRS; i++)
        loop_start(&loop, change_word, &pairs[i]);
    run();
    cr_assert_eq(ended, 2 * PAIRS);
}

static void *change_from_a_thread(void *argument)
{
    struct pair *pairs = argument;
    for (int i = 0; i < PAIRS; i++) {
        atomic_store(&pairs[i].word, 1);
        wait_wake(&pairs[i].word);
    }
    return NULL;
}

Test(loop, a_strand_waits_for_a_word_that_a_thread_changes)
{
    static struct pair pairs[PAIRS];
    pthread_t thread;
    for (int i = 0; i < PAIRS; i++)
        loop_start(&loop, wait_for_word, &pairs[i]);
    pthread_create(&thread, NULL, change_from_a_thread, pairs);
    run();
    pthread_join(thread, NULL);
    cr_assert_eq(ended, PAIRS);
}

static void wait_too_long(void *argument)
{
    _Atomic uint32_t word = 0;
    int fd = *(const int *)argument;
    int64_t moment = clock_now_us() + SOON_US;
    cr_assert_eq(wait_word(&word, 0, moment), WAIT_LATE);
    cr_assert_geq(clock_now_us(), moment);
    cr_assert_eq(wait_fd(fd, WAIT_READ, clock_now_us() + SOON_US), WAIT_LATE);
    cr_assert_eq(wait_fd(fd, WAIT_READ, 1), WAIT_LATE);
    cr_assert_eq(wait_until(clock_now_us() + SOON_US), WAIT_READY);
    ended++;
}

Test(loop, waits_end_by_their_deadlines)
{
    int fds[2][2];
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]), 0);
        loop_start(&loop, wait_too_long, &fds[i][0]);
    }
    run();
    cr_assert_eq(ended, 2);
}

static void echo(void *argument)
{
    struct pair *pair = argument;
    char byte;
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(wait_fd(pair->fds[1], WAIT_READ, CLOCK_NEVER), WAIT_READY);
        cr_assert_eq(read(pair->fds[1], &byte, 1), 1);
        cr_assert_eq(write(pair->fds[1], &byte, 1), 1);
    }
    ended++;
}

static void call(void *argument)
{
    struct pair *pair = argument;
    char byte = 'x';
    for (int i = 0; i < 20; i++) {
        struct wait_fd fds[] = {{.fd = -1, .events = WAIT_READ}, {.fd = pair->fds[0], .events = WAIT_READ}};
        cr_assert_eq(write(pair->fds[0], &byte, 1), 1);
        cr_assert_eq(wait_fds(fds, 2, CLOCK_NEVER), WAIT_READY);
        cr_assert_eq(fds[0].ready, 0);
        cr_assert_eq(fds[1].ready, WAIT_READ);
        cr_assert_eq(read(pair->fds[0], &byte, 1), 1);
    }
    ended++;
}

Test(loop, strands_talk_over_sockets)
{
    static struct pair pairs[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i].fds), 0);
        loop_start(&loop, echo, &pairs[i]);
        loop_start(&loop, call, &pairs[i]);
    }
    run();
    cr_assert_eq(ended, 2 * PAIRS);
    for (int i = 0; i < PAIRS; i++) {
        close(pairs[i].fds[0]);
        close(pairs[i].fds[1]);
    }
}

static void yielding(void *argument)
{
    (void)argument;
    wait_yield();
    order[ended++] = 2;
}

static void going_on(void *argument)
{
    (void)argument;
    order[ended++] = 1;
}

Test(loop, who_yields_runs_after_all_that_are_ready)
{
    loop_start(&loop, yielding, NULL);
    loop_start(&loop, going_on, NULL);
    loop_start(&loop, going_on, NULL);
    run();
    cr_assert(ended == 3 && order[0] == 1 && order[1] == 1 && order[2] == 2);
}

static void block(void *argument)
{
    struct pair *pair = argument;
    char byte;
    cr_assert_eq(read(pair->fds[0], &byte, 1), 1); /* until the other strand has run */
}

static void call_what_blocks(void *argument)
{
    wait_call(block, argument);
    order[ended++] = 2;
}

static void unblock(void *argument)
{
    struct pair *pair = argument;
    order[ended++] = 1;
    cr_assert_eq(write(pair->fds[1], "x", 1), 1);
}

Test(loop, others_run_while_a_strand_blocks)
{
    static struct pair pair;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.fds), 0);
    loop_start(&loop, call_what_blocks, &pair);
    loop_start(&loop, unblock, &pair);
    run();
    cr_assert(ended == 2 && order[0] == 1 && order[1] == 2);
    close(pair.fds[0]);
    close(pair.fds[1]);
}

static bool not_wanted(void *context)
{
    return *(const bool *)context;
}

static void work_for(void *argument)
{
    struct wait_watch watch = {.unwanted = not_wanted, .context = argument};
    wait_watch(watch);
    cr_assert_eq(wait_loop_number(), 3);
    cr_assert_eq(wait_until(clock_now_us() + 60 * 1000000), *(const bool *)argument ? WAIT_UNWANTED : WAIT_READY);
    ended++;
}

static void work_for_nobody(void *argument)
{
    (void)argument;
    cr_assert_eq(wait_until(clock_now_us() + 500 * 1000), WAIT_READY);
    ended++;
}

Test(loop, each_strand_has_a_watch_of_its_own)
{
    static bool gone = true;
    loop_start(&loop, work_for, &gone);
    loop_start(&loop, work_for_nobody, NULL);
    run();
    cr_assert_eq(ended, 2);
    cr_assert_eq(wait_loop_number(), -1);
}
