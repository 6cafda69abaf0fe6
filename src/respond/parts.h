/* What the files of respond share. */
#ifndef MIDAIR_SRC_RESPOND_PARTS_H
#define MIDAIR_SRC_RESPOND_PARTS_H

#include "midair/respond/respond.h"

/* The validators of the one row of an outcome. */
struct validators {
    struct slice tag; /* of the row, and of what its tag covers besides; absent: it has none */
    bool has_moment;  /* `modified_us` is known */
    bool dated;       /* and the second of it is over by PostgreSQL's clock, so that it can be told as a date */
    int64_t modified_us;
    int64_t clock_second; /* when the row was read, by that clock */
    struct slice content; /* the representation before compression; absent until it has been made */
};

/* ---- fields.c ---- */

/* Whether compress_body() can do anything. Where it cannot, the tag of a representation is known before its content. */
bool may_compress(const struct ask *ask);
/* Compresses the body and sets Content-Encoding when the client accepts gzip and the body is long enough; true when it
 * did. Equal bodies give equal bytes. */
bool compress_body(const struct ask *ask, struct http_response *out);
/* Link: the first, previous, next and last page (RFC 8288), where there is more than the page that is shown. `count`
 * rows are shown; `total` is -1 when it is not known. */
void set_links(const struct ask *ask, int64_t count, int64_t total, struct http_response *out);

/* ---- representation.c ---- */

/* One row as an object. `tag` is a member of it where the resource shows tags; it may be absent. */
void put_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row, struct slice tag);
/* JSON text without the members that are null, where the client asked for that; else `body`. */
struct slice strip_nulls(const struct ask *ask, struct slice body);
/* The bytes that PostgreSQL's text of a bytea stands for, in the arena; empty for NULL. */
struct slice bytes_of(struct arena *arena, struct slice text);
/* The rows of an outcome in the envelope that was asked for. `tag` is that of the only row, where it is known; it is
 * computed where it is absent and needed. */
struct slice envelope_content(const struct ask *ask, const struct outcome *outcome, struct slice tag);
/* The Content-Type of that. */
struct slice envelope_type(const struct ask *ask);
/* Makes the row of an item, or a new row, the content of the answer; true when it is compressed. */
bool show_row(const struct ask *ask, const struct outcome *outcome, struct validators *validators,
              struct http_response *out);
/* Makes all rows of an outcome the content of the answer. */
void put_array(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* Whether the client asked for the only row of a collection as an object. It is shown, and tagged, as the item that it
 * is; single_row() gives the outcome of that item. */
bool is_single_row(const struct ask *ask, const struct outcome *outcome);
struct outcome single_row(const struct outcome *outcome);

/* ---- validators.c ---- */

struct validators validators_of(const struct ask *ask, const struct outcome *outcome);
/* Whether the tag of a row depends on the bytes of its representation, since the row's state does not cover all that is
 * shown. */
bool tag_needs_content(const struct ask *ask, const struct outcome *outcome);
/* Whether the rows have no key: what is shown then has the tag of its bytes. */
bool is_keyless(const struct outcome *outcome);
/* ETag and Last-Modified of a representation of one row. */
void set_validators(const struct ask *ask, const struct outcome *outcome, const struct validators *validators,
                    bool gzip, struct http_response *out);
/* ETag from an opaque tag without quotes; nothing when that is absent. */
void set_etag(const struct ask *ask, struct http_response *out, struct slice opaque);
/* Last-Modified, unless it would be later than Date (RFC 9110 8.8.2.1): then nothing. */
void set_last_modified(const struct ask *ask, struct http_response *out, int64_t modified_us);
/* Compresses the body, and sets as ETag the tag of the bytes that it had before. */
void set_content_tag(const struct ask *ask, struct http_response *out);
/* The conditions that a read has still to be judged by: If-Match may hold already, by the tag of an ancestor. */
struct preconds read_conditions(const struct ask *ask, const struct outcome *outcome);
/* Turns an answer to GET or HEAD that has its validators into 304 or 412 where the preconditions say so (RFC 9110
 * 13.2.2). `validators` are NULL for what is no row. A 412 has no content yet. */
void judge_read(const struct ask *ask, const struct preconds *preconds, const struct validators *validators,
                struct http_response *out);

/* ---- written.c, function.c, problem.c, document.c ---- */

/* What was written: 201, 200 or 204. */
void respond_written(const struct ask *ask, const struct outcome *outcome, struct http_response *out);

/* What a function returned that is neither a set of rows nor a set of values. */
void respond_call(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* 204: the function returns nothing, or what it returned is not shown. */
void respond_empty(const struct ask *ask, struct http_response *out);
/* Whether an outcome is shown as the values that a function returned, and their text: one value, or an array. */
bool shows_values(const struct ask *ask, const struct outcome *outcome);
struct slice values_content(const struct ask *ask, const struct outcome *outcome);
/* Status and fields that the function itself set for this answer. */
void apply_reply(const struct ask *ask, struct http_response *out);
/* Whether conditions apply to the answer: only to what would be a success without them (RFC 9110 13.2.1). */
bool reply_succeeds(const struct ask *ask);

/* 412 and 428, with the current state of what was in the way. */
void respond_failed(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* 409 for a DELETE that other rows stand in the way of: which they are, how many, and where they can be read. */
void respond_blocked(const struct ask *ask, const struct blocked *blocked, struct http_response *out);
/* 412 for what is no row. The tag that holds now stays in the answer. */
void fail_document(const struct ask *ask, struct http_response *out, const char *why);

#endif
