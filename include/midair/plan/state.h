/* States and their tags: how a row's stamps become an entity tag and come back out of one (RFC 9110 8.8.3).
 *
 * The opaque part of a row's tag is
 *
 *     <version>.<moment>.<digest>        stamped rows: version, and modified in microseconds
 *     x<xmin>.<block>-<offset>.<digest>  rows that were not stamped
 *     c<md5>.<digest>                    rows of a view: a hash of the row's text
 *
 * With `o` and the oid of the row's table before the digest, where tables inherit from the relation.
 *
 * where the digest is the first 80 bits of SHA-1 over relation, key, what stands before it and the relation's shape
 * (DDL changes how rows are shown without changing their stamps), in lower-case hexadecimal. So a tag can never be
 * taken for another resource's, and the server can read the state out of it and put it into the WHERE of one statement.
 * A representation that is not the plain row appends '~' and a variant (see respond/representation.h). */
#ifndef MIDAIR_PLAN_STATE_H
#define MIDAIR_PLAN_STATE_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"

enum { DIGEST_BYTES = 10, DIGEST_HEX = 2 * DIGEST_BYTES };

struct state {
    enum stamp_kind kind;
    int64_t version;
    int64_t moment; /* microseconds since 1970 */
    uint32_t table; /* oid of the table that the row is in, where others inherit from the relation; else 0 */
    uint64_t xmin;
    struct slice ctid;    /* "(4,5)" */
    struct slice content; /* 32 hexadecimal digits */
};

/* Appends the tag's opaque part, without quotes. `keys` are the key's values as PostgreSQL prints them. */
void state_write(struct buf *buf, const struct relation *relation, const struct slice *keys, const struct state *state);
/* Reads a tag's opaque part back: the state, and the part before '~' as *text. False when it has not the shape of a
 * row's tag. Says nothing about whose tag it is: that is state_belongs(). */
bool state_read(struct arena *arena, struct slice opaque, struct state *state, struct slice *text);
/* Whether `text` (as state_read gave it) is a tag of this very row of this relation. */
bool state_belongs(struct arena *arena, struct slice text, const struct relation *relation, const struct slice *keys);

/* SHA-1 of a text; 20 bytes. */
void state_sha1(struct slice text, unsigned char digest[20]);

#endif
