/* What the files of respond/ share. Private to respond/. */
#ifndef MIDAIR_RESPOND_PARTS_H
#define MIDAIR_RESPOND_PARTS_H

#include "midair/respond/respond.h"

/* The validators of the one row of an outcome. */
struct validators {
    struct slice tag; /* of the row and what its tag covers besides; absent: it has none */
    bool dated;
    int64_t modified_us;
    struct slice content; /* the representation before compression; absent until it was made */
};

/* ETag from an opaque tag without quotes. */
void set_etag(const struct ask *ask, struct http_response *out, struct slice opaque);
/* Last-Modified, never later than Date (RFC 9110 8.8.2.1). */
void set_last_modified(const struct ask *ask, struct http_response *out, int64_t modified_us);

/* One row as an object; `tag` (may be absent) is included when the resource shows it. */
void put_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row, struct slice tag);
/* One row as a GeoJSON feature, with its tag as a member where the resource shows it. */
void put_feature(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row);
/* JSON without members that are null, where that was asked for. */
struct slice strip_nulls(const struct ask *ask, struct slice body);
/* What PostgreSQL's text of a bytea means, in the arena; empty for NULL. */
struct slice bytes_of(struct arena *arena, struct slice text);
/* All rows of all parts as an array. */
void put_rows(struct buf *buf, const struct outcome *outcome);

/* The rows of an outcome in the envelope that was asked for, its Content-Type, and its mark on a tag, of the `one` row
 * or of a whole list. `tag`: that of the only row, where it is known already. */
struct slice envelope_content(const struct ask *ask, const struct outcome *outcome, struct slice tag);
struct slice envelope_type(const struct ask *ask);
struct slice envelope_tag(const struct ask *ask, struct slice opaque, bool one);

/* Whether compress_body() may do anything: else a representation's tag is known without its content. */
bool may_compress(const struct ask *ask);
/* Compresses the body when the client takes it and it is long enough; true when it did, and sets Content-Encoding. */
bool compress_body(const struct ask *ask, struct http_response *out);
/* The tag of a representation that is not the plain row: state, '~', "s<hash of the projection>", "g" for gzip. `body`
 * is the representation before compression; it counts where the row's state does not cover all that is shown. */
struct slice variant_tag(const struct ask *ask, struct slice state, const struct layout *layout, struct slice body,
                         bool gzip);
/* The tag of content of our own making: SHA-1 in hexadecimal. */
struct slice content_tag(struct arena *arena, struct slice body);

struct validators validators_of(const struct ask *ask, const struct outcome *outcome);
/* ETag and Last-Modified of the representation. */
void set_validators(const struct ask *ask, const struct outcome *outcome, const struct validators *validators,
                    bool gzip, struct http_response *out);
/* Content of a row of an item or of a new row; true when it is compressed. */
bool show_row(const struct ask *ask, const struct outcome *outcome, struct validators *validators,
              struct http_response *out);
/* Whether one row of a collection was asked for as an object: it is shown, and tagged, as the item that it is. */
bool is_single(const struct ask *ask, const struct outcome *outcome);
struct outcome single(const struct outcome *outcome);
/* The rows of an outcome as content. */
void put_array(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* What was written: 201, 200 or 204. */
void respond_written(const struct ask *ask, const struct outcome *outcome, struct http_response *out);

/* Link: first, prev, next and last page (RFC 8288), where there is more than this page. `total` -1: not known. */
void set_links(const struct ask *ask, int64_t count, int64_t total, struct http_response *out);
/* The answer as the function wants it that gave it: fields and status. */
void apply_reply(const struct ask *ask, struct http_response *out);
/* Whether conditions are about it: they are evaluated for what would be a success (RFC 9110 13.2.1). */
bool reply_succeeds(const struct ask *ask);
/* What a function gave that is no set of rows or values. */
void respond_call(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* Whether the outcome is shown as the values that a function gave, and these: one, or an array. */
bool shows_values(const struct ask *ask, const struct outcome *outcome);
struct slice values_content(const struct ask *ask, const struct outcome *outcome);

/* 412 and 428 with what the client needs to go on. */
void respond_failed(const struct ask *ask, const struct outcome *outcome, struct http_response *out);
/* 409: the children that stand in the way of a DELETE, how many they are and where they can be seen. */
void respond_blocked(const struct ask *ask, const struct blocked *blocked, struct http_response *out);

#endif
