#include "midair/http/negotiate.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(negotiate, .init = setup, .fini = teardown);

enum { JSON, CSV, OBJECT, STRIPPED };
static const struct slice offers[] = {
    {"application/json", 16},
    {"text/csv", 8},
    {"application/vnd.pgrst.object+json", 33},
    {"application/vnd.pgrst.object+json;nulls=stripped", 48},
};

Test(negotiate, accept_chooses_among_what_is_offered)
{
    static const struct {
        const char *accept;
        int index;
    } rows[] = {
        {"", JSON},
        {"*/*", JSON},
        {"application/json", JSON},
        {"APPLICATION/JSON", JSON},
        {"application/json, text/plain, */*", JSON},
        {"text/csv", CSV},
        {"text/*", CSV},
        {"text/csv, */*", CSV},
        {"*/*, text/csv", CSV},
        {"text/csv, application/json", CSV},
        {"application/json;q=0.4, text/csv;q=0.5", CSV},
        {"application/json;q=0.5, text/csv;q=0.4", JSON},
        {"*/*;q=0.1, text/csv;q=0.2", CSV},
        {"application/json;q=0, */*", CSV},
        {"application/*;q=0, */*;q=0.1", CSV},
        {"text/csv;q=0.001", CSV},
        {"application/vnd.pgrst.object+json", OBJECT},
        {"application/vnd.pgrst.object+json;nulls=stripped", STRIPPED},
        {"application/vnd.pgrst.object+json; nulls=\"stripped\"", STRIPPED},
        {"application/vnd.pgrst.object+json;nulls=kept", OBJECT},
        {"application/json;charset=utf-8", JSON},
        {"application/json;odata=verbose", JSON},
        {"application/json;v=2;q=0, application/json", JSON},
        {"application/json;v=2;q=0, */*;q=0.1", JSON},
        {"application/json;v=2, text/csv", CSV},
        {"text/csv;q=0.5;ext=\"a,b;q=1\", application/json;q=0.4", CSV},
        {"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", JSON},
        {"text/csv; q=1, application/json; q=1.000", CSV},
        {",, text/csv ,", CSV},
        {"junk", JSON},
        {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON},
        {"*", JSON},
        {"*;q=.1, text/csv;q=.2", CSV},
        {"text/csv, *;q=0", CSV},
        {"*;q=.9, text/csv;q=0", JSON},
        {"text/csv;q=.001", CSV},
        {"text/html, *;q=0", -1},
        {"text/html, *;q=.0", -1},
        {"text/html, */", -1},
        {"text/html, **", -1},
        {"text/html, *json", -1},
        {"text/html, *;q=.1234", -1},
        {"text/html, *;q=.", -1},
        {"text/html, *;q=..1", -1},
        {"application/json;q=2, text/csv", CSV},
        {"application/json;q=, text/csv", CSV},
        {"application/json;q=-1, text/csv", CSV},
        {"application/json;q, text/csv", CSV},
        {"*/json, text/csv", CSV},
        {"application/, text/csv", CSV},
        {"/json, text/csv", CSV},
        {"application/json x, text/csv", CSV},
        {"application/json;a=\"open, text/csv", JSON},
        {"text/html", -1},
        {"text/csvx", -1},
        {"tex/csv", -1},
        {"application/json+x", -1},
        {"*/*;q=0", -1},
        {"application/json;q=0", -1},
        {"application/json;q=0.000, text/*;q=0", -1},
        {"image/*, text/html;q=0.1", -1},
        {"junk, text/html", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int got = accept_choose(arena, slice_of(rows[i].accept), offers, COUNT(offers));
        cr_expect_eq(got, rows[i].index, "%s gave %d", rows[i].accept, got);
    }
    cr_expect_eq(accept_choose(arena, SLICE_ABSENT, offers, COUNT(offers)), JSON);
    cr_expect_eq(accept_choose(arena, SLICE_ABSENT, offers, 0), -1);
    cr_expect_eq(accept_choose(arena, SLICE("*/*"), offers, 0), -1);
}

/* The example of RFC 9110 12.5.1, each type against one of a known weight. */
Test(negotiate, the_most_specific_range_gives_the_weight)
{
    static const char accept[] =
        "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, "
        "*/*;q=0.5, x/y;q=";
    static const struct {
        const char *type;
        int weight;
    } rows[] = {
        {"text/plain;format=flowed", 1000}, {"text/plain", 700}, {"text/html", 300}, {"image/jpeg", 500},
        {"text/plain;format=fixed", 400},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice pair[] = {slice_of(rows[i].type), SLICE("x/y")};
        struct slice lower = arena_printf(arena, "%s0.%03d", accept, rows[i].weight - 1);
        cr_expect_eq(accept_choose(arena, lower, pair, 2), 0, "%s beats less", rows[i].type);
        struct slice higher = arena_printf(arena, "%s0.%03d", accept, rows[i].weight + 1);
        if (rows[i].weight < 1000)
            cr_expect_eq(accept_choose(arena, higher, pair, 2), 1, "%s yields to more", rows[i].type);
    }
}

Test(negotiate, gzip_is_sent_to_those_who_want_it)
{
    static const struct {
        const char *accept;
        bool gzip, identity;
    } rows[] = {
        {"", false, true},
        {"gzip", true, true},
        {"GZIP", true, true},
        {"x-gzip", true, true},
        {"gzip, deflate, br", true, true},
        {"*", true, true},
        {"gzip;q=0.001", true, true},
        {"identity;q=0.5, gzip;q=0.5", true, true},
        {"gzip;q=1.0, identity; q=0.5, *;q=0", true, true},
        {"identity;q=0, gzip", true, false},
        {"*;q=0, gzip", true, false},
        {"gzip;q=0", false, true},
        {"gzip;q=0, *", false, true},
        {"*, gzip;q=0.000", false, true},
        {"identity, gzip;q=0.5", false, true},
        {"br", false, true},
        {"gzi", false, true},
        {"gzip2", false, true},
        {"\"gzip\"", false, true},
        {"gzip;q=2", false, true},
        {"gzip;q", false, true},
        {"gzip;level=9", false, true},
        {"gzip deflate", false, true},
        {"identity", false, true},
        {"*;q=0", false, false},
        {"identity;q=0", false, false},
        {"identity;q=0, br", false, false},
        {"*;q=0, identity;q=0.1", false, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct codings got = accept_codings(arena, slice_of(rows[i].accept));
        cr_expect_eq(got.gzip, rows[i].gzip, "gzip of %s", rows[i].accept);
        cr_expect_eq(got.identity, rows[i].identity, "identity of %s", rows[i].accept);
    }
    cr_expect_not(accept_codings(arena, SLICE_ABSENT).gzip);
}

Test(negotiate, content_types)
{
    static const struct {
        const char *text, *essence; /* NULL: malformed */
        bool utf8;
        const char *charset;
    } rows[] = {
        {"application/json", "application/json", true, NULL},
        {" Application/JSON ", "application/json", true, NULL},
        {"application/json;charset=utf-8", "application/json", true, "utf-8"},
        {"application/json; Charset=\"UTF-8\"", "application/json", true, "UTF-8"},
        {"application/json;charset=utf8", "application/json", true, "utf8"},
        {"application/json ; a=b; charset=utf-8;", "application/json", true, "utf-8"},
        {"application/vnd.midair.update+json", "application/vnd.midair.update+json", true, NULL},
        {"application/json;charset=iso-8859-1", "application/json", false, "iso-8859-1"},
        {"application/json;charset=utf-16", "application/json", false, "utf-16"},
        {"application/json;charset=\"\"", "application/json", false, ""},
        {"application/json;charset=\" utf-8\"", "application/json", false, " utf-8"},
        {"application/json;xcharset=latin1", "application/json", true, NULL},
        {"", NULL, true, NULL},
        {"application", NULL, true, NULL},
        {"application/", NULL, true, NULL},
        {"/json", NULL, true, NULL},
        {"application/json/x", NULL, true, NULL},
        {"application /json", NULL, true, NULL},
        {"application/ json", NULL, true, NULL},
        {"application/json, text/csv", NULL, true, NULL},
        {"application/json;charset", NULL, true, NULL},
        {"application/json;charset=", NULL, true, NULL},
        {"application/json;charset=utf-8;charset=latin1", NULL, true, NULL},
        {"application/json;charset=utf-8;charset=utf-8", NULL, true, NULL},
        {"application/json;charset=\"utf-8", NULL, true, NULL},
        {"application/json charset=utf-8", NULL, true, NULL},
        {"*/*", NULL, true, NULL},
        {"text/*", NULL, true, NULL},
        {"text/\xC3\xA9", NULL, true, NULL},
        {"\"application/json\"", NULL, true, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct media_type type;
        bool good = media_type_parse(arena, slice_of(rows[i].text), &type);
        cr_expect_eq(good, rows[i].essence != NULL, "%s", rows[i].text);
        if (!good || !rows[i].essence)
            continue;
        cr_expect(slice_eq(type.essence, slice_of(rows[i].essence)), "%s", rows[i].text);
        cr_expect_eq(type.utf8, rows[i].utf8, "%s", rows[i].text);
        cr_expect_eq(slice_present(type.charset), rows[i].charset != NULL, "%s", rows[i].text);
        cr_expect(slice_eq(type.charset, slice_of(rows[i].charset)), "%s", rows[i].text);
    }
    struct media_type type;
    cr_expect_not(media_type_parse(arena, SLICE_ABSENT, &type));
    cr_expect_not(media_type_parse(arena, slice_make("a/b\0", 4), &type));
}

/* What postgrest-js sends when it has no options. */
Test(negotiate, parameters_of_accept_may_be_loose)
{
    static const struct {
        const char *params, *name, *value;
    } rows[] = {
        {"; a=b", "a", "b"},         {"; a=", "a", ""},
        {"; a=; b=c", "a", ""},      {";for=text/csv;x=y", "for", "text/csv"},
        {"; a=\"x;y\"", "a", "x;y"}, {";;; a = b ", NULL, NULL},
        {"; a=b/c ; d", "a", "b/c"}, {"; a=\"x", NULL, NULL},
        {"; =x", NULL, NULL},        {"; a b", NULL, NULL},
        {"; a=x\"y", NULL, NULL},    {"x", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice rest = slice_of(rows[i].params), name, value;
        enum field_param got = accept_param(arena, &rest, &name, &value);
        if (!rows[i].name) {
            if (got == PARAM_FOUND)
                cr_expect(slice_eq(name, SLICE("a")) && slice_eq(value, SLICE("b")), "%s", rows[i].params);
            continue;
        }
        cr_expect_eq(got, PARAM_FOUND, "%s", rows[i].params);
        cr_expect(slice_eq(name, slice_of(rows[i].name)), "%s", rows[i].params);
        cr_expect(slice_eq(value, slice_of(rows[i].value)), "%s: %.*s", rows[i].params, SLICE_ARG(value));
    }
}
