/* Rows as content: JSON, CSV, GeoJSON, and what the database rendered. */
#include "parts.h"

#include "midair/catalog/policy.h"
#include "midair/json/build.h"
#include "midair/json/gate.h"
#include "midair/json/write.h"

enum { RESERVE_MAX = 256 * 1024 };

/* The name of the member that shows the tag; empty when it is switched off, or when a column or another member has the
 * same name. */
static struct slice etag_member(const struct layout *layout)
{
    const struct relation *relation = layout->relation;
    struct slice name = relation->policy->etag_field;
    if (name.len && relation_column(relation, name))
        return SLICE("");
    for (size_t i = 0; name.len && !layout->plain && i < layout->shown_count; i++)
        if (slice_eq(layout->shown[i].label, name))
            return SLICE("");
    return name;
}

static void put_tag_member(struct buf *buf, bool first, struct slice name, struct slice tag)
{
    if (!first)
        buf_byte(buf, ',');
    json_put_string(buf, name);
    /* Tags of rows consist of letters, digits, dots and dashes, so only the quotes around them need escapes. */
    BUF_LIT(buf, ":\"\\\"");
    buf_put(buf, tag);
    BUF_LIT(buf, "\\\"\"");
}

/* Writes a row with its tag. `member` is empty when the tag is not shown. */
static void put_tagged(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row,
                       struct slice member, struct slice tag)
{
    content_row(buf, layout, rows, row);
    if (member.len && slice_present(tag)) {
        buf->len--; /* removes the closing brace, before which the tag is inserted */
        put_tag_member(buf, layout->shown_count == 0, member, tag);
        buf_byte(buf, '}');
    }
}

void put_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row, struct slice tag)
{
    put_tagged(buf, layout, rows, row, etag_member(layout), tag);
}

static void put_feature(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct slice text = rows_cell(rows, row, (size_t)layout->rendered_cell), member = etag_member(layout);
    struct slice tag = member.len ? layout_full_tag(buf->arena, layout, rows, row) : SLICE_ABSENT;
    if (!slice_ends(text, SLICE("}"))) {
        BUF_LIT(buf, "null");
    } else if (!slice_present(tag)) {
        buf_put(buf, text);
    } else {
        buf_put(buf, slice_head(text, text.len - 1));
        put_tag_member(buf, false, member, tag); /* a foreign member (RFC 7946 6.1) */
        buf_byte(buf, '}');
    }
}

/* Writes an element of an array. The tag is on the stack rather than in the arena, since arrays can be long. */
static void put_element(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row,
                        struct slice member)
{
    char storage[256];
    struct buf tag = buf_over(buf->arena, storage, sizeof(storage));
    bool tagged = member.len && layout_put_tag(&tag, layout, rows, row);
    put_tagged(buf, layout, rows, row, member, tagged ? buf_slice(&tag) : SLICE_ABSENT);
}

/* Reserves room for `count` more elements, estimated from the first one. The estimate is limited, since it may be
 * wrong. */
static void expect_more(struct buf *buf, size_t count)
{
    size_t one = buf->len + 16;
    buf_reserve(buf, one < RESERVE_MAX / count ? one * count : RESERVE_MAX);
}

static void put_rows(struct buf *buf, const struct outcome *outcome)
{
    struct slice member = etag_member(outcome->layout);
    size_t left = outcome_rows(outcome);
    bool first = true;
    buf_byte(buf, '[');
    for (size_t p = 0; p < outcome->part_count; p++)
        for (size_t i = 0; i < outcome->parts[p].row_count; i++, left--) {
            if (!first)
                BUF_LIT(buf, ",\n ");
            put_element(buf, outcome->layout, &outcome->parts[p], i, member);
            if (first)
                expect_more(buf, left);
            first = false;
        }
    buf_byte(buf, ']');
}

const struct envelope *envelopes(size_t *count)
{
    static const struct envelope all[] = {
#define ENVELOPE(kind, type, alias, stripped) {ENVELOPE_##kind, stripped, SLICE_LITERAL(type), alias},
#include "envelope.def"
#undef ENVELOPE
    };
    *count = sizeof(all) / sizeof(*all);
    return all;
}

struct slice envelope_type(const struct ask *ask)
{
    bool plain = ask->decisions.envelope.kind == ENVELOPE_ARRAY && !ask->decisions.envelope.stripped;
    if (!slice_present(ask->decisions.envelope.type) || (ask->facts.postgrest && plain))
        return SLICE("application/json; charset=utf-8");
    return media_with_charset(ask->arena, ask->decisions.envelope.type);
}

