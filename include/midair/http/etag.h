/* Entity tags: the fields If-Match and If-None-Match (RFC 9110 8.8.3, 13.1.1, 13.1.2).
 *
 * An opaque tag of midair's is a state part, which names the state of what was shown, and for any
 * representation but the plain row '~' and a variant part ([0-9a-z.]+). The state part has the shape
 * [0-9a-z.-]+ "." and 16 to 40 lower-case hexadecimal digits, the digest. What has this shape is also read where an
 * intermediary or a user bent it: without quotes, or with the suffix that Apache's mod_deflate puts inside the quotes.
 */
#ifndef MIDAIR_HTTP_ETAG_H
#define MIDAIR_HTTP_ETAG_H

#include "midair/base/err.h"

enum { TAGS_MAX = 1000 }; /* members in one field */

struct tag {
    struct slice opaque; /* what is between the quotes, bent forms made straight; borrows from the field */
    bool weak;           /* W/ stood before it */
    bool tolerated;      /* it came in a bent form */
};

struct tag_list {
    enum { TAGS_ABSENT, TAGS_ANY, TAGS_LIST } kind;
    struct tag *tags;
    size_t count;
};

/* Reads a whole joined field. An absent field gives TAGS_ABSENT, and one without any member a list of none (RFC 9110
 * 5.6.1). ERR_BAD_FIELD with the byte position when it cannot be parsed, which includes "*" beside anything and more
 * than TAGS_MAX members. */
MUST_USE struct err *tag_list_parse(struct arena *arena, struct slice field, struct tag_list *out);

/* Reads one tag at byte *at of a field, in the same forms, and moves *at behind it. */
MUST_USE struct err *tag_parse(struct arena *arena, struct slice field, size_t *at, struct tag *out);

/* Takes the W/ off midair's own tags, for a resource that lies behind a proxy which puts it there when it
 * compresses (policy: weak_tags). Foreign weak tags stay weak. */
void tag_list_trust_weak(struct tag_list *list);

/* Whether an opaque tag has the shape of midair's own, with or without a variant part. */
bool tag_is_ours(struct slice opaque);
/* The part that names the state: all before the first '~'. */
struct slice tag_state(struct slice opaque);
/* "opaque" with its quotes, in the arena: what goes into ETag. Absent stays absent. */
struct slice tag_quote(struct arena *arena, struct slice opaque);

/* The weak comparison of RFC 9110 8.8.3.2. */
bool tag_equal_weak(const struct tag *a, const struct tag *b);

#endif
