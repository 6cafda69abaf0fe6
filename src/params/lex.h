/* A cursor over one percent-decoded piece of the query that still knows where each byte came from. Private to params/.
 */
#ifndef MIDAIR_SRC_PARAMS_LEX_H
#define MIDAIR_SRC_PARAMS_LEX_H

#include "midair/params/params.h"

struct cursor {
    struct arena *arena;
    const char *what; /* the piece in PostgREST's words: "filter", "order" */
    size_t ahead;     /* how many characters PostgREST counts before the piece */
    struct slice text;
    size_t pos;
    size_t base;         /* where the piece begins in the raw query */
    const uint32_t *map; /* offset in the raw piece of each byte; NULL: its own */
    size_t *nodes;       /* parts counted so far in the whole query */
};

/* Decodes `raw` ('+' is a space) and puts a cursor at its beginning. */
struct err *cursor_open(struct arena *arena, struct located raw, size_t *nodes, struct cursor *out) MUST_USE;
/* Where the next byte stands in the raw query. */
size_t cursor_at(const struct cursor *cursor);
size_t cursor_position(const struct cursor *cursor, size_t pos);
bool cursor_end(const struct cursor *cursor);
/* The next byte, or NUL at the end. */
char cursor_peek(const struct cursor *cursor);
/* Whether the text goes on with `literal`; takes it. */
bool cursor_take(struct cursor *cursor, const char *literal);
bool cursor_sees(const struct cursor *cursor, const char *literal);
void cursor_spaces(struct cursor *cursor);
/* All bytes up to one in `stops` or the end. */
struct located cursor_until(struct cursor *cursor, const char *stops);
/* "quoted", with \" and \\ inside. The cursor stands at the opening quote. cursor_try_quoted() gives false where it is
 * never closed, and leaves the cursor there. */
bool cursor_try_quoted(struct cursor *cursor, struct located *out);
struct err *cursor_quoted(struct cursor *cursor, struct located *out) MUST_USE;
/* A name: quoted, or all bytes up to one in `stops`, "->" or the end, without spaces around. It may be empty. */
struct err *cursor_name(struct cursor *cursor, const char *stops, struct located *out) MUST_USE;
/* Arrows and keys, if any. */
struct err *cursor_json_path(struct cursor *cursor, struct json_path *out) MUST_USE;
/* Counts one more part of the query. */
struct err *cursor_node(struct cursor *cursor) MUST_USE;
/* PGRST100 at the cursor's place, or at a place of the raw query within its piece: a sentence, and what would have been
 * right there as PostgREST words it. */
struct err *cursor_error(const struct cursor *cursor, const char *expected, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct err *cursor_error_at(const struct cursor *cursor, size_t at, const char *expected, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* PGRST100 for what PostgREST has no words for. */
struct err *parse_error(struct arena *arena, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
