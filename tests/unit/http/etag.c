#include "midair/http/etag.h"
#include "midair/base/buf.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DIGEST "0123456789abcdef0123"
#define OURS "7.1763721280123456." DIGEST

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(etag, .init = setup, .fini = teardown);

/* The list in one line: "weak?opaque" joined by '|', '~' marks what was tolerated. */
static struct slice show(const struct tag_list *list)
{
    struct buf all = buf_new(arena, 0);
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(&all, "|");
        if (list->tags[i].weak)
            BUF_LIT(&all, "W/");
        if (list->tags[i].tolerated)
            BUF_LIT(&all, "!");
        buf_put(&all, list->tags[i].opaque);
    }
    return buf_slice(&all);
}

Test(etag, lists_that_are_right)
{
    static const struct {
        const char *label, *field, *tags;
    } rows[] = {
        {"one", "\"a\"", "a"},
        {"empty tag", "\"\"", ""},
        {"two", "\"a\", \"b\"", "a|b"},
        {"without white space", "\"a\",\"b\"", "a|b"},
        {"tabs and spaces", " \t\"a\"\t ,\t \"b\" ", "a|b"},
        {"empty members", ",, \"a\" ,, ,\"b\",", "a|b"},
        {"weak", "W/\"a\", \"b\", W/\"\"", "W/a|b|W/"},
        {"comma inside", "\"a,b\", \"c\"", "a,b|c"},
        {"a list inside", "\"a,W/b,c\"", "a,W/b,c"},
        {"star inside", "\"*\"", "*"},
        {"star inside a list", "\"a\", \"*\"", "a|*"},
        {"backslash is no escape", "\"a\\\", \"b\"", "a\\|b"},
        {"single quotes inside", "\"'a'\"", "'a'"},
        {"all of ASCII that may be", "\"!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\"", "!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
        {"obs-text", "\"\xE9\xC3\xA9\xFF\"", "\xE9\xC3\xA9\xFF"},
        {"ours", "\"" OURS "\"", OURS},
        {"ours, a variant", "\"" OURS "~csv\"", OURS "~csv"},
        {"a foreign tag keeps its suffix", "\"abc-gzip\", \"abc;gzip\"", "abc-gzip|abc;gzip"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tag_list list;
        struct err *err = tag_list_parse(arena, slice_of(rows[i].field), &list);
        cr_assert_null(err, "%s", rows[i].label);
        cr_expect_eq(list.kind, TAGS_LIST, "%s", rows[i].label);
        cr_expect(slice_eq(show(&list), slice_of(rows[i].tags)), "%s: %.*s", rows[i].label, SLICE_ARG(show(&list)));
    }
}

Test(etag, bent_forms_of_our_own_tags_are_straightened)
{
    static const struct {
        const char *label, *field, *tags;
    } rows[] = {
        {"unquoted", OURS, "!" OURS},
        {"unquoted, a variant", OURS "~csv.gz", "!" OURS "~csv.gz"},
        {"unquoted in a list", "\"a\"," OURS ", \"b\"", "a|!" OURS "|b"},
        {"unquoted and weak", "W/" OURS, "W/!" OURS},
        {"unquoted with a suffix", OURS "-gzip", "!" OURS},
        {"mod_deflate", "\"" OURS "-gzip\"", "!" OURS},
        {"mod_deflate, older", "\"" OURS ";gzip\"", "!" OURS},
        {"mod_deflate on a variant", "\"" OURS "~csv-gzip\"", "!" OURS "~csv"},
        {"mod_deflate on a weak one", "W/\"" OURS "-gzip\"", "W/!" OURS},
        {"a row known by xmin", "x123.4-5." DIGEST, "!x123.4-5." DIGEST},
        {"content", "c." DIGEST, "!c." DIGEST},
        {"a row of a view", "c0123456789abcdef0123456789abcdef." DIGEST, "!c0123456789abcdef0123456789abcdef." DIGEST},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tag_list list;
        struct err *err = tag_list_parse(arena, slice_of(rows[i].field), &list);
        cr_assert_null(err, "%s", rows[i].label);
        cr_expect(slice_eq(show(&list), slice_of(rows[i].tags)), "%s: %.*s", rows[i].label, SLICE_ARG(show(&list)));
    }
}

Test(etag, a_suffix_is_taken_off_once)
{
    struct tag_list list;
    cr_assert_null(tag_list_parse(arena, SLICE("\"" OURS "-gzip-gzip\""), &list));
    cr_expect(slice_eq(list.tags[0].opaque, SLICE(OURS "-gzip-gzip")));
    cr_expect_not(list.tags[0].tolerated);
}

Test(etag, fields_that_cannot_be_parsed)
{
    static const struct {
        const char *label, *field;
        long position;
    } rows[] = {
        {"star beside a tag", "*, \"a\"", 0},
        {"tag beside a star", "\"a\", *", 5},
        {"two stars", "*, *", 0},
        {"two stars without a comma", "**", 0},
        {"star and a comma", "*,", 0},
        {"comma and a star", ",*", 1},
        {"star and letters", "*a", 0},
        {"weak star", "W/*", 2},
        {"a word", "junk", 0},
        {"a word beside a tag", "junk, \"a\"", 0},
        {"a tag beside a word", "\"a\", junk", 5},
        {"open quote", "\"a", 2},
        {"lone quote", "\"", 1},
        {"closing quote", "a\"", 0},
        {"open quote after a tag", "\"a\", \"b", 7},
        {"no comma", "\"a\" \"b\"", 4},
        {"no comma, no space", "\"a\"\"b\"", 3},
        {"letters after a tag", "\"a\"x", 3},
        {"semicolon", "\"a\"; \"b\"", 3},
        {"lower-case weak mark", "w/\"a\"", 0},
        {"weak mark alone", "W/", 2},
        {"weak mark and white space", "W/ \"a\"", 2},
        {"weak mark twice", "W/W/\"a\"", 2},
        {"half a weak mark", "W\"a\"", 0},
        {"weak mark after the tag", "\"a\"W/", 3},
        {"weak word", "W/junk", 2},
        {"space inside", "\"a b\"", 2},
        {"tab inside", "\"a\tb\"", 2},
        {"DEL inside", "\"a\x7f\"", 2},
        {"control byte inside", "\"a\x01\"", 2},
        {"newline inside", "\"a\nb\"", 2},
        {"single quotes", "'a'", 0},
        {"our own in single quotes", "'" OURS "'", 0},
        {"our own, upper case", "7.1.0123456789ABCDEF0123", 0},
        {"our own, digest too short", "7.1.0123456789abcde", 0},
        {"our own, digest too long", "7.1.0123456789abcdef0123456789abcdef012345678", 0},
        {"our own, no digest", "7.1.", 0},
        {"our own, digest alone", DIGEST, 0},
        {"our own, dot and digest", "." DIGEST, 0},
        {"our own, an empty variant", OURS "~", 0},
        {"our own, two variants", OURS "~a~b", 0},
        {"our own, a variant in upper case", OURS "~CSV", 0},
        {"our own, no comma", OURS " \"a\"", 40},
        {"our own, half quoted", "\"" OURS, 40},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tag_list list;
        struct err *err = tag_list_parse(arena, slice_of(rows[i].field), &list);
        cr_assert_not_null(err, "%s", rows[i].label);
        cr_expect_eq(err->kind, ERR_BAD_FIELD, "%s", rows[i].label);
        cr_expect_eq(err->position, rows[i].position, "%s at %ld", rows[i].label, err->position);
    }
    struct tag_list list;
    cr_expect_not_null(tag_list_parse(arena, slice_make("\"a\0b\"", 5), &list), "NUL inside");
    cr_expect_not_null(tag_list_parse(arena, slice_make("\"a\"\0", 4), &list), "NUL after");
}

Test(etag, any_and_absent)
{
    struct tag_list list;
    cr_assert_null(tag_list_parse(arena, SLICE_ABSENT, &list));
    cr_expect_eq(list.kind, TAGS_ABSENT);
    cr_assert_null(tag_list_parse(arena, SLICE("*"), &list));
    cr_expect_eq(list.kind, TAGS_ANY);
    cr_assert_null(tag_list_parse(arena, SLICE(" \t* "), &list));
    cr_expect_eq(list.kind, TAGS_ANY);
}

static struct err *parse_many(size_t count, struct tag_list *list)
{
    struct buf field = buf_new(arena, 0);
    for (size_t i = 0; i < count; i++)
        buf_printf(&field, "\"%zu\",", i);
    return tag_list_parse(arena, buf_slice(&field), list);
}

Test(etag, a_list_has_a_limit)
{
    struct tag_list list;
    cr_assert_null(parse_many(TAGS_MAX, &list));
    cr_expect_eq(list.count, TAGS_MAX);
    for (size_t i = 0; i < list.count; i++)
        cr_assert(slice_eq(list.tags[i].opaque, arena_printf(arena, "%zu", i)));
    struct err *err = parse_many(TAGS_MAX + 1, &list);
    cr_assert_not_null(err);
    cr_expect_eq(err->kind, ERR_BAD_FIELD);
}

/* The table of RFC 9110 8.8.3.2. */
Test(etag, a_list_without_members_is_a_list)
{
    static const char *const rows[] = {"", " ", " \t", ",", ", ,", "\t,\t"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tag_list list;
        cr_assert_null(tag_list_parse(arena, slice_of(rows[i]), &list), "\"%s\"", rows[i]);
        cr_expect_eq(list.kind, TAGS_LIST);
        cr_expect_eq(list.count, 0);
    }
}

Test(etag, weak_comparison)
{
    static const struct {
        const char *a, *b;
        bool weak;
    } rows[] = {
        {"W/\"1\"", "W/\"1\"", true}, {"W/\"1\"", "W/\"2\"", false}, {"W/\"1\"", "\"1\"", true},
        {"\"1\"", "W/\"1\"", true},   {"\"1\"", "\"1\"", true},      {"\"1\"", "\"2\"", false},
        {"\"a\"", "\"A\"", false},    {"\"\"", "\"\"", true},        {"\"1\"", "\"01\"", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tag_list a, b;
        cr_assert_null(tag_list_parse(arena, slice_of(rows[i].a), &a));
        cr_assert_null(tag_list_parse(arena, slice_of(rows[i].b), &b));
        cr_expect_eq(tag_equal_weak(a.tags, b.tags), rows[i].weak, "%s %s", rows[i].a, rows[i].b);
    }
}

Test(etag, trust_in_a_proxy_covers_our_own_tags_alone)
{
    struct tag_list list;
    cr_assert_null(tag_list_parse(arena, SLICE("W/\"" OURS "\", W/\"other\", \"a\", W/\"" OURS "~csv\""), &list));
    tag_list_trust_weak(&list);
    cr_expect(slice_eq(show(&list), SLICE("!" OURS "|W/other|a|!" OURS "~csv")), "%.*s", SLICE_ARG(show(&list)));
}

Test(etag, state_and_quotes)
{
    cr_expect(slice_eq(tag_state(SLICE(OURS "~csv")), SLICE(OURS)));
    cr_expect(slice_eq(tag_state(SLICE(OURS)), SLICE(OURS)));
    cr_expect(slice_eq(tag_state(SLICE("a~b~c")), SLICE("a")));
    cr_expect_eq(tag_state(SLICE("~a")).len, 0);
    cr_expect(slice_eq(tag_quote(arena, SLICE("a")), SLICE("\"a\"")));
    cr_expect_not(slice_present(tag_quote(arena, SLICE_ABSENT)));
}
