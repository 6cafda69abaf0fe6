/* Entity tags and lists of them, as in If-Match and If-None-Match (RFC 9110 8.8.3, 13.1.1, 13.1.2).
 *
 * The opaque tags that midair makes begin with a state part, which identifies the state of what was shown. In every
 * representation except the plain row, '~' and a variant part ([0-9a-z.]+) follow. The state part has the form
 * [0-9a-z.-]+ "." DIGEST, where DIGEST is 16 to 40 lower-case hexadecimal digits. A tag of this form is also accepted
 * in two malformed ways in which intermediaries and users send it: without quotes, or with the suffix that Apache's
 * mod_deflate adds inside the quotes. */
#ifndef MIDAIR_HTTP_ETAG_H
#define MIDAIR_HTTP_ETAG_H

#include "midair/base/err.h"

enum { TAGS_MAX = 1000 }; /* the most members in one field */

struct tag {
    struct slice opaque; /* the text between the quotes, repaired if tolerated; borrows from the field */
    bool weak;           /* W/ precedes it */
    bool tolerated;      /* it was sent in one of the malformed ways */
};

struct tag_list {
    enum { TAGS_ABSENT, TAGS_ANY, TAGS_LIST } kind;
    struct tag *tags;
    size_t count;
};

/* Reads a whole field, its lines joined. An absent field gives TAGS_ABSENT, and one without members an empty list (RFC
 * 9110 5.6.1). The list lives in the arena. ERR_BAD_FIELD with the byte position when the field cannot be parsed, has
 * "*" beside other members, or has more than TAGS_MAX members. */
MUST_USE struct err *tag_list_parse(struct arena *arena, struct slice field, struct tag_list *out);

/* Reads one tag at byte *at of a field, in the same forms, and moves *at past it. ERR_BAD_FIELD as above. */
MUST_USE struct err *tag_parse(struct arena *arena, struct slice field, size_t *at, struct tag *out);

/* Makes weak tags that have the form of midair's own strong again. This is for resources behind a proxy that adds W/
 * when it compresses (policy: weak_tags). Other weak tags stay weak. */
void tag_list_trust_weak(struct tag_list *list);

/* The state part: everything before the first '~'. Borrows from `opaque`. */
struct slice tag_state(struct slice opaque);
/* The tag in quotes, as it is written in ETag, in the arena. An absent tag stays absent. */
struct slice tag_quote(struct arena *arena, struct slice opaque);

/* The weak comparison of RFC 9110 8.8.3.2. */
bool tag_equal_weak(const struct tag *a, const struct tag *b);

#endif
