#include "midair/http/precond.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define STATE "7.784111777500000.0123456789abcdef0123"
#define OTHER "6.784111777500000.0123456789abcdef0123"
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT" /* the moment of STATE, cut to seconds */
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(precond, .init = setup, .fini = teardown);

/* NULL: the field is not there. */
struct given {
    const char *if_match, *unmodified, *none_match, *modified;
};

static struct err *parse(const struct given *given, struct preconds *out)
{
    const char *const names[] = {"If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since"};
    const char *const values[] = {given->if_match, given->unmodified, given->none_match, given->modified};
    struct fields fields = {.items = ARENA_ARRAY(arena, struct field, COUNT(names))};
    for (size_t i = 0; i < COUNT(names); i++)
        if (values[i])
            fields.items[fields.count++] = (struct field){slice_of(names[i]), slice_of(values[i])};
    return preconds_parse(arena, METHOD_PUT, &fields, out);
}

static struct current row_now(void)
{
    return (struct current){.exists = true,
                            .etag = SLICE(STATE "~csv"),
                            .state = SLICE(STATE),
                            .has_modified = true,
                            .modified_us = 784111777500000};
}

static enum verdict evaluate(const struct given *given, enum method method, const struct current *current)
{
    struct preconds preconds;
    cr_assert_null(parse(given, &preconds));
    return preconds_evaluate(&preconds, method, current);
}

/* The whole of 13.2.2: every combination of what each condition says, with every method. What a single condition
 * says stands in its row; the expectation is the RFC's list of steps, word for word. */
struct option {
    const char *value; /* NULL: absent */
    bool holds;        /* on a write */
    bool holds_safe;   /* on GET and HEAD */
};

static const struct option if_matches[] = {
    {NULL, true, true},
    {"*", true, true},
    {"\"" STATE "\"", true, true},
    {"\"x\", \"" STATE "~json\"", true, true},
    {"\"" OTHER "\"", false, false},
    {"W/\"" STATE "\"", false, false},
    {"\"\"", false, false},
};
static const struct option unmodified[] = {
    {NULL, true, true}, {SAME, true, true}, {AFTER, true, true}, {BEFORE, false, false}, {"junk", true, true}};
static const struct option none_matches[] = {
    {NULL, true, true},
    {"*", false, false},
    {"\"" STATE "~csv\"", false, false},
    {"\"x\", W/\"" STATE "~csv\"", false, false},
    {"\"" STATE "\"", false, true},
    {"\"" OTHER "\"", true, true},
    {"\"\"", true, true},
};
static const struct option modified[] = {
    {NULL, true, true}, {BEFORE, true, true}, {SAME, true, false}, {AFTER, true, false}, {"junk", true, true}};

static enum verdict expect(bool safe, const struct option *match, const struct option *since, const struct option *none,
                           const struct option *modified_since)
{
    if (match->value && !match->holds)
        return VERDICT_FAILED;
    if (!match->value && since->value && !since->holds)
        return VERDICT_FAILED;
    if (none->value && !(safe ? none->holds_safe : none->holds))
        return safe ? VERDICT_NOT_MODIFIED : VERDICT_FAILED;
    if (safe && !none->value && modified_since->value && !modified_since->holds_safe)
        return VERDICT_NOT_MODIFIED;
    return VERDICT_PROCEED;
}

Test(precond, rfc9110_13_2_2_whole_table_of_an_existing_row)
{
    static const enum method methods[] = {METHOD_GET, METHOD_HEAD,   METHOD_POST,
                                          METHOD_PUT, METHOD_DELETE, METHOD_PATCH};
    struct current current = row_now();
    size_t total = COUNT(if_matches) * COUNT(unmodified) * COUNT(none_matches) * COUNT(modified);
    for (size_t n = 0; n < total; n++) {
        size_t rest = n;
        const struct option *m = &if_matches[rest % COUNT(if_matches)];
        const struct option *u = &unmodified[(rest /= COUNT(if_matches)) % COUNT(unmodified)];
        const struct option *o = &none_matches[(rest /= COUNT(unmodified)) % COUNT(none_matches)];
        const struct option *s = &modified[rest / COUNT(none_matches)];
        for (size_t k = 0; k < COUNT(methods); k++) {
            bool safe = methods[k] == METHOD_GET || methods[k] == METHOD_HEAD;
            struct given given = {m->value, u->value, o->value, s->value};
            cr_assert_eq(evaluate(&given, methods[k], &current), expect(safe, m, u, o, s), "%s: %s; %s; %s; %s",
                         method_name(methods[k]), m->value, u->value, o->value, s->value);
        }
        arena_reset(arena);
    }
}

