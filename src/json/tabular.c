#include "midair/json/tabular.h"
#include "midair/base/buf.h"
#include "midair/base/text.h"

/* The state of the CSV parser. */
struct csv {
    struct arena *arena;
    struct slice text;
    size_t at;
    size_t cells;
    struct json_limits limits;
};

static struct err *bad_csv(const struct csv *csv, size_t at, const char *why)
{
    size_t line = 1;
    for (size_t i = 0; i < at && i < csv->text.len; i++)
        line += csv->text.at[i] == '\n';
    struct err *err = err_at(csv->arena, ERR_BAD_CSV, at, "%s", why);
    err->details = arena_printf(csv->arena, "Line %zu.", line);
    err->code = SLICE("PGRST102");
    return err;
}

static bool at_line_end(const struct csv *csv)
{
    return csv->at >= csv->text.len || csv->text.at[csv->at] == '\n' || csv->text.at[csv->at] == '\r';
}

static void take_line_end(struct csv *csv)
{
    if (csv->at < csv->text.len && csv->text.at[csv->at] == '\r')
        csv->at++;
    if (csv->at < csv->text.len && csv->text.at[csv->at] == '\n')
        csv->at++;
}

/* Takes a quoted field, in which "" stands for a quote (RFC 4180 2.7). */
static struct err *take_quoted(struct csv *csv, struct slice *out)
{
    size_t from = csv->at++;
    struct buf value = buf_new(csv->arena, 32);
    for (; csv->at < csv->text.len; csv->at++) {
        if (csv->text.at[csv->at] != '"') {
            buf_byte(&value, csv->text.at[csv->at]);
        } else if (csv->at + 1 < csv->text.len && csv->text.at[csv->at + 1] == '"') {
            buf_byte(&value, '"');
            csv->at++;
        } else {
            csv->at++;
            *out = buf_slice(&value);
            if (at_line_end(csv) || csv->text.at[csv->at] == ',')
                return NULL;
            return bad_csv(csv, csv->at, "Text follows the closing quote of a field.");
        }
    }
    return bad_csv(csv, from, "A quoted field has no closing quote.");
}

static struct err *take_field(struct csv *csv, struct slice *out)
{
    if (csv->limits.nodes && ++csv->cells > csv->limits.nodes)
        return bad_csv(csv, csv->at, "The content has more fields than a request may have.");
    if (csv->at < csv->text.len && csv->text.at[csv->at] == '"')
        return take_quoted(csv, out);
    size_t from = csv->at;
    while (!at_line_end(csv) && csv->text.at[csv->at] != ',') {
        if (csv->text.at[csv->at] == '"')
            return bad_csv(csv, csv->at, "A field that is not quoted contains a quote.");
        csv->at++;
    }
    *out = slice_make(csv->text.at + from, csv->at - from);
    return NULL;
}

/* Takes the comma before the next field. At the end of the line, takes the line end and returns false. */
static bool more_fields(struct csv *csv)
{
    if (!at_line_end(csv)) {
        csv->at++;
        return true;
    }
    take_line_end(csv);
    return false;
}

struct headings {
    struct slice *items;
    size_t count;
};

static struct err *read_names(struct csv *csv, struct headings *out)
{
    size_t most = 1;
    for (size_t i = 0; i < csv->text.len; i++)
        most += csv->text.at[i] == ',' || csv->text.at[i] == '\n';
    out->items = arena_alloc(csv->arena, most * sizeof(*out->items));
    out->count = 0;
    do {
        size_t from = csv->at;
        struct slice name;
        TRY(take_field(csv, &name));
        if (name.len == 0)
            return bad_csv(csv, from, "The first line names the columns; one of the names is empty.");
        out->items[out->count++] = name;
    } while (more_fields(csv));
    return NULL;
}

static struct err *read_row(struct csv *csv, const struct headings *names, struct json *out)
{
    struct json_member *members = ARENA_ARRAY(csv->arena, struct json_member, names->count);
    size_t from = csv->at, n = 0;
    do {
        struct slice value = {0};
        size_t at = csv->at;
        TRY(take_field(csv, &value));
        if (n == names->count)
            return bad_csv(csv, at, "All lines must have same number of fields");
        members[n] = (struct json_member){names->items[n], json_of_string(value), at};
        if (slice_eq(value, SLICE("NULL")))
            members[n].value = json_of_null();
        members[n].value.position = at;
        n++;
    } while (more_fields(csv));
    if (n < names->count)
        return bad_csv(csv, from, "All lines must have same number of fields");
    *out = json_of_object(csv->arena, members, n);
    out->position = from;
    return NULL;
}

struct err *csv_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out)
{
    struct csv csv = {.arena = arena, .text = text, .limits = limits};
    struct headings names;
    size_t rows = 0, cap = 16;
    if (limits.bytes && text.len > limits.bytes)
        return err_new(arena, ERR_CONTENT_TOO_LARGE, "The content is longer than %zu bytes.", limits.bytes);
    if (!text_is_utf8(text) || memchr(text.at, '\0', text.len))
        return bad_csv(&csv, 0, "The content is not UTF-8, or contains a NUL.");
    if (slice_starts(text, SLICE("\xEF\xBB\xBF")))
        csv.at = 3; /* skips the byte order mark, with which spreadsheets begin their files */
    TRY(read_names(&csv, &names));
    struct json *items = ARENA_ARRAY(arena, struct json, cap);
    while (csv.at < text.len) {
        if (rows == cap) {
            items = arena_grow(arena, items, cap * sizeof(*items), 2 * cap * sizeof(*items));
            cap *= 2;
        }
        TRY(read_row(&csv, &names, &items[rows++]));
    }
    *out = json_of_array(items, rows);
    size_t twice = rows ? json_duplicate(&items[0]) : 0;
    if (rows && twice < items[0].count)
        return bad_csv(&csv, 0, "The first line names a column twice.");
    return NULL;
}

/* ---- application/x-www-form-urlencoded ---- */

static struct err *bad_form(struct arena *arena, size_t at, const char *why)
{
    struct err *err = err_at(arena, ERR_BAD_CONTENT, at, "%s", why);
    err->code = SLICE("PGRST102");
    return err;
}

struct err *form_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out)
{
    struct slice rest = text, pair;
    size_t most = 1, n = 0;
    if (limits.bytes && text.len > limits.bytes)
        return err_new(arena, ERR_CONTENT_TOO_LARGE, "The content is longer than %zu bytes.", limits.bytes);
    for (size_t i = 0; i < text.len; i++)
        most += text.at[i] == '&';
    if (limits.nodes && most > limits.nodes)
        return bad_form(arena, 0, "The content has more fields than a request may have.");
    struct json_member *members = ARENA_ARRAY(arena, struct json_member, most);
    while (slice_present(rest)) {
        struct slice name, value;
        slice_cut(rest, '&', &pair, &rest);
        size_t at = (size_t)(pair.at - text.at);
        if (pair.len == 0)
            continue;
        if (!slice_cut(pair, '=', &name, &value))
            value = SLICE("");
        if (name.len == 0 || !text_form_decode(arena, name, &name, NULL) ||
            !text_form_decode(arena, value, &value, NULL))
            return bad_form(arena, at, "The content is not name=value pairs with proper percent escapes in UTF-8.");
        members[n] = (struct json_member){name, json_of_string(value), at};
        members[n++].value.position = at;
    }
    *out = json_of_object(arena, members, n);
    size_t twice = json_duplicate(out);
    if (twice < n)
        return bad_form(arena, members[twice].position, "The content names a field twice.");
    return NULL;
}
