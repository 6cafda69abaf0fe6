/* Answers to reads: conditions, validators, and content that cannot be shown as it is. */
#include "orders.h"

static struct slice etag_of_row(void)
{
    static char text[128];
    struct fixture f;
    fixture_init(&f, SLICE("note"));
    struct http_response out = fixture_respond(&f);
    struct slice etag = response_get(&out, "ETag");
    cr_assert(etag.len && etag.len < sizeof(text));
    memcpy(text, etag.at, etag.len);
    arena_free(f.arena);
    return slice_make(text, etag.len);
}

/* The member names the current tag of the row as OWN. */
static struct slice with_own(struct arena *arena, const char *text, struct slice own)
{
    struct buf buf = buf_new(arena, 64);
    const char *at = strstr(text, "OWN");
    buf_put(&buf, slice_make(text, at ? (size_t)(at - text) : strlen(text)));
    if (at) {
        buf_put(&buf, own);
        buf_z(&buf, at + 3);
    }
    return buf_slice(&buf);
}

Test(read, conditions_decide_between_200_304_and_412)
{
    static const struct {
        const char *label, *name, *value;
        int status;
    } rows[] = {
        {"If-None-Match: the tag", "If-None-Match", "OWN", 304},
        {"If-None-Match: weak", "If-None-Match", "W/OWN", 304},
        {"If-None-Match: among others", "If-None-Match", "\"a,b\", OWN", 304},
        {"If-None-Match: any", "If-None-Match", "*", 304},
        {"If-None-Match: another", "If-None-Match", "\"other\"", 200},
        {"If-Match: the tag", "If-Match", "OWN", 200},
        {"If-Match: another", "If-Match", "\"other\"", 412},
        {"If-Match: weak does not match strongly", "If-Match", "W/\"other\"", 412},
        {"If-Match: a comma inside a tag", "If-Match", "\"x,y\"", 412},
        {"If-Match: of a row that tells of others too", "If-Match", "\"other~t0123456789abcdef\"", 412},
        {"If-Unmodified-Since: before", "If-Unmodified-Since", "Fri, 21 Nov 2025 10:34:39 GMT", 412},
        {"If-Unmodified-Since: that second", "If-Unmodified-Since", "Fri, 21 Nov 2025 10:34:40 GMT", 200},
        {"If-Modified-Since: that second", "If-Modified-Since", "Fri, 21 Nov 2025 10:34:40 GMT", 304},
        {"If-Modified-Since: before", "If-Modified-Since", "Fri, 21 Nov 2025 10:34:39 GMT", 200},
        {"If-Modified-Since: no date", "If-Modified-Since", "yesterday", 200},
    };
    struct slice own = etag_of_row();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *label = rows[i].label;
        struct fixture f;
        fixture_init(&f, SLICE("note"));
        struct field field = {slice_of(rows[i].name), with_own(f.arena, rows[i].value, own)};
        struct fields fields = {&field, 1};
        cr_assert_null(preconds_parse(f.arena, METHOD_GET, &fields, &f.plan.preconds), "%s", label);
        struct http_response out = fixture_respond(&f);
        cr_expect_eq(out.status, rows[i].status, "%s: %d", label, out.status);
        cr_expect(slice_eq(response_get(&out, "ETag"), own), "%s: the tag is in every answer", label);
        cr_expect(slice_present(response_get(&out, "Vary")), "%s", label);
        cr_expect_eq(out.body.len > 0, rows[i].status != 304, "%s", label);
        if (rows[i].status == 304) {
            EXPECT_NO_FIELD(label, out, "Content-Type");
            EXPECT_NO_FIELD(label, out, "Content-Encoding");
        }
        arena_free(f.arena);
    }
}

/* PostgreSQL's clock against the row's date, 10:34:40.123456. */
Test(read, a_date_is_told_and_believed_when_its_second_is_over)
{
    static const struct {
        const char *label, *clock, *since;
        bool told;
        int status;
    } rows[] = {
        {"that second", "1763721280", NULL, false, 200},
        {"a clock behind the row", "1763721270", NULL, false, 200},
        {"the next second", "1763721281", NULL, true, 200},
        {"that second, If-Modified-Since it", "1763721280", "Fri, 21 Nov 2025 10:34:40 GMT", false, 200},
        {"the next second, If-Modified-Since it", "1763721281", "Fri, 21 Nov 2025 10:34:40 GMT", true, 304},
        {"the next second, If-Modified-Since now", "1763721281", "Fri, 21 Nov 2025 10:34:41 GMT", true, 200},
        {"the next second, If-Modified-Since a time to come", "1763721281", "Fri, 21 Nov 2025 11:00:00 GMT", true, 200},
        {"a clock that says nothing", "x", NULL, false, 200},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        fixture_init(&f, SLICE("note"));
        struct slice *cells = (struct slice *)(uintptr_t)f.rows.cells;
        cells[f.plan.layout->clock_cell] = slice_of(rows[i].clock);
        struct field field = {SLICE("If-Modified-Since"), slice_of(rows[i].since)};
        struct fields fields = {&field, rows[i].since != NULL};
        cr_assert_null(preconds_parse(f.arena, METHOD_GET, &fields, &f.plan.preconds));
        struct http_response out = fixture_respond(&f);
        cr_expect_eq(slice_present(response_get(&out, "Last-Modified")), rows[i].told, "%s", rows[i].label);
        cr_expect_eq(out.status, rows[i].status, "%s: %d", rows[i].label, out.status);
        arena_free(f.arena);
    }
}

