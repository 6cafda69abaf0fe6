/* Answers to errors, whatever the error holds (RFC 9457). */
#include "orders.h"

#include "midair/http/problem.h"

Test(problem, documents_stay_json_and_fields_stay_lines)
{
    static const struct {
        const char *label, *detail, *hint, *wanted;
    } rows[] = {
        {"quotes", "a \"b\" \\", NULL, "\"detail\":\"a \\\"b\\\" \\\\\""},
        {"line ends", "a\r\nSet-Cookie: x", NULL, "\"detail\":\"a\\r\\nSet-Cookie: x\""},
        {"a document within", "{\"status\":200}", NULL, "\"detail\":\"{\\\"status\\\":200}\""},
        {"a hint", "a", "b\"c", "\"hint\":\"b\\\"c\""},
        {"no hint", "a", NULL, "\"hint\":null"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        fixture_init(&f, SLICE("note"));
        struct err *err = err_new(f.arena, ERR_CONFLICT, "%s", rows[i].detail);
        if (rows[i].hint)
            err_hint(f.arena, err, "%s", rows[i].hint);
        struct http_response out = {.status = 200, .field_count = 0};
        response_set(&out, "ETag", SLICE("\"of the answer that came to nothing\""));
        respond_failure(&f.ask, err, &out);
        cr_expect_eq(out.status, 409);
        cr_expect(holds(out.body, rows[i].wanted), "%s: %.*s", rows[i].label, SLICE_ARG(out.body));
        EXPECT_NO_FIELD(rows[i].label, out, "ETag");
        EXPECT_FIELD(rows[i].label, out, "Content-Type", "application/problem+json");
        arena_free(f.arena);
    }
}

/* What a function raises with SQLSTATE PGRST may set fields, but none that says how the message is framed, what it
 * contains, or who may read it. */
Test(problem, raised_fields_cannot_touch_what_is_midairs_own)
{
    static const struct {
        const char *label, *name, *value;
        bool sent;
    } rows[] = {
        {"a field of the application", "X-Reason", "quota", true},
        {"Retry-After", "Retry-After", "30", true},
        {"the length", "Content-Length", "0", false},
        {"the length, other letters", "content-length", "0", false},
        {"the framing", "Transfer-Encoding", "chunked", false},
        {"the coding", "Content-Encoding", "gzip", false},
        {"the type", "Content-Type", "text/html", false},
        {"who may read it", "Access-Control-Allow-Origin", "*", false},
        {"the tag", "ETag", "\"x\"", false},
        {"the connection", "Connection", "keep-alive", false},
        {"a line break in the value", "X-Reason", "a\r\nSet-Cookie: b", false},
        {"a line break in the name", "X\r\nY", "a", false},
        {"a NUL", "X-Reason", "a\x01", false},
        {"no name", "", "a", false},
        {"Allow", "Allow", "TRACE", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        fixture_init(&f, SLICE("note"));
        struct err *err = err_new(f.arena, ERR_BAD_VALUE, "no");
        struct field field = {slice_of(rows[i].name), slice_of(rows[i].value)};
        struct problem *problem = problem_of(f.arena, err);
        problem->fields = (struct fields){&field, 1};
        problem->status = 402;
        struct http_response out = {0};
        respond_failure(&f.ask, err, &out);
        bool sent = slice_eq(response_get(&out, rows[i].name), slice_of(rows[i].value));
        cr_expect_eq(sent, rows[i].sent, "%s", rows[i].label);
        cr_expect_eq(out.status, 402, "%s", rows[i].label);
        arena_free(f.arena);
    }
}

Test(problem, what_goes_with_a_status_is_a_field)
{
    struct fixture f;
    fixture_init(&f, SLICE("note"));
    struct err *err = err_new(f.arena, ERR_METHOD_NOT_ALLOWED, "no");
    struct http_response out = {0};
    respond_failure(&f.ask, err, &out);
    EXPECT_FIELD("405 without methods of its own", out, "Allow", "GET, HEAD");
    problem_of(f.arena, err)->allow = SLICE("OPTIONS, POST");
    respond_failure(&f.ask, err, &out);
    EXPECT_FIELD("405 with methods of its own", out, "Allow", "OPTIONS, POST");

    err = err_new(f.arena, ERR_BUSY, "no");
    err->retry_after = 3;
    problem_of(f.arena, err)->close = true;
    respond_failure(&f.ask, err, &out);
    EXPECT_FIELD("503", out, "Retry-After", "3");
    EXPECT_NO_FIELD("503 after 405", out, "Allow");
    cr_expect(out.close);

    err = err_new(f.arena, ERR_RANGE_NOT_SATISFIABLE, "no");
    problem_of(f.arena, err)->range = SLICE("*/3");
    respond_failure(&f.ask, err, &out);
    EXPECT_FIELD("416", out, "Content-Range", "*/3");
    arena_free(f.arena);
}

Test(problem, postgrests_dialect_has_its_own_members_and_no_501)
{
    struct fixture f;
    fixture_init(&f, SLICE("note"));
    f.ask.facts.postgrest = true;
    struct http_response out = {0};
    respond_failure(&f.ask, err_new(f.arena, ERR_NOT_IMPLEMENTED, "no"), &out);
    cr_expect_eq(out.status, 405);
    cr_expect_not(holds(out.body, "\"type\""), "%.*s", SLICE_ARG(out.body));
    cr_expect_not(holds(out.body, "\"title\""), "%.*s", SLICE_ARG(out.body));
    cr_expect(holds(out.body, "\"code\":"), "%.*s", SLICE_ARG(out.body));
    EXPECT_FIELD("dialect", out, "Content-Type", "application/json; charset=utf-8");
    arena_free(f.arena);
}

Test(problem, a_failed_condition_shows_the_row_as_it_is_now)
{
    static const struct {
        const char *label;
        size_t row_count;
        const char *current;
    } rows[] = {
        {"the row is there", 1, "\"current\":{\"id\":17"},
        {"the row has gone", 0, "\"current\":null"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        fixture_init(&f, SLICE("note"));
        struct tag stale = {.opaque = SLICE("st\"ale")};
        fixture_write(&f, METHOD_PATCH, OUTCOME_FAILED);
        f.plan.preconds.if_match = (struct tag_list){.kind = TAGS_LIST, .tags = &stale, .count = 1};
        f.rows.row_count = rows[i].row_count;
        struct http_response out = fixture_respond(&f);
        cr_expect_eq(out.status, 412, "%s: %d", rows[i].label, out.status);
        cr_expect(holds(out.body, rows[i].current), "%s: %.*s", rows[i].label, SLICE_ARG(out.body));
        cr_expect_eq(slice_present(response_get(&out, "ETag")), rows[i].row_count > 0, "%s", rows[i].label);
        cr_expect(holds(out.body, "\"link\":\"/orders/17\""), "%s: %.*s", rows[i].label, SLICE_ARG(out.body));
        EXPECT_NO_FIELD(rows[i].label, out, "Preference-Applied");
        arena_free(f.arena);
    }
}
