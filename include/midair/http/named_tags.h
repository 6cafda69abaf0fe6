/* The field Midair-If-Match: entity tags of resources that are not the target of the request (docs/http.md section 6).
 *
 *     Midair-If-Match: </orders/17> "tag", </customers/3> "tag"
 *
 *     member = "<" path ">" OWS ( entity-tag / "*" )
 *
 * The path is an absolute path on this server, as in a request line, without query and fragment. The condition holds if
 * every member holds; "*" requires only that the resource exists. */
#ifndef MIDAIR_HTTP_NAMED_TAGS_H
#define MIDAIR_HTTP_NAMED_TAGS_H

#include "midair/http/etag.h"

enum { NAMED_TAGS_MAX = 32 }; /* the most members in one field */

struct named_tag {
    struct slice path;    /* not decoded; borrows from the field */
    struct tag_list tags; /* TAGS_ANY, or a list of one */
};

struct named_tags {
    struct named_tag *items;
    size_t count;
};

/* Reads a whole field, its lines joined. An absent field gives no members; the members live in the arena. ERR_BAD_FIELD
 * with the byte position when it cannot be parsed, is present without members, or has too many: a condition that is not
 * understood must not be ignored. */
MUST_USE struct err *named_tags_parse(struct arena *arena, struct slice field, struct named_tags *out);

#endif