Test(read, every_representation_has_a_tag_of_its_own)
{
    static const struct {
        const char *label;
        enum envelope_kind kind;
        bool stripped, as_array, gzip;
    } rows[] = {
        {"plain", ENVELOPE_JSON, false, false, false},    {"gzip", ENVELOPE_JSON, false, false, true},
        {"array", ENVELOPE_ARRAY, false, false, false},   {"object, stripped", ENVELOPE_OBJECT, true, false, false},
        {"CSV", ENVELOPE_CSV, false, false, false},       {"CSV, gzip", ENVELOPE_CSV, false, false, true},
        {"object", ENVELOPE_OBJECT, false, false, false},
    };
    enum { ROWS = sizeof(rows) / sizeof(*rows) };
    struct slice tags[ROWS];
    struct fixture f[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        fixture_init(&f[i], SLICE("note"));
        f[i].ask.decisions.envelope = (struct envelope){.kind = rows[i].kind, .stripped = rows[i].stripped};
        f[i].ask.decisions.as_array = rows[i].as_array;
        f[i].ask.facts.gzip = rows[i].gzip;
        f[i].ask.facts.gzip_min = 1;
        struct http_response out = fixture_respond(&f[i]);
        tags[i] = response_get(&out, "ETag");
        cr_expect_eq(slice_present(response_get(&out, "Content-Encoding")), rows[i].gzip, "%s", rows[i].label);
        for (size_t k = 0; k < i; k++)
            cr_expect_not(slice_eq(tags[i], tags[k]), "%s and %s: %.*s", rows[i].label, rows[k].label,
                          SLICE_ARG(tags[i]));
    }
    for (size_t i = 0; i < ROWS; i++)
        arena_free(f[i].arena);
}

Test(read, hostile_text_stays_one_json_string_and_one_csv_field)
{
    static const struct {
        const char *label, *note, *json, *csv;
    } rows[] = {
        {"quote", "a\"b", "\"note\":\"a\\\"b\"", "\"a\"\"b\""},
        {"line end", "a\r\nb", "\"note\":\"a\\r\\nb\"", "\"a\r\nb\""},
        {"comma", "a,b", "\"note\":\"a,b\"", "\"a,b\""},
        {"empty", "", "\"note\":\"\"", ",\"\","},
        {"NULL", NULL, "\"note\":null", "17,,12.50"},
        {"a closing brace", "}]", "\"note\":\"}]\"", "17,}],"},
        {"control byte", "\x01", "\"note\":\"\\u0001\"", "17,\x01,"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        fixture_init(&f, slice_of(rows[i].note));
        struct http_response out = fixture_respond(&f);
        cr_expect(holds(out.body, rows[i].json), "%s: %.*s", rows[i].label, SLICE_ARG(out.body));
        f.ask.decisions.envelope.kind = ENVELOPE_CSV;
        out = fixture_respond(&f);
        cr_expect(holds(out.body, rows[i].csv), "%s: %.*s", rows[i].label, SLICE_ARG(out.body));
        arena_free(f.arena);
    }
}

Test(read, a_member_that_a_column_or_label_already_has_is_not_given_twice)
{
    struct fixture f;
    fixture_init(&f, SLICE("note"));
    struct http_response out = fixture_respond(&f);
    cr_expect(holds(out.body, ",\"etag\":\"\\\""), "%.*s", SLICE_ARG(out.body));
    ((struct policy *)(uintptr_t)f.orders->policy)->etag_field = SLICE("note");
    out = fixture_respond(&f);
    const char *first = strstr(arena_copy(f.arena, out.body).at, "\"note\":");
    cr_expect(first && !strstr(first + 1, "\"note\":"), "%.*s", SLICE_ARG(out.body));
    arena_free(f.arena);
}