Test(precond, a_row_that_is_not_there)
{
    static const struct {
        const char *label;
        struct given given;
        enum verdict put; /* and POST */
    } rows[] = {
        {"nothing asked", {NULL, NULL, NULL, NULL}, VERDICT_PROCEED},
        {"If-Match: *", {"*", NULL, NULL, NULL}, VERDICT_FAILED},
        {"If-Match: a tag", {"\"" STATE "\"", NULL, NULL, NULL}, VERDICT_FAILED},
        {"If-Match: the empty tag", {"\"\"", NULL, NULL, NULL}, VERDICT_FAILED},
        {"If-None-Match: *", {NULL, NULL, "*", NULL}, VERDICT_PROCEED},
        {"If-None-Match: a tag", {NULL, NULL, "\"" STATE "\"", NULL}, VERDICT_PROCEED},
        {"If-None-Match: the empty tag", {NULL, NULL, "\"\"", NULL}, VERDICT_PROCEED},
        {"both", {"*", NULL, "*", NULL}, VERDICT_FAILED},
        {"a date", {NULL, BEFORE, NULL, AFTER}, VERDICT_PROCEED},
    };
    static const enum method lookups[] = {METHOD_GET, METHOD_HEAD, METHOD_PATCH, METHOD_DELETE};
    struct current current = {.exists = false};
    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_expect_eq(evaluate(&rows[i].given, METHOD_PUT, &current), rows[i].put, "PUT %s", rows[i].label);
        cr_expect_eq(evaluate(&rows[i].given, METHOD_POST, &current), rows[i].put, "POST %s", rows[i].label);
        for (size_t k = 0; k < COUNT(lookups); k++)
            cr_expect_eq(evaluate(&rows[i].given, lookups[k], &current), VERDICT_PROCEED, "%s %s: 404 comes of it",
                         method_name(lookups[k]), rows[i].label);
    }
}

Test(precond, methods_that_select_nothing_ignore_them)
{
    static const enum method methods[] = {METHOD_OPTIONS, METHOD_TRACE, METHOD_CONNECT};
    struct given given = {"\"stale\"", BEFORE, "*", AFTER};
    struct current current = row_now();
    for (size_t i = 0; i < COUNT(methods); i++) {
        cr_expect_not(preconds_apply(methods[i]));
        cr_expect_eq(evaluate(&given, methods[i], &current), VERDICT_PROCEED);
    }
    cr_expect(preconds_apply(METHOD_GET) && preconds_apply(METHOD_DELETE) && preconds_apply(METHOD_POST));
}

Test(precond, one_validator_serves_every_projection)
{
    struct current current = row_now();
    static const char *const holding[] = {
        "\"" STATE "\"", "\"" STATE "~csv\"",  "\"" STATE "~gz.1\"",     "\"a\", \"" STATE "~x\"",
        STATE,           "\"" STATE "-gzip\"", "\"" STATE "~csv-gzip\"", "\"a,b\", \"" STATE "\""};
    static const char *const failing[] = {
        "\"" STATE "0\"",  "\"0" STATE "\"",  "\"~" STATE "\"",   "\"x~" STATE "\"",     "\"~\"",
        "\"a," STATE "\"", "\"" STATE ",a\"", "\"" STATE "-br\"", "W/\"" STATE "~csv\"", "W/\"" STATE "-gzip\"",
        "\"*\"",           ("W/" STATE)};
    for (size_t i = 0; i < COUNT(holding); i++) {
        struct given given = {.if_match = holding[i]};
        cr_expect_eq(evaluate(&given, METHOD_PUT, &current), VERDICT_PROCEED, "%s", holding[i]);
    }
    for (size_t i = 0; i < COUNT(failing); i++) {
        struct given given = {.if_match = failing[i]};
        cr_expect_eq(evaluate(&given, METHOD_PUT, &current), VERDICT_FAILED, "%s", failing[i]);
    }
}

