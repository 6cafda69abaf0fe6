#include "parts.h"

#include "midair/json/build.h"
#include "midair/json/gate.h"

const struct envelope *envelopes(size_t *count)
{
    static const struct envelope all[] = {
#define ENVELOPE(kind, type, alias, stripped) {ENVELOPE_##kind, stripped, SLICE_LITERAL(type), alias},
#include "midair/respond/envelope.def"
#undef ENVELOPE
    };
    *count = sizeof(all) / sizeof(*all);
    return all;
}

struct slice envelope_type(const struct ask *ask)
{
    bool plain = ask->envelope.kind == ENVELOPE_ARRAY && !ask->envelope.stripped;
    if (!slice_present(ask->envelope.type) || (ask->postgrest && plain))
        return SLICE("application/json; charset=utf-8");
    return media_with_charset(ask->arena, ask->envelope.type);
}

/* Of other types nobody knows what a charset would mean. */
struct slice media_with_charset(struct arena *arena, struct slice type)
{
    static const char *const texts[] = {"application/json", "application/geo+json", "application/openapi+json",
                                        "text/csv",         "text/plain",           "text/xml"};
    bool text = slice_starts(type, SLICE("application/vnd.pgrst."));
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        text = text || slice_eq(type, slice_of(texts[i]));
    return text ? arena_printf(arena, "%.*s; charset=utf-8", SLICE_ARG(type)) : type;
}

/* A few letters for the representation. Rows of a collection as JSON have none: the others differ from those. */
static struct slice mark_of(const struct ask *ask, bool one)
{
    static const char *const marks[] = {[ENVELOPE_JSON] = "", [ENVELOPE_OBJECT] = "o",   [ENVELOPE_ARRAY] = "a",
                                        [ENVELOPE_CSV] = "c", [ENVELOPE_FEATURES] = "f", [ENVELOPE_RENDERED] = ""};
    const char *mark = one && ask->as_array && ask->envelope.kind == ENVELOPE_JSON ? "a" : marks[ask->envelope.kind];
    struct slice type = ask->envelope.kind == ENVELOPE_RENDERED ? ask->envelope.type : ask->raw_type;
    if (!type.len)
        return arena_printf(ask->arena, "%s%s", mark, ask->envelope.stripped ? "n" : "");
    unsigned char digest[20];
    struct buf text = buf_new(ask->arena, 16);
    state_sha1(type, digest);
    buf_byte(&text, 'r');
    buf_hex(&text, digest, 4);
    return buf_slice(&text);
}

struct slice envelope_tag(const struct ask *ask, struct slice opaque, bool one)
{
    struct slice mark = mark_of(ask, one);
    if (!slice_present(opaque) || !mark.len)
        return opaque;
    bool varied = slice_find(opaque, '~') < opaque.len;
    return arena_printf(ask->arena, "%.*s%sv%.*s", SLICE_ARG(opaque), varied ? "." : "~", SLICE_ARG(mark));
}

/* A field of CSV (RFC 4180 2.5 to 2.7): NULL is empty, the empty text is quoted. */
static void put_field(struct buf *buf, struct slice text)
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
        put_field(buf, rows_cell(rows, row, layout->shown[i].cell));
    }
}

/* Lines end as RFC 4180 has it; in PostgREST's dialect as PostgREST has it. */
static void put_csv(struct buf *buf, const struct ask *ask, const struct outcome *outcome)
{
    const struct layout *layout = outcome->layout;
    const char *line_end = ask->postgrest ? "\n" : "\r\n";
    for (size_t i = 0; i < layout->shown_count; i++) {
        if (i)
            buf_byte(buf, ',');
        put_field(buf, layout->shown[i].label);
    }
    for (size_t p = 0; p < outcome->part_count; p++)
        for (size_t i = 0; i < outcome->parts[p].row_count; i++) {
            buf_z(buf, line_end);
            put_csv_row(buf, layout, &outcome->parts[p], i);
        }
    if (!ask->postgrest)
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

/* Without the members that are null, at any depth, as json_strip_nulls() does it. Where the gate does not take the text
 * (a json column may hold a name twice) it stays as it is. */
struct slice strip_nulls(const struct ask *ask, struct slice body)
{
    struct json value;
    if (!ask->envelope.stripped || json_parse(ask->arena, body, (struct json_limits){0}, &value))
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
    /* PostgREST knows no items: all that it shows are collections. */
    bool many = outcome->many || ask->as_array || (ask->postgrest && plan_call(ask->plan));
    bool first = true;
    if (outcome->layout->rendered_cell == NO_CELL)
        return; /* nobody will see it: return=minimal */
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

/* What the handler made, of all rows or of the one; in the arena. */
static struct slice rendered_content(const struct ask *ask, const struct outcome *outcome)
{
    const struct handler *handler = ask->plan->handler;
    struct slice text = outcome->rendered;
    bool own = !slice_present(text) && outcome->part_count && outcome->parts[0].row_count;
    if (!handler)
        return SLICE(""); /* nobody will see it: return=minimal */
    if (own && outcome->layout->rendered_cell != NO_CELL)
        text = rows_cell(&outcome->parts[0], 0, (size_t)outcome->layout->rendered_cell);
    return handler->bytes ? bytes_of(ask->arena, text) : arena_copy(ask->arena, slice_present(text) ? text : SLICE(""));
}

struct slice envelope_content(const struct ask *ask, const struct outcome *outcome, struct slice tag)
{
    struct buf buf = buf_new(ask->arena, 64 + 256 * outcome_rows(outcome));
    enum envelope_kind kind = ask->envelope.kind;
    if (kind == ENVELOPE_RENDERED)
        return rendered_content(ask, outcome);
    if (kind == ENVELOPE_FEATURES)
        put_features(&buf, ask, outcome);
    else if (kind == ENVELOPE_CSV)
        put_csv(&buf, ask, outcome);
    else if (kind == ENVELOPE_OBJECT || !outcome->many)
        put_one(&buf, ask, outcome, tag, kind == ENVELOPE_ARRAY || (kind == ENVELOPE_JSON && ask->as_array));
    else
        put_rows(&buf, outcome);
    return strip_nulls(ask, buf_slice(&buf));
}