/* For types that are not in this list, the meaning of a charset parameter is not known. */
struct slice media_with_charset(struct arena *arena, struct slice type)
{
    static const char *const texts[] = {"application/json", "application/geo+json", "application/openapi+json",
                                        "text/csv",         "text/plain",           "text/xml"};
    bool text = slice_starts(type, SLICE("application/vnd.pgrst."));
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        text = text || slice_eq(type, slice_of(texts[i]));
    return text ? arena_printf(arena, "%.*s; charset=utf-8", SLICE_ARG(type)) : type;
}

/* Writes a field of CSV (RFC 4180 2.5 to 2.7). NULL is empty, and the empty text is quoted. */
static void put_csv_field(struct buf *buf, struct slice text)
{
    bool quoted = slice_present(text) && text.len == 0;
    for (size_t i = 0; i < text.len && !quoted; i++)
        quoted = text.at[i] == '"' || text.at[i] == ',' || text.at[i] == '\n' || text.at[i] == '\r';
    if (!quoted) {
        buf_put(buf, text);
        return;
    }
    buf_byte(buf, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"')
            buf_byte(buf, '"');
        buf_byte(buf, text.at[i]);
    }
    buf_byte(buf, '"');
}

static void put_csv_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row)
{
    for (size_t i = 0; i < layout->shown_count; i++) {
        if (i)
            buf_byte(buf, ',');
        put_csv_field(buf, rows_cell(rows, row, layout->shown[i].cell));
    }
}

/* Lines end with CRLF (RFC 4180 2.1); in PostgREST's dialect with LF, and the last line has no end. */
static void put_csv(struct buf *buf, const struct ask *ask, const struct outcome *outcome)
{
    const struct layout *layout = outcome->layout;
    const char *line_end = ask->facts.postgrest ? "\n" : "\r\n";
    for (size_t i = 0; i < layout->shown_count; i++) {
        if (i)
            buf_byte(buf, ',');
        put_csv_field(buf, layout->shown[i].label);
    }
    for (size_t p = 0; p < outcome->part_count; p++)
        for (size_t i = 0; i < outcome->parts[p].row_count; i++) {
            buf_z(buf, line_end);
            put_csv_row(buf, layout, &outcome->parts[p], i);
        }
    if (!ask->facts.postgrest)
        buf_z(buf, line_end);
}

static void put_stripped(struct json_out *out, const struct json *value)
{
    if (value->kind == JSON_ARRAY) {
        json_out_array(out);
        for (size_t i = 0; i < value->count; i++)
            put_stripped(out, &value->items[i]);
        json_out_end_array(out);
    } else if (value->kind == JSON_OBJECT) {
        json_out_object(out);
        for (size_t i = 0; i < value->count; i++) {
            if (value->members[i].value.kind == JSON_NULL)
                continue;
            json_out_name(out, value->members[i].name);
            put_stripped(out, &value->members[i].value);
        }
        json_out_end_object(out);
    } else {
        json_out_value(out, value);
    }
}

/* Removes members that are null at any depth, as json_strip_nulls() does. Text that json_parse() refuses stays
 * unchanged: a json column may contain an object with two members of the same name. */
struct slice strip_nulls(const struct ask *ask, struct slice body)
{
    struct json value;
    if (!ask->decisions.envelope.stripped || json_parse(ask->arena, body, (struct json_limits){0}, &value))
        return body;
    struct buf buf = buf_new(ask->arena, body.len);
    struct json_out out = json_out_new(&buf);
    put_stripped(&out, &value);
    return buf_slice(&buf);
}

static void put_one(struct buf *buf, const struct ask *ask, const struct outcome *outcome, struct slice tag, bool array)
{
    if (array)
        buf_byte(buf, '[');
    for (size_t p = 0; p < outcome->part_count; p++)
        if (outcome->parts[p].row_count) {
            if (!slice_present(tag))
                tag = layout_full_tag(ask->arena, outcome->layout, &outcome->parts[p], 0);
            put_row(buf, outcome->layout, &outcome->parts[p], 0, tag);
            break;
        }
    if (array)
        buf_byte(buf, ']');
}

