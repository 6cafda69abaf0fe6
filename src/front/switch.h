/* The switch from one stack to another: in assembly for x86-64 and AArch64, otherwise by ucontext, which makes a system
 * call each time to save signal masks that are never changed here. */
#ifndef MIDAIR_SRC_FRONT_SWITCH_H
#define MIDAIR_SRC_FRONT_SWITCH_H

#include <stddef.h>

#if (defined(__x86_64__) && defined(__LP64__)) || (defined(__aarch64__) && defined(__LP64__))
#define SWITCH_ASSEMBLY 1
/* A suspended execution. The registers that a function must preserve are on its stack; this is the stack pointer. */
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

/* Makes `point` the start of run(argument) on the stack of `size` bytes from `low` up. run() must not return. */
void switch_prepare(struct switch_point *point, void *low, size_t size, void (*run)(void *), void *argument);
/* Saves the current execution in `from` and continues at `to`. */
void switch_to(struct switch_point *from, struct switch_point *to);

#endif
