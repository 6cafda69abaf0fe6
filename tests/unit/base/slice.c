#include "midair/base/slice.h"
#include "midair/base/map.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(slice, absent_is_not_empty)
{
    cr_expect_not(slice_present(SLICE_ABSENT));
    cr_expect(slice_present(SLICE("")));
    cr_expect_not(slice_present(slice_of(NULL)));
    cr_expect(slice_eq(SLICE_ABSENT, SLICE("")), "though equal as text");
}

Test(slice, every_function_bears_an_absent_one)
{
    struct slice head, tail;
    cr_expect_not(slice_present(slice_from(SLICE_ABSENT, 0)));
    cr_expect_not(slice_present(slice_from(SLICE_ABSENT, 3)));
    cr_expect_eq(slice_head(SLICE_ABSENT, 3).len, 0);
    cr_expect_eq(slice_find(SLICE_ABSENT, 'x'), 0);
    cr_expect_eq(slice_trim(SLICE_ABSENT).len, 0);
    cr_expect_eq(slice_cmp(SLICE_ABSENT, SLICE("")), 0);
    cr_expect(slice_starts(SLICE_ABSENT, SLICE("")));
    cr_expect(slice_ends(SLICE_ABSENT, SLICE("")));
    cr_expect_not(slice_ends(SLICE_ABSENT, SLICE("x")));
    cr_expect(slice_eq_nocase(SLICE_ABSENT, SLICE("")));
    cr_expect_not(slice_cut(SLICE_ABSENT, ',', &head, &tail));
    cr_expect_eq(head.len, 0);
    cr_expect_not(slice_present(tail));
}

Test(slice, from_and_head_stay_inside)
{
    struct slice s = SLICE("abc");
    cr_expect(slice_eq(slice_from(s, 1), SLICE("bc")));
    cr_expect_eq(slice_from(s, 3).len, 0);
    cr_expect_eq(slice_from(s, 4).len, 0);
    cr_expect_eq(slice_from(s, 4).at, s.at + 3);
    cr_expect(slice_eq(slice_head(s, 9), s));
    cr_expect_eq(slice_head(s, 0).len, 0);
}

Test(slice, comparison_ignores_the_case_of_ascii_letters_alone)
{
    static const struct {
        const char *label, *a, *b;
        bool equal;
    } rows[] = {
        {"same", "ETag", "ETag", true},
        {"case", "ETAG", "etag", true},
        {"prefix", "ETag", "ETa", false},
        {"empty", "", "", true},
        {"@ and `", "@", "`", false},
        {"[ and {", "[", "{", false},
        {"letters beyond ASCII", "\xC3\x84", "\xC3\xA4", false},
        {"space", "a", "a ", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(slice_eq_nocase(slice_of(rows[i].a), slice_of(rows[i].b)), rows[i].equal, "%s", rows[i].label);
}

Test(slice, order_is_by_bytes_and_a_prefix_comes_first)
{
    static const struct {
        const char *label, *a, *b;
        int sign;
    } rows[] = {
        {"equal", "ab", "ab", 0}, {"prefix", "ab", "abc", -1},    {"longer", "abc", "ab", 1},
        {"case", "B", "a", -1},   {"high bytes", "\xff", "a", 1}, {"empty", "", "a", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int order = slice_cmp(slice_of(rows[i].a), slice_of(rows[i].b));
        cr_expect_eq((order > 0) - (order < 0), rows[i].sign, "%s", rows[i].label);
    }
}

Test(slice, trim_takes_spaces_and_tabs_alone)
{
    static const char *const rows[][2] = {{" \ta\t ", "a"},   {"", ""},       {" \t", ""},
                                          {"\na\n", "\na\n"}, {"a b", "a b"}, {"\xC2\xA0", "\xC2\xA0"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect(slice_eq(slice_trim(slice_of(rows[i][0])), slice_of(rows[i][1])), "row %zu", i);
}

Test(slice, cut_tells_no_separator_from_nothing_after_it)
{
    struct slice head, tail;
    cr_expect(slice_cut(SLICE("a,b,c"), ',', &head, &tail));
    cr_expect(slice_eq(head, SLICE("a")) && slice_eq(tail, SLICE("b,c")));
    cr_expect(slice_cut(SLICE("a,"), ',', &head, &tail));
    cr_expect(slice_present(tail) && tail.len == 0);
    cr_expect(slice_cut(SLICE(",a"), ',', &head, &tail));
    cr_expect(head.len == 0);
    cr_expect_not(slice_cut(SLICE("a"), ',', &head, &tail));
    cr_expect(slice_eq(head, SLICE("a")) && !slice_present(tail));
}

Test(slice, bytes_are_no_strings)
{
    struct slice s = slice_make("a\0b", 3);
    cr_expect_eq(slice_find(s, 'b'), 2);
    cr_expect_eq(slice_find(s, '\0'), 1);
    cr_expect_not(slice_eq(s, SLICE("a")));
    cr_expect_not(slice_eq(s, slice_make("a\0c", 3)));
}

Test(map, finds_what_was_put_and_nothing_else)
{
    struct arena *arena = arena_new(0);
    struct map map = map_new(arena);
    cr_expect_null(map_get(&map, SLICE("a")), "in an empty map");
    int values[1000];
    for (int i = 0; i < 1000; i++)
        cr_assert_null(map_put(&map, arena_printf(arena, "key%d", i), &values[i]));
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(map_get(&map, arena_printf(arena, "key%d", i)), &values[i]);
    cr_expect_eq(map.count, 1000);
    cr_expect_null(map_get(&map, SLICE("key1000")));
    cr_expect_null(map_get(&map, SLICE("KEY1")));
    cr_expect_null(map_get(&map, SLICE("")));
    arena_free(arena);
}

Test(map, putting_again_replaces_and_tells_what_was_there)
{
    struct arena *arena = arena_new(0);
    struct map map = map_new(arena);
    int a, b;
    map_put(&map, SLICE(""), &a);
    cr_expect_eq(map_put(&map, SLICE(""), &b), &a);
    cr_expect_eq(map_get(&map, SLICE("")), &b);
    cr_expect_eq(map.count, 1);
    arena_free(arena);
}
