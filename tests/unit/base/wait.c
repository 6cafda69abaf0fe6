/* Each kind of wait ends by what it waits for, by its deadline, or because its result is not wanted. */
#include "midair/base/wait.h"

#include "midair/base/clock.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

enum { SOON_US = 20000, LONG_US = 60 * 1000000 };

static bool always(void *context)
{
    (void)context;
    return true;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* How the thread's work stands when it begins to wait. */
enum work { WORK_NONE, WORK_WANTED, WORK_UNWANTED, WORK_OF_OTHERS, WORK_ENDING, WORK_OF_OTHERS_ENDING };

static void begin(enum work work)
{
    struct wait_watch watch = {.serves = work != WORK_NONE};
    if (work == WORK_WANTED)
        watch.unwanted = never;
    if (work == WORK_UNWANTED || work == WORK_OF_OTHERS || work == WORK_OF_OTHERS_ENDING)
        watch.unwanted = always;
    wait_watch(watch);
    if (work == WORK_OF_OTHERS || work == WORK_OF_OTHERS_ENDING)
        wait_watch_none();
    if (work == WORK_ENDING || work == WORK_OF_OTHERS_ENDING)
        wait_requests_end_by(clock_now_us());
}

static void end(void)
{
    wait_watch((struct wait_watch){0});
    wait_requests_end_by(CLOCK_NEVER);
}

static const struct {
    const char *label;
    enum work work;
    int64_t within; /* from now; CLOCK_NEVER: no deadline */
    enum wait_end end;
} waits[] = {
    {"a deadline that has passed", WORK_NONE, -1, WAIT_LATE},
    {"a deadline", WORK_NONE, SOON_US, WAIT_LATE},
    {"a deadline of wanted work", WORK_WANTED, SOON_US, WAIT_LATE},
    {"unwanted work", WORK_UNWANTED, LONG_US, WAIT_UNWANTED},
    {"unwanted work without a deadline", WORK_UNWANTED, CLOCK_NEVER, WAIT_UNWANTED},
    {"work for others too", WORK_OF_OTHERS, SOON_US, WAIT_LATE},
    {"the program ends", WORK_ENDING, LONG_US, WAIT_LATE},
    {"the program ends, without a deadline", WORK_ENDING, CLOCK_NEVER, WAIT_LATE},
    {"the program ends, work for others too", WORK_OF_OTHERS_ENDING, LONG_US, WAIT_LATE},
};

Test(wait, ends_without_what_it_waits_for)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    for (size_t i = 0; i < COUNT(waits); i++) {
        pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        struct wait_condition condition = {0};
        _Atomic uint32_t word = 3;
        int64_t deadline = waits[i].within == CLOCK_NEVER ? CLOCK_NEVER : clock_now_us() + waits[i].within;
        begin(waits[i].work);
        cr_expect_eq(wait_word(&word, 3, deadline), waits[i].end, "word: %s", waits[i].label);
        end();
        begin(waits[i].work);
        cr_expect_eq(wait_fd(ends[0], WAIT_READ, deadline), waits[i].end, "fd: %s", waits[i].label);
        end();
        begin(waits[i].work);
        pthread_mutex_lock(&mutex);
        cr_expect_eq(wait_condition(&condition, &mutex, deadline), waits[i].end, "condition: %s", waits[i].label);
        pthread_mutex_unlock(&mutex);
        end();
    }
}

Test(wait, what_has_happened_is_found_at_once_whatever_the_deadline)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "x", 1), 1);
    for (size_t i = 0; i < COUNT(waits); i++) {
        _Atomic uint32_t word = 4;
        begin(waits[i].work);
        cr_expect_eq(wait_word(&word, 3, clock_now_us() - 1), WAIT_READY, "%s", waits[i].label);
        cr_expect_eq(wait_fd(ends[0], WAIT_READ, 0), WAIT_READY, "%s", waits[i].label);
        cr_expect_eq(wait_fd(ends[1], WAIT_READ | WAIT_WRITE, clock_now_us() - 1), WAIT_READY, "%s", waits[i].label);
        end();
    }
}

Test(wait, several_descriptors_say_which_is_ready)
{
    int a[2], b[2];
    cr_assert_eq(pipe(a) + pipe(b), 0);
    cr_assert_eq(write(b[1], "x", 1), 1);
    struct wait_fd fds[] = {{a[0], WAIT_READ, 7}, {b[0], WAIT_READ, 0}, {-1, WAIT_READ, 7}, {a[1], WAIT_WRITE, 0}};
    cr_assert_eq(wait_fds(fds, COUNT(fds), CLOCK_NEVER), WAIT_READY);
    cr_expect_eq(fds[0].ready, 0);
    cr_expect_eq(fds[1].ready, WAIT_READ);
    cr_expect_eq(fds[2].ready, 0);
    cr_expect_eq(fds[3].ready, WAIT_WRITE);
    close(b[1]);
    cr_assert_eq(read(b[0], (char[1]){0}, 1), 1);
    cr_assert_eq(wait_fds(fds, 2, CLOCK_NEVER), WAIT_READY, "the other end has gone");
    cr_expect_eq(fds[1].ready, WAIT_READ);
    cr_expect_eq(wait_fd(-1, WAIT_READ, CLOCK_NEVER), WAIT_FAILED);
}

static void *set_word(void *word)
{
    atomic_store((_Atomic uint32_t *)word, 1);
    wait_wake(word);
    return NULL;
}

Test(wait, another_thread_wakes_it)
{
    for (int i = 0; i < 200; i++) {
        _Atomic uint32_t word = 0;
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, set_word, &word), 0);
        cr_assert_eq(wait_word(&word, 0, CLOCK_NEVER), WAIT_READY);
        pthread_join(thread, NULL);
    }
}

Test(wait, a_backoff_lies_between_half_and_all_of_it)
{
    bool differs = false;
    for (int i = 0; i < 1000; i++) {
        int64_t n = wait_jitter(1000);
        cr_assert(n >= 500 && n <= 1000, "%lld", (long long)n);
        differs = differs || n != wait_jitter(1000);
    }
    cr_assert(differs);
    cr_assert_eq(wait_jitter(0), 0);
    cr_assert_eq(wait_jitter(1), 1);
    cr_assert_eq(wait_backoff(1000, CLOCK_NEVER), WAIT_READY);
}
