/* Preconditions as conditions on a row: what a guard asks for, and that a listed tag never makes it ask for less. */
#include "midair/plan/guard.h"

#include "shop.h"

#include <criterion/criterion.h>

static struct slice own_tag(struct arena *arena, const struct relation *relation, int64_t version, const char *key)
{
    struct slice keys[] = {slice_of(key)};
    struct state state = {.kind = STAMP_VERSION, .version = version, .moment = 7};
    struct buf buf = buf_new(arena, 64);
    state_write(&buf, relation, keys, &state);
    return arena_copy(arena, buf_slice(&buf)); /* with a NUL behind it */
}

Test(guard, says_what_the_fields_say)
{
    struct arena *arena = arena_new(0);
    const struct relation *orders = shop_orders(arena);
    struct slice mine = own_tag(arena, orders, 3, "17"), older = own_tag(arena, orders, 2, "17");
    struct slice foreign = own_tag(arena, orders, 3, "18");
    const struct {
        const char *label, *field, *value;
        size_t any, none;
        bool exists, listed, absent, hopeless, empty;
    } rows[] = {
        {"nothing", "X", "y", 0, 0, false, false, false, false, true},
        {"any", "If-Match", "*", 0, 0, true, false, false, false, false},
        {"own tag", "If-Match", arena_printf(arena, "\"%s\"", mine.at).at, 1, 0, true, true, false, false, false},
        {"two own tags", "If-Match", arena_printf(arena, "\"%s\", \"%s\"", mine.at, older.at).at, 2, 0, true, true,
         false, false, false},
        {"own tag of a projection", "If-Match", arena_printf(arena, "\"%s~s00\"", mine.at).at, 1, 0, true, true, false,
         false, false},
        {"tag of another row", "If-Match", arena_printf(arena, "\"%s\"", foreign.at).at, 0, 0, true, true, false, true,
         false},
        {"own and foreign", "If-Match", arena_printf(arena, "\"%s\", \"%s\"", foreign.at, mine.at).at, 1, 0, true, true,
         false, false, false},
        {"weak", "If-Match", arena_printf(arena, "W/\"%s\"", mine.at).at, 0, 0, true, true, false, true, false},
        {"junk", "If-Match", "\"junk\"", 0, 0, true, true, false, true, false},
        {"empty tag", "If-Match", "\"\"", 0, 0, true, true, false, true, false},
        {"absent", "If-None-Match", "*", 0, 0, false, false, true, false, false},
        {"not this state", "If-None-Match", arena_printf(arena, "\"%s\"", mine.at).at, 0, 1, false, false, false, false,
         false},
        {"not this state, weakly", "If-None-Match", arena_printf(arena, "W/\"%s\"", mine.at).at, 0, 1, false, false,
         false, false, false},
        {"not a foreign state", "If-None-Match", arena_printf(arena, "\"%s\"", foreign.at).at, 0, 0, false, false,
         false, false, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct field field = {slice_of(rows[i].field), slice_of(rows[i].value)};
        struct fields fields = {&field, 1};
        struct slice keys[] = {SLICE("17")};
        struct preconds preconds;
        cr_assert_null(preconds_parse(arena, METHOD_PUT, &fields, &preconds), "%s", rows[i].label);
        struct guard guard = guard_make(arena, &preconds, orders, keys, true);
        cr_expect_eq(guard.any_count, rows[i].any, "%s", rows[i].label);
        cr_expect_eq(guard.none_count, rows[i].none, "%s", rows[i].label);
        cr_expect_eq(guard.must_exist, rows[i].exists, "%s", rows[i].label);
        cr_expect_eq(guard.listed, rows[i].listed, "%s", rows[i].label);
        cr_expect_eq(guard.must_be_absent, rows[i].absent, "%s", rows[i].label);
        cr_expect_eq(guard_hopeless(&guard), rows[i].hopeless, "%s", rows[i].label);
        cr_expect_eq(guard_empty(&guard), rows[i].empty, "%s", rows[i].label);
        struct guard unresolved = guard_make(arena, &preconds, orders, keys, false);
        bool tags = preconds.if_match.kind == TAGS_LIST || preconds.if_none_match.kind == TAGS_LIST;
        cr_expect_eq(unresolved.unresolved, tags, "%s: tags of a key that only PostgreSQL can spell wait for the row",
                     rows[i].label);
        cr_expect_not(guard_hopeless(&unresolved), "%s", rows[i].label);
    }
    arena_free(arena);
}
