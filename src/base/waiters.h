/* The waiters of wait_word(), found by the address of the word. Coroutines are kept in lists. Threads are only counted,
 * since the kernel keeps their queue.
 *
 * No wake-up is lost: a waiter enters itself before it compares the word, and a waker changes the word before it looks
 * for waiters, so that at least one of the two sees the other. */
#ifndef MIDAIR_SRC_BASE_WAITERS_H
#define MIDAIR_SRC_BASE_WAITERS_H

#include "midair/base/wait.h"

/* One waiting coroutine. The structure is on the stack of the coroutine. */
struct word_waiter {
    _Atomic uint32_t *word;
    struct wait_coroutine *coroutine;
    struct word_waiter *next, *before;
    bool in;
};

/* Enters the coroutine into the list of its word. False, without entering it, when *word is not `expected` any more. */
bool waiters_enter(struct word_waiter *waiter, uint32_t expected);
/* Takes the coroutine out of the list. False when waiters_take() has already done so: then its coroutine is being
 * resumed. */
bool waiters_leave(struct word_waiter *waiter);
/* Takes out and returns the coroutine that has waited longest for the word; NULL when there is none. The caller must
 * resume it. */
struct wait_coroutine *waiters_take(const _Atomic uint32_t *word);

/* Called before and after a thread sleeps. The thread (in the kernel) compares the word after waiters_thread_enter().
 */
void waiters_thread_enter(const _Atomic uint32_t *word);
void waiters_thread_leave(const _Atomic uint32_t *word);
/* Whether a thread may be sleeping on the word. The count is shared by several words, so true may be wrong, but false
 * is not. */
bool waiters_has_threads(const _Atomic uint32_t *word);

#endif
