#include "parked.h"

enum { BUCKETS = 256, CACHE_LINE = 64 };

/* The waiters of all words whose address has the same hash. The mutex guards the list. It is a leaf lock: no other lock
 * is taken while it is held. */
struct bucket {
    _Alignas(CACHE_LINE) pthread_mutex_t mutex;
    struct parked *first, *last;
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

static void unlink_parked(struct bucket *bucket, struct parked *parked)
{
    if (parked->before)
        parked->before->next = parked->next;
    else
        bucket->first = parked->next;
    if (parked->next)
        parked->next->before = parked->before;
    else
        bucket->last = parked->before;
    parked->in = false;
    atomic_fetch_sub(&bucket->coroutines, 1);
}

bool parked_enter(struct parked *parked, uint32_t expected)
{
    struct bucket *bucket = bucket_of(parked->word);
    pthread_mutex_lock(&bucket->mutex);
    atomic_fetch_add(&bucket->coroutines, 1);
    bool stays = atomic_load(parked->word) == expected;
    if (stays) {
        parked->in = true;
        parked->next = NULL;
        parked->before = bucket->last;
        if (bucket->last)
            bucket->last->next = parked;
        else
            bucket->first = parked;
        bucket->last = parked;
    } else {
        atomic_fetch_sub(&bucket->coroutines, 1);
    }
    pthread_mutex_unlock(&bucket->mutex);
    return stays;
}

bool parked_leave(struct parked *parked)
{
    struct bucket *bucket = bucket_of(parked->word);
    pthread_mutex_lock(&bucket->mutex);
    bool in = parked->in;
    if (in)
        unlink_parked(bucket, parked);
    pthread_mutex_unlock(&bucket->mutex);
    return in;
}

struct wait_coroutine *parked_take(const _Atomic uint32_t *word)
{
    struct bucket *bucket = bucket_of(word);
    struct wait_coroutine *taken = NULL;
    if (!any(&bucket->coroutines))
        return NULL;
    pthread_mutex_lock(&bucket->mutex);
    struct parked *at = bucket->first;
    while (at && at->word != word)
        at = at->next;
    if (at) {
        taken = at->coroutine;
        unlink_parked(bucket, at);
    }
    pthread_mutex_unlock(&bucket->mutex);
    return taken;
}

void parked_thread_enter(const _Atomic uint32_t *word)
{
    atomic_fetch_add(&bucket_of(word)->threads, 1);
}

void parked_thread_leave(const _Atomic uint32_t *word)
{
    atomic_fetch_sub(&bucket_of(word)->threads, 1);
}

bool parked_threads(const _Atomic uint32_t *word)
{
    return any(&bucket_of(word)->threads);
}