static void put_features(struct buf *buf, const struct ask *ask, const struct outcome *outcome)
{
    /* PostgREST has no items; it shows everything as a collection. */
    bool many = outcome->many || ask->decisions.as_array || (ask->facts.postgrest && plan_call(ask->decisions.plan));
    bool first = true;
    if (outcome->layout->rendered_cell == NO_CELL)
        return; /* return=minimal: the content is not sent */
    if (many)
        BUF_LIT(buf, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (size_t p = 0; p < outcome->part_count; p++)
        for (size_t i = 0; i < outcome->parts[p].row_count && (many || first); i++) {
            buf_z(buf, first ? "" : ",\n ");
            put_feature(buf, outcome->layout, &outcome->parts[p], i);
            first = false;
        }
    if (many)
        BUF_LIT(buf, "]}");
}

/* The content that the media type handler made, of all rows or of the only one; in the arena. */
static struct slice rendered_content(const struct ask *ask, const struct outcome *outcome)
{
    const struct handler *handler = ask->decisions.plan->handler;
    struct slice text = outcome->rendered;
    bool own = !slice_present(text) && outcome->part_count && outcome->parts[0].row_count;
    if (!handler)
        return SLICE(""); /* return=minimal: the content is not sent */
    if (own && outcome->layout->rendered_cell != NO_CELL)
        text = rows_cell(&outcome->parts[0], 0, (size_t)outcome->layout->rendered_cell);
    return handler->bytes ? bytes_of(ask->arena, text) : arena_copy(ask->arena, slice_present(text) ? text : SLICE(""));
}

struct slice envelope_content(const struct ask *ask, const struct outcome *outcome, struct slice tag)
{
    struct buf buf = buf_new(ask->arena, 64 + 256 * outcome_rows(outcome));
    enum envelope_kind kind = ask->decisions.envelope.kind;
    if (kind == ENVELOPE_RENDERED)
        return rendered_content(ask, outcome);
    if (kind == ENVELOPE_FEATURES)
        put_features(&buf, ask, outcome);
    else if (kind == ENVELOPE_CSV)
        put_csv(&buf, ask, outcome);
    else if (kind == ENVELOPE_OBJECT || !outcome->many)
        put_one(&buf, ask, outcome, tag, kind == ENVELOPE_ARRAY || (kind == ENVELOPE_JSON && ask->decisions.as_array));
    else
        put_rows(&buf, outcome);
    return strip_nulls(ask, buf_slice(&buf));
}

bool show_row(const struct ask *ask, const struct outcome *outcome, struct validators *validators,
              struct http_response *out)
{
    out->body = validators->content = envelope_content(ask, outcome, validators->tag);
    response_set(out, "Content-Type", envelope_type(ask));
    return compress_body(ask, out);
}

void put_array(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    out->body = shows_values(ask, outcome) && ask->decisions.envelope.kind != ENVELOPE_OBJECT
                    ? values_content(ask, outcome)
                    : envelope_content(ask, outcome, SLICE_ABSENT);
    response_set(out, "Content-Type", envelope_type(ask));
}

bool is_single_row(const struct ask *ask, const struct outcome *outcome)
{
    return outcome->many && ask->decisions.envelope.kind == ENVELOPE_OBJECT && outcome_rows(outcome) == 1;
}

struct outcome single_row(const struct outcome *outcome)
{
    struct outcome one = *outcome;
    while (one.parts[0].row_count == 0)
        one.parts++;
    one.part_count = 1;
    one.many = false;
    return one;
}

/* ---- lists in parts ---- */

bool respond_has_parts(const struct ask *ask)
{
    enum envelope_kind kind = ask->decisions.envelope.kind;
    return (kind == ENVELOPE_JSON || kind == ENVELOPE_ARRAY) && !ask->decisions.envelope.stripped &&
           !ask->decisions.plan->features && !ask->zoned;
}

void respond_parts(const struct ask *ask, struct http_response *out)
{
    out->status = 200;
    respond_common(ask, out);
    set_read_location(ask, out);
    response_set(out, "Content-Type", envelope_type(ask));
}

struct slice respond_part(struct arena *arena, const struct ask *ask, const struct rows *rows, size_t before)
{
    const struct layout *layout = ask->decisions.plan->layout;
    struct slice member = etag_member(layout);
    struct buf buf = buf_new(arena, 4096);
    if (before == 0)
        buf_byte(&buf, '[');
    for (size_t i = 0; i < rows->row_count; i++) {
        if (before + i > 0)
            BUF_LIT(&buf, ",\n ");
        put_element(&buf, layout, rows, i, member);
    }
    return buf_slice(&buf);
}

struct slice respond_parts_end(void)
{
    return SLICE("]");
}
