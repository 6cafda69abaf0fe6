/* A cursor over one percent-decoded piece of the query, which keeps the position of each byte in the raw query for
 * error messages. Private to params/. Results are in the cursor's arena or borrow from its text. */
#ifndef MIDAIR_SRC_PARAMS_LEX_H
#define MIDAIR_SRC_PARAMS_LEX_H

#include "midair/params/params.h"

struct cursor {
    struct arena *arena;
    const char *what; /* the piece in PostgREST's words: "filter", "order" */
    size_t ahead;     /* how many characters PostgREST counts before the piece */
    struct slice text;
    size_t pos;
    size_t base;         /* position of the piece in the raw query */
    const uint32_t *map; /* offset of each byte in the raw piece; NULL: nothing was decoded, so offsets are equal */
    size_t *nodes;       /* parts counted so far in the whole query */
};

/* Decodes `raw` ('+' is a space) and sets the cursor to its beginning. `nodes` is shared by all cursors of one
 * query. */
struct err *cursor_open(struct arena *arena, struct located raw, size_t *nodes, struct cursor *out) MUST_USE;
/* The position of the next byte in the raw query. */
size_t cursor_at(const struct cursor *cursor);
bool cursor_end(const struct cursor *cursor);
/* The next byte, or NUL at the end. */
char cursor_peek(const struct cursor *cursor);
/* cursor_sees(): whether the remaining text starts with `literal`. cursor_take() also moves behind it. */
bool cursor_take(struct cursor *cursor, const char *literal);
bool cursor_sees(const struct cursor *cursor, const char *literal);
void cursor_spaces(struct cursor *cursor);
/* Takes all bytes up to one of `stops` or the end. */
struct located cursor_until(struct cursor *cursor, const char *stops);
/* Takes "quoted" text, with \" and \\ as escapes. The cursor must be at the opening quote. Without a closing quote,
 * cursor_try_quoted() returns false and does not move, and cursor_quoted() fails. */
bool cursor_try_quoted(struct cursor *cursor, struct located *out);
struct err *cursor_quoted(struct cursor *cursor, struct located *out) MUST_USE;
/* Takes a name: quoted, or all bytes up to one of `stops`, "->" or the end, without surrounding spaces. It may be
 * empty. */
struct err *cursor_name(struct cursor *cursor, const char *stops, struct located *out) MUST_USE;
/* Takes a JSON path, which may be empty: arrows and keys. */
struct err *cursor_json_path(struct cursor *cursor, struct json_path *out) MUST_USE;
/* Counts one more part of the query. Error: more than QUERY_NODES_MAX. */
struct err *cursor_node(struct cursor *cursor) MUST_USE;
/* PGRST100 at the cursor, or at position `at` of the raw query, which must lie in the cursor's piece. `format` makes
 * our sentence; `expected` says in PostgREST's words what would have been valid there. Never NULL. */
struct err *cursor_error(const struct cursor *cursor, const char *expected, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct err *cursor_error_at(const struct cursor *cursor, size_t at, const char *expected, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* PGRST100 for mistakes that PostgREST has no message for. Never NULL. */
struct err *parse_error(struct arena *arena, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
