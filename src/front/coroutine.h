/* Coroutines: functions with a stack of their own that can be suspended in the middle and resumed later (stackful).
 *
 * The stack is mapped with a guard page below it, and uses memory only for the pages that were touched. A coroutine
 * always runs on the same thread, because the compiler may keep addresses of thread-local variables across a
 * suspension. The sanitizers are told of each change of stack. */
#ifndef MIDAIR_SRC_FRONT_COROUTINE_H
#define MIDAIR_SRC_FRONT_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

struct coroutine;

/* Creates a coroutine with `stack` bytes of stack, rounded up to pages. NULL: no memory. Owned by the caller. */
struct coroutine *coroutine_new(size_t stack);
/* Frees a coroutine that is not suspended in the middle of a function. NULL is allowed. */
void coroutine_free(struct coroutine *coroutine);

/* Sets the function that the next coroutine_go() starts. The coroutine must not be in the middle of a function. */
void coroutine_begin(struct coroutine *coroutine, void (*run)(void *argument), void *argument);
/* Runs the coroutine until it is suspended or its function returns. Returns true in the latter case. */
bool coroutine_go(struct coroutine *coroutine);
/* Called by the running coroutine: suspends it. Returns when it is resumed by coroutine_go(). */
void coroutine_stop(struct coroutine *coroutine);

#endif
