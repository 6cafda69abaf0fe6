#include "breaker.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"

#include <stdio.h>

enum { PAUSE_FIRST_US = 10000, PAUSE_MAX_US = 500000 };

void breaker_init(struct breaker *breaker)
{
    *breaker = (struct breaker){0};
    pthread_mutex_init(&breaker->mutex, NULL);
}

void breaker_fini(struct breaker *breaker)
{
    pthread_mutex_destroy(&breaker->mutex);
}

bool breaker_enter(struct breaker *breaker)
{
    pthread_mutex_lock(&breaker->mutex);
    int64_t now = breaker->failures ? clock_now_us() : 0;
    bool closed = breaker->failures == 0 || now >= breaker->open_until;
    /* After a failure one caller tries for all: the others are refused until it knows more. */
    if (closed && breaker->failures)
        breaker->open_until = now + PAUSE_MAX_US;
    pthread_mutex_unlock(&breaker->mutex);
    return closed;
}

void breaker_succeeded(struct breaker *breaker)
{
    pthread_mutex_lock(&breaker->mutex);
    breaker->failures = 0;
    breaker->open_until = 0;
    pthread_mutex_unlock(&breaker->mutex);
}

void breaker_abandoned(struct breaker *breaker)
{
    pthread_mutex_lock(&breaker->mutex);
    breaker->open_until = 0;
    pthread_mutex_unlock(&breaker->mutex);
}

void breaker_failed(struct breaker *breaker, const char *why)
{
    pthread_mutex_lock(&breaker->mutex);
    unsigned step = breaker->failures < 6 ? breaker->failures : 6;
    int64_t pause = (int64_t)PAUSE_FIRST_US << step;
    breaker->failures++;
    breaker->open_until = clock_now_us() + wait_jitter(pause < PAUSE_MAX_US ? pause : PAUSE_MAX_US);
    snprintf(breaker->why, sizeof breaker->why, "%s", why);
    bool first = breaker->failures == 1;
    pthread_mutex_unlock(&breaker->mutex);
    if (first)
        log_message(LOG_WARN, "database_unreachable", "%s", why);
}

struct err *breaker_error(struct breaker *breaker, struct arena *arena)
{
    struct err *err = err_new(arena, ERR_UNAVAILABLE, "The database cannot be reached now.");
    err->retry_after = 1;
    pthread_mutex_lock(&breaker->mutex);
    err_note(arena, err, "%s", breaker->why);
    pthread_mutex_unlock(&breaker->mutex);
    return err;
}
