/* A binary heap. Each timer knows its position in it, so that it can be moved and removed. */
#include "timers.h"

#include "midair/base/clock.h"

#include <stdlib.h>

void timers_fini(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

static void put(struct timers *timers, struct timer *timer, size_t place)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static void rise(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    for (; place > 1 && timers->heap[place / 2 - 1]->at > timer->at; place /= 2)
        put(timers, timers->heap[place / 2 - 1], place);
    put(timers, timer, place);
}

static void sink(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    for (;;) {
        size_t child = place * 2;
        if (child > timers->count)
            break;
        if (child < timers->count && timers->heap[child]->at < timers->heap[child - 1]->at)
            child++;
        if (timers->heap[child - 1]->at >= timer->at)
            break;
        put(timers, timers->heap[child - 1], place);
        place = child;
    }
    put(timers, timer, place);
}

static void grow(struct timers *timers)
{
    size_t cap = timers->cap ? timers->cap * 2 : 64;
    struct timer **heap = realloc(timers->heap, cap * sizeof(struct timer *));
    if (!heap)
        abort(); /* as everywhere where a small allocation fails */
    timers->heap = heap;
    timers->cap = cap;
}

void timers_set(struct timers *timers, struct timer *timer, int64_t at)
{
    if (!timer->place) {
        if (timers->count == timers->cap)
            grow(timers);
        put(timers, timer, ++timers->count);
    }
    timer->at = at;
    rise(timers, timer);
    sink(timers, timer);
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
    if (!timer->place)
        return;
    struct timer *last = timers->heap[timers->count-- - 1];
    if (last != timer) {
        put(timers, last, timer->place);
        rise(timers, last);
        sink(timers, last);
    }
    timer->place = 0;
}

int64_t timers_next(const struct timers *timers)
{
    return timers->count ? timers->heap[0]->at : CLOCK_NEVER;
}

struct timer *timers_take(struct timers *timers, int64_t now)
{
    struct timer *first = timers->count ? timers->heap[0] : NULL;
    if (!first || first->at > now)
        return NULL;
    timers_cancel(timers, first);
    return first;
}
