/* The change from one stack to another: in assembly where we have it, else by ucontext (which makes a system call each
 * time, to keep signal masks that nobody here changes). */
#ifndef MIDAIR_SRC_FRONT_SWITCH_H
#define MIDAIR_SRC_FRONT_SWITCH_H

#include <stddef.h>

#if (defined(__x86_64__) && defined(__LP64__)) || (defined(__aarch64__) && defined(__LP64__))
#define SWITCH_ASSEMBLY 1
/* The registers that a function must keep are on the stack; this is where. */
struct switch_point {
    void *stack;
};
#else
#define SWITCH_ASSEMBLY 0
#include <ucontext.h>
struct switch_point {
    ucontext_t context;
};
#endif

/* Makes `point` the start of run(argument) on a stack of `size` bytes from `low` up. run() must not return. */
void switch_prepare(struct switch_point *point, void *low, size_t size, void (*run)(void *), void *argument);
/* Keeps where it is in `from` and goes on at `to`. */
void switch_to(struct switch_point *from, struct switch_point *to);

#endif
