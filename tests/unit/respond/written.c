/* Answers to writes: status, validators, and how much of the row is shown (RFC 7240 4.2). */
#include "orders.h"

enum { LONG_NOTE = 1 << 20 };

static struct slice long_note(struct arena *arena)
{
    char *text = arena_alloc(arena, LONG_NOTE);
    memset(text, 'x', LONG_NOTE);
    return slice_make(text, LONG_NOTE);
}

Test(written, a_row_that_is_not_shown_is_not_rendered)
{
    static const struct {
        const char *label;
        enum method method;
        enum outcome_kind kind;
        enum prefer_return returned;
        bool postgrest, gzip;
        int status;
        bool rendered;
    } rows[] = {
        {"PATCH, minimal", METHOD_PATCH, OUTCOME_CHANGED, RETURN_MINIMAL, false, false, 204, false},
        {"PATCH, minimal, gzip", METHOD_PATCH, OUTCOME_CHANGED, RETURN_MINIMAL, false, true, 204, false},
        {"PATCH, headers-only", METHOD_PATCH, OUTCOME_CHANGED, RETURN_HEADERS_ONLY, false, true, 204, false},
        {"PUT, minimal", METHOD_PUT, OUTCOME_CHANGED, RETURN_MINIMAL, false, true, 204, false},
        {"PUT that creates, minimal", METHOD_PUT, OUTCOME_CREATED, RETURN_MINIMAL, false, true, 201, false},
        {"POST, minimal", METHOD_POST, OUTCOME_CREATED, RETURN_MINIMAL, false, true, 201, false},
        {"POST, nothing said, PostgREST's dialect", METHOD_POST, OUTCOME_CREATED, RETURN_UNSET, true, true, 201, false},
        {"PATCH, nothing said", METHOD_PATCH, OUTCOME_CHANGED, RETURN_UNSET, false, false, 200, true},
        {"POST, representation", METHOD_POST, OUTCOME_CREATED, RETURN_REPRESENTATION, true, false, 201, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *label = rows[i].label;
        struct arena *texts = arena_new(0);
        struct fixture f;
        fixture_init(&f, long_note(texts));
        fixture_write(&f, rows[i].method, rows[i].kind);
        f.ask.facts.prefer.returned = rows[i].returned;
        f.ask.facts.postgrest = rows[i].postgrest;
        f.ask.facts.gzip = rows[i].gzip;
        f.ask.facts.gzip_min = 1;
        size_t before = arena_used(f.arena);
        struct http_response out = fixture_respond(&f);
        size_t used = arena_used(f.arena) - before;
        cr_expect_eq(out.status, rows[i].status, "%s: %d", label, out.status);
        cr_expect_eq(used > LONG_NOTE, rows[i].rendered, "%s: %zu bytes", label, used);
        cr_expect_eq(out.body.len > 0, rows[i].rendered, "%s: %zu bytes of content", label, out.body.len);
        cr_expect(slice_present(response_get(&out, "ETag")), "%s: the tag is there in any case", label);
        cr_expect(slice_present(response_get(&out, "Last-Modified")), "%s", label);
        if (!rows[i].rendered) {
            EXPECT_NO_FIELD(label, out, "Content-Type");
            EXPECT_NO_FIELD(label, out, "Content-Encoding");
            EXPECT_NO_FIELD(label, out, "Content-Location");
        }
        arena_free(f.arena);
        arena_free(texts);
    }
}

Test(written, the_tag_is_that_of_the_plain_row_whether_it_is_shown_or_not)
{
    struct slice tags[2];
    struct fixture f[2];
    for (int i = 0; i < 2; i++) {
        fixture_init(&f[i], SLICE("note"));
        fixture_write(&f[i], METHOD_PATCH, OUTCOME_CHANGED);
        f[i].ask.facts.prefer.returned = i ? RETURN_MINIMAL : RETURN_REPRESENTATION;
        struct http_response out = fixture_respond(&f[i]);
        tags[i] = response_get(&out, "ETag");
    }
    cr_expect(slice_eq(tags[0], tags[1]), "%.*s, %.*s", SLICE_ARG(tags[0]), SLICE_ARG(tags[1]));
    arena_free(f[0].arena);
    arena_free(f[1].arena);
}

Test(written, strict_validators_are_kept_from_puts_alone)
{
    static const struct {
        const char *label;
        enum method method;
        enum prefer_return returned;
        bool tagged;
    } rows[] = {
        {"PUT", METHOD_PUT, RETURN_UNSET, false},    {"PUT, minimal", METHOD_PUT, RETURN_MINIMAL, false},
        {"PATCH", METHOD_PATCH, RETURN_UNSET, true}, {"PATCH, minimal", METHOD_PATCH, RETURN_MINIMAL, true},
        {"POST", METHOD_POST, RETURN_UNSET, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        fixture_init(&f, SLICE("note"));
        ((struct policy *)(uintptr_t)f.orders->policy)->put_validators = VALIDATORS_STRICT;
        fixture_write(&f, rows[i].method, OUTCOME_CHANGED);
        f.ask.facts.prefer.returned = rows[i].returned;
        struct http_response out = fixture_respond(&f);
        cr_expect_eq(slice_present(response_get(&out, "ETag")), rows[i].tagged, "%s", rows[i].label);
        cr_expect_eq(slice_present(response_get(&out, "Last-Modified")), rows[i].tagged, "%s", rows[i].label);
        arena_free(f.arena);
    }
}

Test(written, a_row_that_a_trigger_swallowed_has_neither_tag_nor_location)
{
    static const struct {
        const char *label;
        enum method method;
        enum outcome_kind kind;
        int status;
    } rows[] = {
        {"POST", METHOD_POST, OUTCOME_CREATED, 201},
        {"PUT that creates", METHOD_PUT, OUTCOME_CREATED, 201},
        {"PATCH", METHOD_PATCH, OUTCOME_CHANGED, 204},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        fixture_init(&f, SLICE("note"));
        fixture_write(&f, rows[i].method, rows[i].kind);
        f.rows.row_count = 0;
        struct http_response out = fixture_respond(&f);
        cr_expect_eq(out.status, rows[i].status, "%s: %d", rows[i].label, out.status);
        EXPECT_NO_FIELD(rows[i].label, out, "ETag");
        EXPECT_NO_FIELD(rows[i].label, out, "Location");
        cr_expect_eq(out.body.len, 0, "%s", rows[i].label);
        arena_free(f.arena);
    }
}
