#include "resolve.h"

#include "sqlstate.h"

#include "midair/base/clock.h"

#include <string.h>

enum { FAILING_FIRST_US = 250000, FAILING_MOST_US = 4000000, LOCKED_US = 1000000 };

static void resolve_job(struct job *job, bool *resolved, enum job_end end)
{
    job->end = end;
    *resolved = true;
}

static void give_rows(struct flight *flight, struct job **jobs, bool *resolved, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!flight->items[i].result)
            continue;
        resolve_job(jobs[i], &resolved[i], JOB_ROWS);
        jobs[i]->result = flight->items[i].result;
        flight->items[i].result = NULL;
    }
}

static void resolve_all(struct flight *flight, struct job **jobs, bool *resolved, enum job_end end)
{
    for (size_t i = 0; i < flight->count; i++)
        resolve_job(jobs[i], &resolved[i], end);
}

/* The statement that failed. Its error counts only when the other statements of the flight cannot be the reason. */
static void resolve_failed_item(struct lane *lane, struct flight *flight, struct job *job, bool *resolved)
{
    const char *code = flight_sqlstate(flight);
    COUNT(lane->settings->counters, flight_failed_items);
    if (strcmp(code, "55P03") == 0) {
        backoff_mark(lane->locked, job->keys, LOCKED_US, LOCKED_US);
        resolve_job(job, resolved, JOB_LOCKED);
        return;
    }
    if (strcmp(code, "57014") == 0 || strncmp(code, "40", 2) == 0) {
        resolve_job(job, resolved, job->deadline <= clock_now_us() ? JOB_EXPIRED : JOB_ALONE);
        return;
    }
    backoff_mark(lane->failing, job->statement->hash, FAILING_FIRST_US, FAILING_MOST_US);
    if (lane->writes) {
        resolve_job(job, resolved, JOB_ALONE);
        return;
    }
    resolve_job(job, resolved, JOB_FAILED);
    job->result = flight->error;
    flight->error = NULL;
}

static void resolve_error(struct lane *lane, struct flight *flight, struct job **jobs, bool *resolved)
{
    if (flight->failed_item >= flight->count) { /* at commit: any of them may be the reason */
        resolve_all(flight, jobs, resolved, JOB_ALONE);
        return;
    }
    if (!lane->writes)
        give_rows(flight, jobs, resolved, flight->failed_item);
    if (flight_stale(flight) || sqlstate_is_connection_loss(flight_sqlstate(flight)))
        return; /* none of them is the reason: all that is left runs again */
    resolve_failed_item(lane, flight, jobs[flight->failed_item], &resolved[flight->failed_item]);
}

void resolve_flight(struct lane *lane, struct flight *flight, struct job **jobs, bool *resolved)
{
    switch (flight->end) {
    case FLIGHT_DONE:
        give_rows(flight, jobs, resolved, flight->count);
        break;
    case FLIGHT_ERROR:
        resolve_error(lane, flight, jobs, resolved);
        break;
    case FLIGHT_UNSENT:
        break;
    case FLIGHT_UNKNOWN:
        if (lane->writes)
            resolve_all(flight, jobs, resolved, flight->unconfirmed ? JOB_UNCONFIRMED : JOB_UNKNOWN);
        break;
    }
}
