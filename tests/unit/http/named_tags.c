#include "midair/http/named_tags.h"
#include "midair/base/buf.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OURS "7.1763721280123456.0123456789abcdef0123"

/* "path=tag" joined by '|'. */
static struct slice show(struct arena *arena, const struct named_tags *found)
{
    struct buf all = buf_new(arena, 0);
    for (size_t i = 0; i < found->count; i++) {
        const struct named_tag *named = &found->items[i];
        if (i)
            BUF_LIT(&all, "|");
        buf_put(&all, named->path);
        BUF_LIT(&all, "=");
        if (named->tags.kind == TAGS_ANY)
            BUF_LIT(&all, "*");
        else if (named->tags.tags[0].weak)
            BUF_LIT(&all, "W/");
        if (named->tags.kind == TAGS_LIST)
            buf_put(&all, named->tags.tags[0].opaque);
    }
    return buf_slice(&all);
}

Test(named_tags, fields_that_are_right)
{
    static const struct {
        const char *label, *field, *found;
    } rows[] = {
        {"one", "</orders/17> \"a\"", "/orders/17=a"},
        {"two", "</orders/17> \"a\", </customers/3> \"b\"", "/orders/17=a|/customers/3=b"},
        {"no space", "</o/1>\"a\",</o/2>\"b\"", "/o/1=a|/o/2=b"},
        {"spaces and tabs", " \t</o/1> \t \"a\" \t, \t</o/2>\t\"b\" ", "/o/1=a|/o/2=b"},
        {"empty members", ",, </o/1> \"a\" ,, ,</o/2> \"b\",", "/o/1=a|/o/2=b"},
        {"star", "</o/1> *", "/o/1=*"},
        {"star and tag", "</o/1>*, </o/2> \"a\"", "/o/1=*|/o/2=a"},
        {"comma in the tag", "</o/1> \"a,b\", </o/2> \"c\"", "/o/1=a,b|/o/2=c"},
        {"comma in the path", "</lines/1,2> \"a\"", "/lines/1,2=a"},
        {"brackets in the tag", "</o/1> \"</o/2>\"", "/o/1=</o/2>"},
        {"escapes stay", "</places/a%2Fb> \"a\"", "/places/a%2Fb=a"},
        {"bang", "</users/1/messages!sender_id/2> \"a\"", "/users/1/messages!sender_id/2=a"},
        {"weak", "</o/1> W/\"a\"", "/o/1=W/a"},
        {"ours without quotes", "</o/1> " OURS, "/o/1=" OURS},
        {"the root", "</> \"a\"", "/=a"},
        {"empty tag", "</o/1> \"\"", "/o/1="},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct named_tags found;
        struct err *err = named_tags_parse(arena, slice_of(rows[i].field), &found);
        cr_assert_null(err, "%s", rows[i].label);
        struct slice shown = show(arena, &found);
        cr_expect(slice_eq(shown, slice_of(rows[i].found)), "%s: %.*s", rows[i].label, SLICE_ARG(shown));
    }
    arena_free(arena);
}

Test(named_tags, fields_that_are_wrong)
{
    static const struct {
        const char *label, *field;
        long at;
    } rows[] = {
        {"empty", "", 0},
        {"commas", " , ,", 4},
        {"no brackets", "/orders/17 \"a\"", 0},
        {"a tag alone", "\"a\"", 0},
        {"a star alone", "*", 0},
        {"no tag", "</o/1>", 6},
        {"no tag, more", "</o/1>, </o/2> \"a\"", 6},
        {"no slash", "<o/1> \"a\"", 1},
        {"a whole URL", "<http://h/o/1> \"a\"", 1},
        {"no path", "<> \"a\"", 1},
        {"never closed", "</o/1 \"a\"", 5},
        {"end in the path", "</o/1", 5},
        {"end after the bracket", "<", 1},
        {"space in the path", "</o/ 1> \"a\"", 4},
        {"query", "</o/1?x=y> \"a\"", 5},
        {"fragment", "</o/1#x> \"a\"", 5},
        {"quote in the path", "</o/\"1> \"a\"", 4},
        {"control byte", "</o/\x01> \"a\"", 4},
        {"not ASCII", "</o/\xC3\xBC> \"a\"", 4},
        {"junk tag", "</o/1> a", 7},
        {"open quote", "</o/1> \"a", 9},
        {"two tags", "</o/1> \"a\" \"b\"", 11},
        {"two stars", "</o/1> **", 8},
        {"no comma", "</o/1> \"a\" </o/2> \"b\"", 11},
        {"semicolon", "</o/1>; \"a\"", 6},
        {"junk after", "</o/1> \"a\" x", 11},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct named_tags found;
        struct err *err = named_tags_parse(arena, slice_of(rows[i].field), &found);
        cr_assert_not_null(err, "%s", rows[i].label);
        cr_expect_eq(err->kind, ERR_BAD_FIELD, "%s", rows[i].label);
        cr_expect_eq(err->position, rows[i].at, "%s: %ld", rows[i].label, err->position);
    }
    arena_free(arena);
}

Test(named_tags, no_field_is_no_condition)
{
    struct arena *arena = arena_new(0);
    struct named_tags found;
    cr_assert_null(named_tags_parse(arena, SLICE_ABSENT, &found));
    cr_expect_eq(found.count, 0);
    arena_free(arena);
}

Test(named_tags, the_number_of_members_is_limited)
{
    for (size_t n = NAMED_TAGS_MAX; n <= NAMED_TAGS_MAX + 1; n++) {
        struct arena *arena = arena_new(0);
        struct buf field = buf_new(arena, 0);
        struct named_tags found;
        for (size_t i = 0; i < n; i++)
            buf_printf(&field, "</o/%zu> \"a\",", i);
        struct err *err = named_tags_parse(arena, buf_slice(&field), &found);
        cr_expect_eq(err == NULL, n == NAMED_TAGS_MAX);
        arena_free(arena);
    }
}
