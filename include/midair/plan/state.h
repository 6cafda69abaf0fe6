/* States and their tags: how a row's stamps become an entity tag, and how they are read back from it (RFC 9110
 * 8.8.3).
 *
 * The opaque part of a row's tag is
 *
 *     <version>.<moment>.<digest>        stamped rows: version, and modified in microseconds
 *     x<xmin>.<block>-<offset>.<digest>  rows without stamps
 *     c<md5>.<digest>                    rows of a view: a hash of the row's text
 *
 * If the rows lie in several tables (partitions, inheritance), `o` and the oid of the row's table stand before the
 * digest.
 *
 * The digest is the first 80 bits of SHA-1, in lower-case hexadecimal, of the relation, the key, the text before the
 * digest, and the relation's shape (DDL changes how rows are shown without changing their stamps). So the tag of one
 * resource is never taken for another's, and the server can read the state out of a tag and put it into the WHERE
 * clause of one statement. The tag of a representation other than the plain row continues with '~' and a variant
 * (see src/respond). */
#ifndef MIDAIR_PLAN_STATE_H
#define MIDAIR_PLAN_STATE_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"

enum { DIGEST_BYTES = 10, DIGEST_HEX = 2 * DIGEST_BYTES };

struct state {
    enum stamp_kind kind;
    int64_t version;
    int64_t moment; /* microseconds since 1970 */
    uint32_t table; /* oid of the row's table if there are several; else 0 */
    uint64_t xmin;
    struct slice ctid;    /* "(4,5)" */
    struct slice content; /* 32 hexadecimal digits */
};

/* Appends the opaque part of the row's tag, without quotes. `keys` are the key's values as PostgreSQL prints them. */
void state_write(struct buf *buf, const struct relation *relation, const struct slice *keys, const struct state *state);
/* Reads the opaque part of a tag: the state, and the text before '~' as *text. False when it does not have the form
 * of a row's tag. It does not check to which row the tag belongs; state_belongs() does. */
bool state_read(struct arena *arena, struct slice opaque, struct state *state, struct slice *text);
/* Whether `text`, as set by state_read(), is a tag of the row `keys` of this relation. */
bool state_belongs(struct arena *arena, struct slice text, const struct relation *relation, const struct slice *keys);

/* Computes SHA-1 of a text. */
void state_sha1(struct slice text, unsigned char digest[20]);

#endif
