/* Three versions of the switch: x86-64, AArch64, and ucontext for everything else. */
#include "switch.h"

#include <stdint.h>

#if SWITCH_ASSEMBLY

void switch_stacks(void **from, void *to);
void switch_first(void);

#if defined(__x86_64__)
/* System V ABI: a function preserves rbx, rbp and r12 to r15. The first switch returns into switch_first, which finds
 * run in r13 and its argument in r12. */
__asm__(".text\n"
        ".globl switch_stacks\n"
        ".hidden switch_stacks\n"
        ".type switch_stacks, @function\n"
        "switch_stacks:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size switch_stacks, .-switch_stacks\n"
        ".globl switch_first\n"
        ".hidden switch_first\n"
        ".type switch_first, @function\n"
        "switch_first:\n"
        "    xorl %ebp, %ebp\n"
        "    movq %r12, %rdi\n"
        "    callq *%r13\n"
        "    ud2\n"
        ".size switch_first, .-switch_first\n");

enum { SAVED = 7, AT_ARGUMENT = 3, AT_RUN = 2, AT_RETURN = 6 };

#elif defined(__aarch64__)
/* AAPCS64: a function preserves x19 to x30 and the low halves of v8 to v15. The first switch returns into switch_first,
 * which finds run in x20 and its argument in x19. */
__asm__(".text\n"
        ".globl switch_stacks\n"
        ".hidden switch_stacks\n"
        ".type switch_stacks, %function\n"
        "switch_stacks:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x2, sp\n"
        "    str x2, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    ret\n"
        ".size switch_stacks, .-switch_stacks\n"
        ".globl switch_first\n"
        ".hidden switch_first\n"
        ".type switch_first, %function\n"
        "switch_first:\n"
        "    mov x29, xzr\n"
        "    mov x0, x19\n"
        "    blr x20\n"
        "    brk #1\n"
        ".size switch_first, .-switch_first\n");

enum { SAVED = 20, AT_ARGUMENT = 0, AT_RUN = 1, AT_RETURN = 11 };
#endif

void switch_prepare(struct switch_point *point, void *low, size_t size, void (*run)(void *), void *argument)
{
    uintptr_t top = ((uintptr_t)low + size) & ~(uintptr_t)15;
    /* When switch_first begins, the stack pointer is above these words and must be a multiple of 16. */
    void **words = (void **)(top - 16) - SAVED;
    for (int i = 0; i < SAVED; i++)
        words[i] = NULL;
    words[AT_ARGUMENT] = argument;
    words[AT_RUN] = (void *)(uintptr_t)run;
    words[AT_RETURN] = (void *)(uintptr_t)switch_first;
    point->stack = words;
}

void switch_to(struct switch_point *from, struct switch_point *to)
{
    switch_stacks(&from->stack, to->stack);
}

#else

/* makecontext() passes only integers, so each pointer is passed as two halves. */
static void begin(unsigned run_high, unsigned run_low, unsigned argument_high, unsigned argument_low)
{
    uintptr_t run = (uintptr_t)(((uint64_t)run_high << 32) | run_low);
    uintptr_t argument = (uintptr_t)(((uint64_t)argument_high << 32) | argument_low);
    ((void (*)(void *))run)((void *)argument);
}

void switch_prepare(struct switch_point *point, void *low, size_t size, void (*run)(void *), void *argument)
{
    uint64_t function = (uintptr_t)run, value = (uintptr_t)argument;
    getcontext(&point->context);
    point->context.uc_stack.ss_sp = low;
    point->context.uc_stack.ss_size = size;
    point->context.uc_link = NULL;
    makecontext(&point->context, (void (*)(void))begin, 4, (unsigned)(function >> 32), (unsigned)function,
                (unsigned)(value >> 32), (unsigned)value);
}

void switch_to(struct switch_point *from, struct switch_point *to)
{
    swapcontext(&from->context, &to->context);
}

#endif
