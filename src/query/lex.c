#include "lex.h"

#include "midair/base/text.h"

static struct err *bad_syntax(struct arena *arena, size_t at, const char *format, va_list args)
{
    struct err *err = err_at(arena, ERR_BAD_QUERY, at, "%s", "");
    err->detail = arena_vprintf(arena, format, args);
    err->code = SLICE("PGRST100");
    return err;
}

struct err *parse_error(struct arena *arena, size_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct err *err = bad_syntax(arena, at, format, args);
    va_end(args);
    return err;
}

struct err *cursor_error(const struct cursor *cursor, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct err *err = bad_syntax(cursor->arena, cursor_at(cursor), format, args);
    va_end(args);
    return err;
}

/* Decodes into fresh memory; false on a bad escape. */
static bool decode(struct arena *arena, struct slice raw, struct cursor *out)
{
    char *bytes = arena_alloc(arena, raw.len + 1);
    uint32_t *map = arena_alloc(arena, (raw.len + 1) * sizeof(*map));
    size_t n = 0;
    for (size_t i = 0; i < raw.len; i++) {
        map[n] = (uint32_t)i;
        char c = raw.at[i];
        if (c == '%') {
            unsigned char byte;
            if (raw.len - i < 3 || !text_unhex(slice_make(raw.at + i + 1, 2), &byte, 1))
                return false;
            c = (char)byte;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        bytes[n++] = c;
    }
    map[n] = (uint32_t)raw.len;
    bytes[n] = '\0';
    out->text = slice_make(bytes, n);
    out->map = map;
    return true;
}

struct err *cursor_open(struct arena *arena, struct located raw, size_t *nodes, struct cursor *out)
{
    *out = (struct cursor){.arena = arena, .text = raw.text, .base = raw.at, .nodes = nodes};
    if (!slice_present(raw.text))
        out->text = SLICE("");
    bool coded = slice_find(raw.text, '%') < raw.text.len || slice_find(raw.text, '+') < raw.text.len;
    bool good = !coded || decode(arena, raw.text, out);
    if (!good || slice_find(out->text, '\0') < out->text.len || !text_is_utf8(out->text))
        return parse_error(arena, raw.at, "This part of the query has a bad percent escape, a NUL or is not UTF-8.");
    return NULL;
}

size_t cursor_place(const struct cursor *cursor, size_t pos)
{
    return cursor->base + (cursor->map ? cursor->map[pos] : pos);
}

size_t cursor_at(const struct cursor *cursor)
{
    return cursor_place(cursor, cursor->pos);
}

bool cursor_end(const struct cursor *cursor)
{
    return cursor->pos >= cursor->text.len;
}

char cursor_peek(const struct cursor *cursor)
{
    return cursor_end(cursor) ? '\0' : cursor->text.at[cursor->pos];
}

bool cursor_sees(const struct cursor *cursor, const char *literal)
{
    return slice_starts(slice_from(cursor->text, cursor->pos), slice_of(literal));
}

bool cursor_take(struct cursor *cursor, const char *literal)
{
    if (!cursor_sees(cursor, literal))
        return false;
    cursor->pos += strlen(literal);
    return true;
}

void cursor_spaces(struct cursor *cursor)
{
    while (cursor_peek(cursor) == ' ')
        cursor->pos++;
}

struct located cursor_until(struct cursor *cursor, const char *stops)
{
    size_t from = cursor->pos;
    while (!cursor_end(cursor) && !strchr(stops, cursor->text.at[cursor->pos]))
        cursor->pos++;
    return (struct located){slice_make(cursor->text.at + from, cursor->pos - from), cursor_place(cursor, from)};
}

struct err *cursor_quoted(struct cursor *cursor, struct located *out)
{
    size_t at = cursor_at(cursor), n = 0;
    char *bytes = arena_alloc(cursor->arena, cursor->text.len - cursor->pos + 1);
    cursor->pos++;
    while (!cursor_end(cursor) && cursor_peek(cursor) != '"') {
        if (cursor_peek(cursor) == '\\' && cursor->pos + 1 < cursor->text.len)
            cursor->pos++;
        bytes[n++] = cursor->text.at[cursor->pos++];
    }
    if (!cursor_take(cursor, "\""))
        return parse_error(cursor->arena, at, "A quote is opened here and never closed.");
    *out = (struct located){slice_make(bytes, n), at};
    return NULL;
}

struct err *cursor_name(struct cursor *cursor, const char *stops, struct located *out)
{
    cursor_spaces(cursor);
    if (cursor_peek(cursor) == '"') {
        TRY(cursor_quoted(cursor, out));
        cursor_spaces(cursor);
        return NULL;
    }
    size_t from = cursor->pos, end;
    while (!cursor_end(cursor) && !strchr(stops, cursor_peek(cursor)) && !cursor_sees(cursor, "->"))
        cursor->pos++;
    for (end = cursor->pos; end > from && cursor->text.at[end - 1] == ' ';)
        end--;
    *out = (struct located){slice_make(cursor->text.at + from, end - from), cursor_place(cursor, from)};
    return NULL;
}

static bool is_index(struct slice key)
{
    int64_t value;
    return text_i64(key, &value) && value >= INT32_MIN && value <= INT32_MAX;
}

struct err *cursor_json_path(struct cursor *cursor, const char *stops, struct json_path *out)
{
    *out = (struct json_path){0};
    size_t cap = 0;
    while (cursor_sees(cursor, "->")) {
        struct located key;
        if (out->as_text)
            return cursor_error(cursor, "Nothing can follow a key that was taken by ->>, which is text.");
        cursor->pos += 2;
        out->as_text = cursor_take(cursor, ">");
        bool quoted = cursor_peek(cursor) == '"';
        TRY(cursor_node(cursor));
        TRY(cursor_name(cursor, stops, &key));
        if (key.text.len == 0 && !quoted)
            return cursor_error(cursor, "A JSON path has a key behind each arrow.");
        if (out->count == cap) {
            size_t size = cap * sizeof(*out->steps);
            cap = cap ? 2 * cap : 4;
            out->steps = arena_grow(cursor->arena, out->steps, size, cap * sizeof(*out->steps));
        }
        out->steps[out->count++] = (struct json_step){key.text, !quoted && is_index(key.text)};
    }
    return NULL;
}

struct err *cursor_node(struct cursor *cursor)
{
    if (++*cursor->nodes > QUERY_NODES_MAX)
        return cursor_error(cursor, "The query has more than %d parts.", QUERY_NODES_MAX);
    return NULL;
}
