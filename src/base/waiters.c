#include "waiters.h"

enum { BUCKETS = 256, CACHE_LINE = 64 };

/* The waiters of all words whose address has the same hash. The mutex guards the list. It is a leaf lock: no other lock
 * is taken while it is held. */
struct bucket {
    _Alignas(CACHE_LINE) pthread_mutex_t mutex;
    struct word_waiter *first, *last;
    _Atomic int coroutines; /* length of the list, which is read without the mutex */
    _Atomic int threads;
};

static struct bucket buckets[BUCKETS] = {[0 ... BUCKETS - 1] = {.mutex = PTHREAD_MUTEX_INITIALIZER}};

static struct bucket *bucket_of(const _Atomic uint32_t *word)
{
    uint64_t x = (uint64_t)(uintptr_t)word * UINT64_C(0x9e3779b97f4a7c15);
    return &buckets[x >> 56];
}

/* Reads a count by a sequentially consistent read-modify-write, so that the read is ordered after the caller's change
 * of the word. A plain load could be moved before it, and a waiter would be missed. */
static bool any(_Atomic int *count)
{
    return atomic_fetch_add(count, 0) > 0;
}

static void unlink_waiter(struct bucket *bucket, struct word_waiter *waiter)
{
    if (waiter->before)
        waiter->before->next = waiter->next;
    else
        bucket->first = waiter->next;
    if (waiter->next)
        waiter->next->before = waiter->before;
    else
        bucket->last = waiter->before;
    waiter->in = false;
    atomic_fetch_sub(&bucket->coroutines, 1);
}

bool waiters_enter(struct word_waiter *waiter, uint32_t expected)
{
    struct bucket *bucket = bucket_of(waiter->word);
    pthread_mutex_lock(&bucket->mutex);
    atomic_fetch_add(&bucket->coroutines, 1);
    bool stays = atomic_load(waiter->word) == expected;
    if (stays) {
        waiter->in = true;
        waiter->next = NULL;
        waiter->before = bucket->last;
        if (bucket->last)
            bucket->last->next = waiter;
        else
            bucket->first = waiter;
        bucket->last = waiter;
    } else {
        atomic_fetch_sub(&bucket->coroutines, 1);
    }
    pthread_mutex_unlock(&bucket->mutex);
    return stays;
}

bool waiters_leave(struct word_waiter *waiter)
{
    struct bucket *bucket = bucket_of(waiter->word);
    pthread_mutex_lock(&bucket->mutex);
    bool in = waiter->in;
    if (in)
        unlink_waiter(bucket, waiter);
    pthread_mutex_unlock(&bucket->mutex);
    return in;
}

struct wait_coroutine *waiters_take(const _Atomic uint32_t *word)
{
    struct bucket *bucket = bucket_of(word);
    struct wait_coroutine *taken = NULL;
    if (!any(&bucket->coroutines))
        return NULL;
    pthread_mutex_lock(&bucket->mutex);
    struct word_waiter *at = bucket->first;
    while (at && at->word != word)
        at = at->next;
    if (at) {
        taken = at->coroutine;
        unlink_waiter(bucket, at);
    }
    pthread_mutex_unlock(&bucket->mutex);
    return taken;
}

void waiters_thread_enter(const _Atomic uint32_t *word)
{
    atomic_fetch_add(&bucket_of(word)->threads, 1);
}

void waiters_thread_leave(const _Atomic uint32_t *word)
{
    atomic_fetch_sub(&bucket_of(word)->threads, 1);
}

bool waiters_has_threads(const _Atomic uint32_t *word)
{
    return any(&bucket_of(word)->threads);
}
