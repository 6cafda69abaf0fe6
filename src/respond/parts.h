/* Declarations that the files of respond share. */
#ifndef MIDAIR_SRC_RESPOND_PARTS_H
#define MIDAIR_SRC_RESPOND_PARTS_H

#include "midair/respond/respond.h"

/* The validators of an outcome with one row. */
struct validators {
    struct slice tag; /* tag of the row and of all other rows that it covers; absent: none */
    bool has_moment;  /* `modified_us` is known */
    bool dated;       /* the second of `modified_us` has ended by PostgreSQL's clock, so it can be sent as a date */
    int64_t modified_us;
    int64_t clock_second; /* second in which the row was read, by PostgreSQL's clock */
    struct slice content; /* the representation before compression; absent until it has been made */
};

/* ---- fields.c ---- */

/* Whether compress_body() may compress anything. If not, the tag of a representation is known before its content. */
bool may_compress(const struct ask *ask);
/* Compresses the body and sets Content-Encoding, if the client accepts gzip and the body is long enough; returns
 * whether it did. Equal bodies give equal bytes. */
bool compress_body(const struct ask *ask, struct http_response *out);
/* Sets Content-Location of a read in PostgREST's dialect: the path, and the parameters in alphabetical order. */
void set_read_location(const struct ask *ask, struct http_response *out);
/* Sets Link with the first, previous, next and last page (RFC 8288) if there are more pages. `count` rows are shown;
 * `total` is -1 when it is not known. */
void set_links(const struct ask *ask, int64_t count, int64_t total, struct http_response *out);

/* ---- representation.c ---- */

/* Writes one row as an object. `tag` is a member of it if the resource shows tags; it may be absent. */
void put_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row, struct slice tag);
/* Removes members that are null from JSON text if the client asked for that; otherwise returns `body`. */
struct slice strip_nulls(const struct ask *ask, struct slice body);
/* Decodes PostgreSQL's text of a bytea, in the arena; empty for NULL. */
struct slice bytes_of(struct arena *arena, struct slice text);
/* The rows of an outcome in the envelope that the client asked for, in the arena. `tag` is the tag of the only row if
 * it is known already; if it is absent and needed, it is computed. */
struct slice envelope_content(const struct ask *ask, const struct outcome *outcome, struct slice tag);
/* The Content-Type of envelope_content(). */
struct slice envelope_type(const struct ask *ask);
/* Makes the row of an item, or a new row, the content of the response. Returns whether it was compressed. */
bool show_row(const struct ask *ask, const struct outcome *outcome, struct validators *validators,
              struct http_response *out);
/* Makes all rows of an outcome the content of the response. */
void put_array(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* Whether the client asked for the only row of a collection as an object. The row is then shown and tagged as the item
 * that it is; single_row() gives the outcome of that item, which borrows from `outcome`. */
bool is_single_row(const struct ask *ask, const struct outcome *outcome);
struct outcome single_row(const struct outcome *outcome);

/* ---- validators.c ---- */

/* The validators of the first row. `content` is absent. */
struct validators validators_of(const struct ask *ask, const struct outcome *outcome);
/* Whether the tag of a row depends on the bytes of its representation, because the row's state does not cover
 * everything that is shown. */
bool tag_needs_content(const struct ask *ask, const struct outcome *outcome);
/* Whether the rows have no key, so that the tag is made from the content. */
bool is_keyless(const struct outcome *outcome);
/* Sets ETag and Last-Modified for a representation of one row. */
void set_validators(const struct ask *ask, const struct outcome *outcome, const struct validators *validators,
                    bool gzip, struct http_response *out);
/* Sets ETag from an opaque tag without quotes; does nothing when it is absent. */
void set_etag(const struct ask *ask, struct http_response *out, struct slice opaque);
/* Sets Last-Modified, unless it would be later than Date (RFC 9110 8.8.2.1). */
void set_last_modified(const struct ask *ask, struct http_response *out, int64_t modified_us);
/* Compresses the body if possible, and sets an ETag that is made from its bytes before compression. */
void set_content_tag(const struct ask *ask, struct http_response *out);
/* The preconditions of a read that are still to be evaluated. If-Match may have been satisfied already, by the tag of
 * an ancestor. */
struct preconds read_conditions(const struct ask *ask, const struct outcome *outcome);
/* Turns the response to GET or HEAD into 304 or 412 if the preconditions say so (RFC 9110 13.2.2). Its validators must
 * be set. `validators` is NULL for content that is not a row. A 412 has no content yet. */
void evaluate_read(const struct ask *ask, const struct preconds *preconds, const struct validators *validators,
                   struct http_response *out);

/* ---- written.c, function.c, problem.c, document.c ---- */

/* The response to a write: 201, 200 or 204. */
void respond_written(const struct ask *ask, const struct outcome *outcome, struct http_response *out);

/* The response to a call of a function whose result is neither a set of rows nor a set of values. */
void respond_call(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* 204: the function returns nothing, or the result is not shown. */
void respond_empty(const struct ask *ask, struct http_response *out);
/* Whether an outcome is shown as the values that a function returned, and their JSON text: one value, or an array. */
bool shows_values(const struct ask *ask, const struct outcome *outcome);
struct slice values_content(const struct ask *ask, const struct outcome *outcome);
/* Applies the status and the fields that the function set for this response. */
void apply_reply(const struct ask *ask, struct http_response *out);
/* Whether preconditions apply: only if the response without them would be a success (RFC 9110 13.2.1). */
bool reply_succeeds(const struct ask *ask);

/* 412 or 428, with the current state of the row that does not satisfy the precondition. */
void respond_failed(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* 409 or 428 for a DELETE that referencing rows prevent: which relation they belong to, how many they are, and where
 * they can be read. */
void respond_blocked(const struct ask *ask, const struct blocked *blocked, struct http_response *out);
/* 412 for content that is not a row. The current tag stays in the response. */
void fail_document(const struct ask *ask, struct http_response *out, const char *why);

#endif
