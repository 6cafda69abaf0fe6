#include "coroutine.h"

#include "switch.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* What the sanitizers need to know about one side of a switch. */
struct side {
    void *fake_stack; /* AddressSanitizer's */
    const void *low;
    size_t size;
    void *fiber; /* ThreadSanitizer's */
};

struct coroutine {
    char *map; /* the guard page, then the stack */
    size_t map_size;
    struct switch_point inside, outside;
    struct side own, caller;
    void (*run)(void *argument);
    void *argument;
    bool ended;
};

/* ---- sanitizers ---- */

/* Called immediately before the switch from one side to the other. */
static void leaving(struct side *from, const struct side *to)
{
    (void)from;
    (void)to;
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(&from->fake_stack, to->low, to->size);
#endif
#ifdef WITH_TSAN
    from->fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
}

/* Called immediately after the switch, on the other side. Fills in the bounds of `from`, the stack that was left; NULL:
 * they are known. */
static void arrived(struct side *to, struct side *from)
{
    (void)to;
    (void)from;
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(to->fake_stack, from ? &from->low : NULL, from ? &from->size : NULL);
#endif
}

static void side_init(struct coroutine *coroutine)
{
#ifdef WITH_ASAN
    /* An older stack at this address may have left poisoned bytes. */
    __asan_unpoison_memory_region(coroutine->own.low, coroutine->own.size);
#endif
#ifdef WITH_TSAN
    coroutine->own.fiber = __tsan_create_fiber(0);
#else
    (void)coroutine;
#endif
}

static void side_fini(struct coroutine *coroutine)
{
#ifdef WITH_TSAN
    __tsan_destroy_fiber(coroutine->own.fiber);
#else
    (void)coroutine;
#endif
}

/* ---- coroutines ---- */

/* The bottom frame of each coroutine. It never returns: when a function has ended, it runs the next one, so the stack
 * is prepared once. */
static void forever(void *argument)
{
    struct coroutine *coroutine = argument;
    arrived(&coroutine->own, &coroutine->caller);
    for (;;) {
        coroutine->run(coroutine->argument);
        coroutine->ended = true;
        coroutine_stop(coroutine);
    }
}

struct coroutine *coroutine_new(size_t stack)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct coroutine *coroutine = calloc(1, sizeof(*coroutine));
    if (!coroutine)
        return NULL;
    coroutine->own.size = (stack + page - 1) / page * page;
    coroutine->map_size = coroutine->own.size + page;
    coroutine->map = mmap(NULL, coroutine->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (coroutine->map == MAP_FAILED) {
        free(coroutine);
        return NULL;
    }
    coroutine->own.low = coroutine->map + page;
    if (mprotect(coroutine->map + page, coroutine->own.size, PROT_READ | PROT_WRITE) != 0) {
        munmap(coroutine->map, coroutine->map_size);
        free(coroutine);
        return NULL;
    }
    side_init(coroutine);
    switch_prepare(&coroutine->inside, coroutine->map + page, coroutine->own.size, forever, coroutine);
    coroutine->ended = true;
    return coroutine;
}

void coroutine_free(struct coroutine *coroutine)
{
    if (!coroutine)
        return;
    side_fini(coroutine);
    munmap(coroutine->map, coroutine->map_size);
    free(coroutine);
}

void coroutine_begin(struct coroutine *coroutine, void (*run)(void *argument), void *argument)
{
    coroutine->run = run;
    coroutine->argument = argument;
    coroutine->ended = false;
}

bool coroutine_go(struct coroutine *coroutine)
{
    leaving(&coroutine->caller, &coroutine->own);
    switch_to(&coroutine->outside, &coroutine->inside);
    arrived(&coroutine->caller, NULL);
    return coroutine->ended;
}

void coroutine_stop(struct coroutine *coroutine)
{
    leaving(&coroutine->own, &coroutine->caller);
    switch_to(&coroutine->inside, &coroutine->outside);
    arrived(&coroutine->own, &coroutine->caller);
}
