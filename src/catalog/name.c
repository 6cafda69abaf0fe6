#include "midair/catalog/name.h"

#include "midair/base/buf.h"

/* Reads a quoted part from the front of *rest; afterwards *rest holds the text behind the closing quote. */
static bool part_quoted(struct arena *arena, struct slice *rest, struct name_part *out)
{
    char *at = arena_alloc(arena, rest->len);
    size_t len = 0, i = 1;
    for (;; i++) {
        if (i >= rest->len)
            return false;
        if (rest->at[i] == '"') {
            if (i + 1 >= rest->len || rest->at[i + 1] != '"')
                break;
            i++;
        }
        at[len++] = rest->at[i];
    }
    at[len] = '\0';
    *rest = slice_from(*rest, i + 1);
    out->exact = out->folded = slice_make(at, len);
    return len > 0;
}

static bool part_plain(struct arena *arena, struct slice *rest, struct name_part *out)
{
    size_t end = slice_find(*rest, '.');
    struct slice exact = slice_head(*rest, end);
    *rest = slice_from(*rest, end);
    if (exact.len == 0 || slice_find(exact, '"') < exact.len)
        return false;
    char *at = arena_alloc(arena, exact.len + 1);
    for (size_t i = 0; i < exact.len; i++)
        at[i] = exact.at[i] >= 'A' && exact.at[i] <= 'Z' ? (char)(exact.at[i] - 'A' + 'a') : exact.at[i];
    at[exact.len] = '\0';
    out->exact = arena_copy(arena, exact);
    out->folded = slice_make(at, exact.len);
    return true;
}

static bool part(struct arena *arena, struct slice *rest, struct name_part *out)
{
    if (rest->len > 0 && rest->at[0] == '"')
        return part_quoted(arena, rest, out);
    return part_plain(arena, rest, out);
}

bool name_parse(struct arena *arena, struct slice text, struct name *out)
{
    *out = (struct name){0};
    struct slice rest = slice_trim(text);
    if (rest.len == 0 || memchr(rest.at, '\0', rest.len) || !part(arena, &rest, &out->table))
        return false;
    if (rest.len == 0)
        return true;
    if (rest.at[0] != '.')
        return false;
    rest = slice_from(rest, 1);
    out->schema = out->table;
    return part(arena, &rest, &out->table) && rest.len == 0;
}

/* Appends `text` between two `quote` bytes. Quotes and escapes inside it are preceded by `escape`. */
static void put_quoted(struct buf *buf, struct slice text, char quote, char escape)
{
    buf_byte(buf, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == quote || text.at[i] == escape)
            buf_byte(buf, escape);
        buf_byte(buf, text.at[i]);
    }
    buf_byte(buf, quote);
}

static struct slice finish(struct buf *buf)
{
    buf_byte(buf, '\0');
    return slice_make(buf->at, buf->len - 1);
}

struct slice name_quote(struct arena *arena, struct slice identifier)
{
    struct buf buf = buf_new(arena, identifier.len + 4);
    put_quoted(&buf, identifier, '"', '"');
    return finish(&buf);
}

struct slice name_ident(struct arena *arena, struct slice schema, struct slice table)
{
    struct buf buf = buf_new(arena, schema.len + table.len + 8);
    put_quoted(&buf, schema, '"', '"');
    buf_byte(&buf, '.');
    put_quoted(&buf, table, '"', '"');
    return finish(&buf);
}

struct slice name_literal(struct arena *arena, struct slice text)
{
    struct buf buf = buf_new(arena, text.len + 4);
    if (slice_find(text, '\\') < text.len) {
        BUF_LIT(&buf, " E'");
        for (size_t i = 0; i < text.len; i++) {
            if (text.at[i] == '\'' || text.at[i] == '\\')
                buf_byte(&buf, text.at[i]);
            buf_byte(&buf, text.at[i]);
        }
        buf_byte(&buf, '\'');
    } else {
        put_quoted(&buf, text, '\'', '\'');
    }
    return finish(&buf);
}
