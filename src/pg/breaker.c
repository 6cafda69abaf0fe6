#include "breaker.h"

#include "futex.h"
#include "midair/base/clock.h"

#include <stdio.h>

enum { PAUSE_FIRST_US = 10000, PAUSE_MAX_US = 500000 };

void gate_init(struct gate *gate)
{
    *gate = (struct gate){0};
    pthread_mutex_init(&gate->mutex, NULL);
}

void gate_fini(struct gate *gate)
{
    pthread_mutex_destroy(&gate->mutex);
}

bool gate_enter(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    int64_t now = gate->failures ? clock_now_us() : 0;
    bool open = gate->failures == 0 || now >= gate->closed_until;
    /* After a failure one caller probes for all: the others stay outside until it knows. */
    if (open && gate->failures)
        gate->closed_until = now + PAUSE_MAX_US;
    pthread_mutex_unlock(&gate->mutex);
    return open;
}

void gate_succeeded(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->failures = 0;
    gate->closed_until = 0;
    pthread_mutex_unlock(&gate->mutex);
}

void gate_abandoned(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->closed_until = 0;
    pthread_mutex_unlock(&gate->mutex);
}

void gate_failed(struct gate *gate, const char *why)
{
    pthread_mutex_lock(&gate->mutex);
    unsigned step = gate->failures < 6 ? gate->failures : 6;
    int64_t pause = (int64_t)PAUSE_FIRST_US << step;
    gate->failures++;
    gate->closed_until = clock_now_us() + park_jitter(pause < PAUSE_MAX_US ? pause : PAUSE_MAX_US);
    snprintf(gate->why, sizeof gate->why, "%s", why);
    bool first = gate->failures == 1;
    pthread_mutex_unlock(&gate->mutex);
    if (first)
        log_message(LOG_WARN, "database_unreachable", "%s", why);
}

struct err *gate_error(struct gate *gate, struct arena *arena)
{
    struct err *err = err_new(arena, ERR_UNAVAILABLE, "The database cannot be reached now.");
    err->retry_after = 1;
    pthread_mutex_lock(&gate->mutex);
    err_note(arena, err, "%s", gate->why);
    pthread_mutex_unlock(&gate->mutex);
    return err;
}
