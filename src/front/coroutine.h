/* Coroutines: functions with a stack of their own that can stop in the middle and go on later (stackful).
 *
 * The stack is mapped with a guard page below it, and takes memory only as far as it was used. A coroutine runs on one
 * thread only, for thread-local variables may be cached across a stop. Sanitizers are told of each change of stack. */
#ifndef MIDAIR_SRC_FRONT_COROUTINE_H
#define MIDAIR_SRC_FRONT_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

struct coroutine;

/* A coroutine with `stack` bytes of stack, rounded up to pages. NULL: no memory. Owned by the caller. */
struct coroutine *coroutine_new(size_t stack);
/* Not while it is stopped in the middle of a function. NULL is allowed. */
void coroutine_free(struct coroutine *coroutine);

/* Sets what the next coroutine_go() begins with. Not while it is in the middle of a function. */
void coroutine_begin(struct coroutine *coroutine, void (*run)(void *argument), void *argument);
/* Runs it until it stops or its function returns; then true. */
bool coroutine_go(struct coroutine *coroutine);
/* Called by the running coroutine: stops it. Returns when it is to go on. */
void coroutine_stop(struct coroutine *coroutine);

#endif