Test(precond, a_representation_without_a_tag_matches_no_tag)
{
    struct current current = {.exists = true};
    static const struct slice nameless[] = {{NULL, 0}, {"", 0}};
    for (size_t i = 0; i < COUNT(nameless); i++) {
        current.etag = current.state = nameless[i];
        struct given match = {.if_match = "\"\", \"~a\", \"a\""}, none = {.none_match = "\"\", \"~a\""};
        struct given any = {.if_match = "*"}, none_any = {.none_match = "*"};
        cr_expect_eq(evaluate(&match, METHOD_PUT, &current), VERDICT_FAILED);
        cr_expect_eq(evaluate(&none, METHOD_PUT, &current), VERDICT_PROCEED);
        cr_expect_eq(evaluate(&none, METHOD_GET, &current), VERDICT_PROCEED);
        cr_expect_eq(evaluate(&any, METHOD_PUT, &current), VERDICT_PROCEED);
        cr_expect_eq(evaluate(&none_any, METHOD_GET, &current), VERDICT_NOT_MODIFIED);
    }
}

Test(precond, without_a_modification_date_dates_are_ignored)
{
    struct current current = row_now();
    current.has_modified = false;
    struct given past = {.unmodified = BEFORE}, future = {.modified = AFTER};
    cr_expect_eq(evaluate(&past, METHOD_PUT, &current), VERDICT_PROCEED);
    cr_expect_eq(evaluate(&future, METHOD_GET, &current), VERDICT_PROCEED);
}

Test(precond, parts_of_a_second_do_not_count)
{
    struct given write = {.unmodified = SAME}, read = {.modified = SAME};
    struct current current = row_now();
    static const struct {
        int64_t us;
        enum verdict write, read;
    } rows[] = {
        {784111776999999, VERDICT_PROCEED, VERDICT_NOT_MODIFIED},
        {784111777000000, VERDICT_PROCEED, VERDICT_NOT_MODIFIED},
        {784111777999999, VERDICT_PROCEED, VERDICT_NOT_MODIFIED},
        {784111778000000, VERDICT_FAILED, VERDICT_PROCEED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        current.modified_us = rows[i].us;
        cr_expect_eq(evaluate(&write, METHOD_PATCH, &current), rows[i].write, "row %zu", i);
        cr_expect_eq(evaluate(&read, METHOD_GET, &current), rows[i].read, "row %zu", i);
    }
}

Test(precond, a_condition_that_cannot_be_read_is_an_error)
{
    static const struct given rows[] = {
        {.if_match = "junk"},       {.if_match = "*, \"a\""},  {.none_match = "\"a"},
        {.none_match = "\"a\", *"}, {.none_match = "w/\"a\""}, {.if_match = "\"a\"", .none_match = "junk"},
    };
    struct preconds preconds;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err *err = parse(&rows[i], &preconds);
        cr_assert_not_null(err, "row %zu", i);
        cr_expect_eq(err->kind, ERR_BAD_FIELD);
    }
}

