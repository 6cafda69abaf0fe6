/* Who waits for which word: coroutines in lists by the word's address, threads as a count, since the kernel knows them.
 *
 * Whoever waits is entered before it looks at the word, and whoever wakes has changed the word before it looks here, so
 * one of the two sees the other. */
#ifndef MIDAIR_SRC_BASE_PARKED_H
#define MIDAIR_SRC_BASE_PARKED_H

#include "midair/base/wait.h"

/* One coroutine that waits; on its stack. */
struct parked {
    _Atomic uint32_t *word;
    struct wait_coroutine *coroutine;
    struct parked *next, *before;
    bool in;
};

/* False when *word is not `expected` any more. */
bool parked_enter(struct parked *parked, uint32_t expected);
/* False when somebody has taken it: its coroutine is being resumed. */
bool parked_leave(struct parked *parked);
/* Takes out the one that waits longest for the word; NULL: none. To be resumed by the caller. */
struct wait_coroutine *parked_take(const _Atomic uint32_t *word);

/* Around the sleep of a thread, which looks at the word after entering. */
void parked_thread_enter(const _Atomic uint32_t *word);
void parked_thread_leave(const _Atomic uint32_t *word);
/* Whether threads may sleep on the word. */
bool parked_threads(const _Atomic uint32_t *word);

#endif
