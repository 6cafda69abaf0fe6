#include "judge.h"

#include "midair/base/clock.h"

#include <string.h>

enum { FAILING_FIRST_US = 250000, FAILING_MOST_US = 4000000, LOCKED_US = 1000000 };

static void settle(struct job *job, bool *settled, enum verdict verdict)
{
    job->verdict = verdict;
    *settled = true;
}

static void give_rows(struct flight *flight, struct job **jobs, bool *settled, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!flight->items[i].result)
            continue;
        settle(jobs[i], &settled[i], VERDICT_ROWS);
        jobs[i]->result = flight->items[i].result;
        flight->items[i].result = NULL;
    }
}

static void settle_all(struct flight *flight, struct job **jobs, bool *settled, enum verdict verdict)
{
    for (size_t i = 0; i < flight->count; i++)
        settle(jobs[i], &settled[i], verdict);
}

bool judge_is_farewell(const char *sqlstate)
{
    return strncmp(sqlstate, "57P", 3) == 0 || strncmp(sqlstate, "08", 2) == 0;
}

/* The one that failed. Its error counts only when it cannot come from the company it was in. */
static void judge_culprit(struct lane *lane, struct flight *flight, struct job *job, bool *settled)
{
    const char *code = flight_sqlstate(flight);
    COUNT(lane->settings->counters, flight_culprits);
    if (strcmp(code, "55P03") == 0) {
        heat_mark(lane->locked, job->keys, LOCKED_US, LOCKED_US);
        settle(job, settled, VERDICT_LOCKED);
        return;
    }
    if (strcmp(code, "57014") == 0 || strncmp(code, "40", 2) == 0) {
        settle(job, settled, job->deadline <= clock_now_us() ? VERDICT_EXPIRED : VERDICT_ALONE);
        return;
    }
    heat_mark(lane->failing, job->statement->hash, FAILING_FIRST_US, FAILING_MOST_US);
    if (lane->writes) {
        settle(job, settled, VERDICT_ALONE);
        return;
    }
    settle(job, settled, VERDICT_FAILED);
    job->result = flight->error;
    flight->error = NULL;
}

static void judge_error(struct lane *lane, struct flight *flight, struct job **jobs, bool *settled)
{
    if (flight->culprit >= flight->count) { /* at commit: nobody knows whose fault it is */
        settle_all(flight, jobs, settled, VERDICT_ALONE);
        return;
    }
    if (!lane->writes)
        give_rows(flight, jobs, settled, flight->culprit);
    if (flight_stale(flight) || judge_is_farewell(flight_sqlstate(flight)))
        return; /* nobody's fault: all that is left runs again */
    judge_culprit(lane, flight, jobs[flight->culprit], &settled[flight->culprit]);
}

void judge_flight(struct lane *lane, struct flight *flight, struct job **jobs, bool *settled)
{
    switch (flight->end) {
    case FLIGHT_DONE:
        give_rows(flight, jobs, settled, flight->count);
        break;
    case FLIGHT_ERROR:
        judge_error(lane, flight, jobs, settled);
        break;
    case FLIGHT_UNSENT:
        break;
    case FLIGHT_UNKNOWN:
        if (lane->writes)
            settle_all(flight, jobs, settled, VERDICT_UNKNOWN);
        break;
    }
}
