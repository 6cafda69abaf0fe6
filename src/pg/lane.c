#include "lane.h"

#include "flight.h"
#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "pool.h"
#include "resolve.h"

#include <assert.h>

enum { WORD_WAITING, WORD_LEAD, WORD_DONE };
/* Rounds that a job takes part in before it is sent away to run alone. */
enum { ROUNDS_MAX = 6 };

void lane_init(struct lane *lane, const struct conn_settings *settings, struct breaker *breaker, bool writes,
               int flight_max)
{
    *lane = (struct lane){.settings = settings, .breaker = breaker, .writes = writes};
    lane->flight_max = flight_max < 1 ? 1 : flight_max > LANE_FLIGHT_MAX ? LANE_FLIGHT_MAX : (size_t)flight_max;
    pthread_mutex_init(&lane->mutex, NULL);
}

void lane_fini(struct lane *lane)
{
    conn_close(lane->conn);
    pthread_mutex_destroy(&lane->mutex);
}

/* ---- the queue; the mutex is held ---- */

static void push_back(struct lane *lane, struct job *job)
{
    job->next = NULL;
    job->mark = JOB_QUEUED;
    if (lane->last)
        lane->last->next = job;
    else
        lane->first = job;
    lane->last = job;
}

static void push_front(struct lane *lane, struct job *job)
{
    assert(job->mark == JOB_TAKEN);
    job->next = lane->first;
    job->mark = JOB_QUEUED;
    lane->first = job;
    if (!lane->last)
        lane->last = job;
}

static struct job *pop_front(struct lane *lane)
{
    struct job *job = lane->first;
    if (!job)
        return NULL;
    lane->first = job->next;
    if (!lane->first)
        lane->last = NULL;
    assert(job->mark == JOB_QUEUED);
    job->mark = JOB_TAKEN;
    return job;
}

static void unlink_job(struct lane *lane, struct job *job)
{
    struct job *before = NULL;
    for (struct job *at = lane->first; at != job; at = at->next)
        before = at;
    if (before)
        before->next = job->next;
    else
        lane->first = job->next;
    if (lane->last == job)
        lane->last = before;
    job->mark = JOB_RETURNED;
}

/* ---- one round ---- */

/* What a leader works with. */
struct round {
    struct job *jobs[LANE_FLIGHT_MAX];
    bool resolved[LANE_FLIGHT_MAX];
    struct flight_item items[LANE_FLIGHT_MAX];
    size_t count;
};

static void take(struct lane *lane, struct round *round)
{
    round->count = 0;
    pthread_mutex_lock(&lane->mutex);
    for (struct job *job; round->count < lane->flight_max && (job = pop_front(lane));)
        round->jobs[round->count++] = job;
    pthread_mutex_unlock(&lane->mutex);
}

/* By key, so that all flights lock rows in one order; those on one row keep the order they came in. */
static void sort_by_keys(struct job **jobs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct job *job = jobs[i];
        size_t at = i;
        for (; at > 0 && jobs[at - 1]->keys > job->keys; at--)
            jobs[at] = jobs[at - 1];
        jobs[at] = job;
    }
}

static bool connect_lane(struct lane *lane, int64_t deadline)
{
    if (lane->conn && conn_alive(lane->conn))
        return true;
    conn_close(lane->conn);
    lane->conn = open_through_breaker(lane->settings, lane->breaker, deadline);
    return lane->conn != NULL;
}

/* Ends those that cannot be sent, and moves the others to the front. Returns how many are to be sent. */
static size_t choose_jobs(struct round *round, int64_t *deadline)
{
    int64_t now = clock_now_us();
    size_t chosen = 0;
    *deadline = CLOCK_NEVER;
    for (size_t i = 0; i < round->count; i++) {
        struct job *job = round->jobs[i];
        round->resolved[i] = true;
        if (job->deadline <= now) {
            job->end = JOB_EXPIRED;
        } else if (job->rounds++ >= ROUNDS_MAX) {
            job->end = JOB_ALONE;
        } else {
            *deadline = job->deadline < *deadline ? job->deadline : *deadline;
            round->jobs[i] = round->jobs[chosen];
            round->jobs[chosen] = job;
            round->resolved[i] = round->resolved[chosen];
            round->resolved[chosen++] = false;
        }
    }
    return chosen;
}

/* No connection could be made. Where that is for want of time, those that have more of it try again without the others.
 */
static void end_unconnected(struct round *round, size_t count, int64_t deadline)
{
    int64_t now = clock_now_us();
    for (size_t i = 0; i < count; i++) {
        struct job *job = round->jobs[i];
        round->resolved[i] = job->deadline <= now || now < deadline;
        job->end = job->deadline <= now ? JOB_EXPIRED : JOB_DOWN;
    }
}