Test(precond, empty_lists_and_reads_with_a_condition_that_cannot_be_read)
{
    static const struct {
        const char *label;
        struct given given;
        enum verdict write, read;
    } rows[] = {
        {"empty If-Match", {.if_match = ""}, VERDICT_FAILED, VERDICT_FAILED},
        {"If-Match of commas", {.if_match = " ,, "}, VERDICT_FAILED, VERDICT_FAILED},
        {"empty If-None-Match", {.none_match = ""}, VERDICT_PROCEED, VERDICT_PROCEED},
        {"If-None-Match of commas", {.none_match = ","}, VERDICT_PROCEED, VERDICT_PROCEED},
        {"empty If-None-Match and a date", {.none_match = "", .modified = SAME}, VERDICT_PROCEED, VERDICT_PROCEED},
        {"If-Match that holds, empty If-None-Match",
         {.if_match = "\"" STATE "\"", .none_match = ""},
         VERDICT_PROCEED,
         VERDICT_PROCEED},
        {"stale If-Match, empty If-None-Match",
         {.if_match = "\"x\"", .none_match = ""},
         VERDICT_FAILED,
         VERDICT_FAILED},
    };
    static const char *const unread[] = {"junk", "\"a", "*, \"a\"", "w/\"a\"", "W/"};
    struct current current = row_now();
    struct preconds preconds;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_expect_eq(evaluate(&rows[i].given, METHOD_PATCH, &current), rows[i].write, "%s", rows[i].label);
        cr_expect_eq(evaluate(&rows[i].given, METHOD_GET, &current), rows[i].read, "%s", rows[i].label);
    }
    for (size_t i = 0; i < COUNT(unread); i++) {
        struct field both[] = {{SLICE("If-None-Match"), slice_of(unread[i])},
                               {SLICE("If-Modified-Since"), SLICE(SAME)}};
        struct fields fields = {both, 2};
        cr_expect_not_null(preconds_parse(arena, METHOD_PATCH, &fields, &preconds), "%s", unread[i]);
        cr_assert_null(preconds_parse(arena, METHOD_HEAD, &fields, &preconds), "%s", unread[i]);
        cr_expect_eq(preconds_evaluate(&preconds, METHOD_HEAD, &current), VERDICT_PROCEED, "%s", unread[i]);
    }
}

Test(precond, lines_are_joined_before_they_are_read)
{
    struct field both[] = {{SLICE("If-Match"), SLICE("\"a\"")}, {SLICE("if-match"), SLICE("\"" STATE "\"")}};
    struct fields fields = {both, 2};
    struct current current = row_now();
    struct preconds preconds;
    cr_assert_null(preconds_parse(arena, METHOD_PUT, &fields, &preconds));
    cr_expect_eq(preconds_evaluate(&preconds, METHOD_PUT, &current), VERDICT_PROCEED);
    both[0].value = SLICE("*");
    cr_expect_not_null(preconds_parse(arena, METHOD_PUT, &fields, &preconds), "a star in one line, a tag in another");
    both[0] = both[1] = (struct field){SLICE("If-Unmodified-Since"), SLICE(SAME)};
    cr_assert_null(preconds_parse(arena, METHOD_PUT, &fields, &preconds));
    cr_expect_not(preconds_any(&preconds), "two dates are none");
}

Test(precond, what_makes_a_write_conditional)
{
    static const struct {
        const char *label;
        struct given given;
        bool any, guarding;
    } rows[] = {
        {"nothing", {NULL, NULL, NULL, NULL}, false, false},
        {"If-Match", {"\"a\"", NULL, NULL, NULL}, true, true},
        {"If-Match: *", {"*", NULL, NULL, NULL}, true, true},
        {"If-None-Match", {NULL, NULL, "*", NULL}, true, true},
        {"If-Unmodified-Since", {NULL, SAME, NULL, NULL}, true, false},
        {"a date that is none", {NULL, "junk", NULL, NULL}, false, false},
        {"an empty date", {NULL, "", NULL, NULL}, false, false},
        {"If-Modified-Since", {NULL, NULL, NULL, SAME}, false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct preconds preconds;
        cr_assert_null(parse(&rows[i].given, &preconds));
        cr_expect_eq(preconds_any(&preconds), rows[i].any, "%s", rows[i].label);
        cr_expect_eq(preconds_guarding(&preconds, true), rows[i].any, "%s", rows[i].label);
        cr_expect_eq(preconds_guarding(&preconds, false), rows[i].guarding, "%s, undated", rows[i].label);
    }
}
