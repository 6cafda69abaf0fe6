#include "lex.h"

#include "midair/base/text.h"
#include "midair/http/problem.h"

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

/* The column number of byte `pos` as PostgREST counts it: in characters, not bytes. */
static size_t column_of(const struct cursor *cursor, size_t pos)
{
    size_t column = cursor->ahead;
    for (size_t i = 0; i < pos; i++)
        column += ((unsigned char)cursor->text.at[i] & 0xc0) != 0x80;
    return column + 1;
}

/* The position of byte `pos` of the piece in the raw query. */
static size_t cursor_position(const struct cursor *cursor, size_t pos)
{
    return cursor->base + (cursor->map ? cursor->map[pos] : pos);
}

/* The offset in the decoded piece of a position in the raw query. */
static size_t decoded_position(const struct cursor *cursor, size_t at)
{
    size_t pos = 0;
    while (pos < cursor->text.len && cursor_position(cursor, pos) < at)
        pos++;
    return pos;
}

static struct slice character_at(struct slice text, size_t pos)
{
    size_t end = pos + 1;
    while (end < text.len && ((unsigned char)text.at[end] & 0xc0) == 0x80)
        end++;
    return slice_make(text.at + pos, end - pos);
}

/* The unexpected character as PostgREST's parser shows it: in single quotes where the end of input would have been
 * valid. */
static struct slice found_instead(const struct cursor *cursor, size_t pos, const char *expected)
{
    if (pos >= cursor->text.len)
        return SLICE("end of input");
    char quote = slice_ends(slice_of(expected), SLICE("end of input")) ? '\'' : '"';
    return arena_printf(cursor->arena, "%c%.*s%c", quote, SLICE_ARG(character_at(cursor->text, pos)), quote);
}

static struct err *explain(const struct cursor *cursor, size_t at, const char *expected, struct err *err)
{
    size_t pos = decoded_position(cursor, at);
    problem_of(cursor->arena, err)->message =
        arena_printf(cursor->arena, "\"failed to parse %s (%.*s)\" (line 1, column %zu)", cursor->what,
                     SLICE_ARG(cursor->text), column_of(cursor, pos));
    err->details = arena_printf(cursor->arena, "unexpected %.*s expecting %s",
                                SLICE_ARG(found_instead(cursor, pos, expected)), expected);
    return err;
}

struct err *cursor_error(const struct cursor *cursor, const char *expected, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct err *err = bad_syntax(cursor->arena, cursor_at(cursor), format, args);
    va_end(args);
    return explain(cursor, cursor_at(cursor), expected, err);
}

struct err *cursor_error_at(const struct cursor *cursor, size_t at, const char *expected, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct err *err = bad_syntax(cursor->arena, at, format, args);
    va_end(args);
    return explain(cursor, at, expected, err);
}

struct err *cursor_open(struct arena *arena, struct located raw, size_t *nodes, struct cursor *out)
{
    *out = (struct cursor){.arena = arena, .text = raw.text, .base = raw.at, .nodes = nodes};
    if (!slice_present(raw.text))
        out->text = SLICE("");
    bool coded = slice_find(raw.text, '%') < raw.text.len || slice_find(raw.text, '+') < raw.text.len;
    bool good = !coded || text_form_decode(arena, raw.text, &out->text, &out->map);
    if (!good || slice_find(out->text, '\0') < out->text.len || !text_is_utf8(out->text))
        return parse_error(arena, raw.at, "This part of the query has a bad percent escape, a NUL or is not UTF-8.");
    return NULL;
}

size_t cursor_at(const struct cursor *cursor)
{
    return cursor_position(cursor, cursor->pos);
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
    return (struct located){slice_make(cursor->text.at + from, cursor->pos - from), cursor_position(cursor, from)};
}

bool cursor_try_quoted(struct cursor *cursor, struct located *out)
{
    struct cursor ahead = *cursor;
    size_t n = 0;
    char *bytes = arena_alloc(cursor->arena, cursor->text.len - cursor->pos + 1);
    ahead.pos++;
    while (!cursor_end(&ahead) && cursor_peek(&ahead) != '"') {
        if (cursor_peek(&ahead) == '\\' && ahead.pos + 1 < ahead.text.len)
            ahead.pos++;
        bytes[n++] = ahead.text.at[ahead.pos++];
    }
    if (!cursor_take(&ahead, "\""))
        return false;
    *out = (struct located){slice_make(bytes, n), cursor_at(cursor)};
    *cursor = ahead;
    return true;
}

struct err *cursor_quoted(struct cursor *cursor, struct located *out)
{
    if (!cursor_try_quoted(cursor, out))
        return cursor_error(cursor, "a closing quote", "The quoted text that begins here is not closed.");
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
    *out = (struct located){slice_make(cursor->text.at + from, end - from), cursor_position(cursor, from)};
    return NULL;
}

static bool is_index(struct slice key)
{
    int64_t value;
    return text_i64(key, &value) && value >= INT32_MIN && value <= INT32_MAX;
}

/* A key that begins with a dash is a number that counts from the end of an array; other keys that begin so must be
 * quoted. */
static struct err *check_key(const struct cursor *cursor, struct located key)
{
    size_t digits = 1;
    if (key.text.len == 0)
        return cursor_error(cursor, "\"-\", digit or any non reserved character different from: .,>()",
                            "A JSON path must have a key after each arrow.");
    if (key.text.at[0] != '-')
        return NULL;
    while (digits < key.text.len && key.text.at[digits] >= '0' && key.text.at[digits] <= '9')
        digits++;
    if (digits > 1 && digits == key.text.len)
        return NULL;
    return cursor_error_at(cursor, cursor_position(cursor, decoded_position(cursor, key.at) + digits),
                           digits > 1 ? "digit, \"->\", \"::\", \".\", \",\" or end of input" : "digit",
                           "A key that begins with a dash must be a whole number or in double quotes.");
}

struct err *cursor_json_path(struct cursor *cursor, struct json_path *out)
{
    *out = (struct json_path){0};
    size_t cap = 0;
    while (cursor_sees(cursor, "->")) {
        struct located key;
        if (out->as_text)
            return cursor_error(cursor, "\"::\", \".\", \",\" or end of input",
                                "Nothing can follow a key after ->>, since its value is text.");
        cursor->pos += 2;
        out->as_text = cursor_take(cursor, ">");
        bool quoted = cursor_peek(cursor) == '"';
        TRY(cursor_node(cursor));
        TRY(cursor_name(cursor, "(:.,>)", &key));
        if (!quoted)
            TRY(check_key(cursor, key));
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
        return parse_error(cursor->arena, cursor_at(cursor), "The query has more than %d parts.", QUERY_NODES_MAX);
    return NULL;
}