static void run_flight(struct lane *lane, struct round *round)
{
    int64_t deadline;
    size_t count = choose_jobs(round, &deadline);
    if (count == 0)
        return;
    if (!connect_lane(lane, deadline)) {
        end_unconnected(round, count, deadline);
        return;
    }
    if (lane->writes)
        sort_by_keys(round->jobs, count);
    for (size_t i = 0; i < count; i++)
        round->items[i].statement = round->jobs[i]->statement;
    struct flight flight = {.conn = lane->conn, .items = round->items, .count = count, .deadline = deadline};
    flight_run(&flight);
    COUNT(lane->settings->counters, flights);
    atomic_fetch_add_explicit(&lane->settings->counters->flight_statements, count, memory_order_relaxed);
    resolve_flight(lane, &flight, round->jobs, round->resolved);
    flight_clear(&flight);
    if (!conn_clean(lane->conn)) {
        conn_close(lane->conn);
        lane->conn = NULL;
    }
}

/* Puts what is not done back to the front, in its order. */
static void requeue(struct lane *lane, struct round *round)
{
    for (size_t i = round->count; i-- > 0;) {
        if (!round->resolved[i]) {
            COUNT(lane->settings->counters, flight_retries);
            push_front(lane, round->jobs[i]);
        }
    }
}

/* With the mutex held: makes the head of the queue the leader, if there is one. */
static struct job *hand_on(struct lane *lane)
{
    struct job *next = lane->first;
    if (next)
        atomic_store_explicit(&next->word, WORD_LEAD, memory_order_release);
    else
        lane->led = false;
    atomic_store_explicit(&lane->busy, lane->led, memory_order_relaxed);
    return next;
}

static void wake_resolved(const struct round *round, const struct job *self)
{
    for (size_t i = 0; i < round->count; i++) {
        struct job *job = round->jobs[i];
        if (!round->resolved[i] || job == self)
            continue;
        job->mark = JOB_RETURNED;
        atomic_store_explicit(&job->word, WORD_DONE, memory_order_release);
        wait_wake(&job->word); /* the job may be gone by now: to the kernel its address is a number */
    }
}

static bool is_resolved(const struct round *round, const struct job *self)
{
    for (size_t i = 0; i < round->count; i++) {
        if (round->jobs[i] == self)
            return round->resolved[i];
    }
    return false;
}

/* Leads until its own job is done, then makes another worker the leader. */
static void lead(struct lane *lane, struct job *self)
{
    struct round round;
    bool done = false;
    while (!done) {
        take(lane, &round);
        run_flight(lane, &round);
        done = is_resolved(&round, self);
        pthread_mutex_lock(&lane->mutex);
        requeue(lane, &round);
        struct job *next = done ? hand_on(lane) : NULL;
        pthread_mutex_unlock(&lane->mutex);
        if (next)
            wait_wake(&next->word);
        wake_resolved(&round, self);
    }
}

/* Takes the job out of the queue when it is still there. False: a leader has it, or made it one. */
static bool give_up(struct lane *lane, struct job *job)
{
    pthread_mutex_lock(&lane->mutex);
    bool out = job->mark == JOB_QUEUED && atomic_load_explicit(&job->word, memory_order_relaxed) == WORD_WAITING;
    if (out)
        unlink_job(lane, job);
    pthread_mutex_unlock(&lane->mutex);
    return out;
}

/* A leader has taken the job into its flight, which has a deadline of its own: the job cannot be taken back. */
static void await_leader(struct job *job)
{
    struct wait_watch watch = wait_watch((struct wait_watch){0});
    wait_word(&job->word, WORD_WAITING, CLOCK_NEVER);
    wait_watch(watch);
}

void lane_ride(struct lane *lane, struct job *job)
{
    assert(job->mark != JOB_QUEUED && job->mark != JOB_TAKEN);
    job->result = NULL;
    job->rounds = 0;
    atomic_store_explicit(&job->word, WORD_WAITING, memory_order_relaxed);
    pthread_mutex_lock(&lane->mutex);
    push_back(lane, job);
    bool leads = !lane->led;
    lane->led = true;
    atomic_store_explicit(&lane->busy, true, memory_order_relaxed);
    pthread_mutex_unlock(&lane->mutex);

    if (!leads && wait_word(&job->word, WORD_WAITING, job->deadline) != WAIT_READY && give_up(lane, job)) {
        job->end = JOB_EXPIRED;
        return;
    }
    if (!leads)
        await_leader(job);
    if (leads || atomic_load_explicit(&job->word, memory_order_acquire) == WORD_LEAD) {
        struct wait_watch watch = wait_watch_none();
        wait_yield(); /* what is ready in this event loop joins the flight */
        lead(lane, job);
        wait_watch(watch);
    }
    job->mark = JOB_RETURNED;
}
