#include "midair/base/memory.h"

#include "midair/base/arena.h"

#include <criterion/criterion.h>

Test(memory, arenas_count_what_they_hold_and_give_it_back)
{
    size_t before = memory_held();
    struct arena *arena = arena_new(0);
    arena_alloc(arena, 5 << 20);
    cr_expect_geq(memory_held() - before, 5 << 20);
    arena_reset(arena);
    cr_expect_lt(memory_held() - before, 1 << 20, "a reset keeps the first block alone");
    arena_free(arena);
    cr_expect_eq(memory_held(), before);
}

Test(memory, is_short_above_the_limit_and_not_at_it)
{
    size_t before = memory_held();
    cr_expect_not(memory_is_short(), "without a limit it never is");
    memory_set_limit(before + 100);
    memory_take(100);
    cr_expect_not(memory_is_short());
    memory_take(1);
    cr_expect(memory_is_short());
    memory_give(101);
    cr_expect_not(memory_is_short());
    memory_set_limit(0);
}

Test(memory, what_lies_elsewhere_counts_against_the_limit_of_an_arena)
{
    struct arena *arena = arena_new(1000);
    arena_account(arena, 999);
    cr_expect_not(arena_overflowed(arena));
    arena_account(arena, 2);
    cr_expect(arena_overflowed(arena));
    arena_reset(arena);
    cr_expect_not(arena_overflowed(arena));
    arena_free(arena);
}
