/* The field Midair-If-Match: entity tags of resources that the request does not target (docs/http.md section 6).
 *
 *     Midair-If-Match: </orders/17> "tag", </customers/3> "tag"
 *
 *     member = "<" path ">" OWS ( entity-tag / "*" )
 *
 * The path is an absolute one of this server, as it would stand in a request line, without query and fragment. Every
 * member must hold; "*" says that the resource is there. */
#ifndef MIDAIR_HTTP_NAMED_TAGS_H
#define MIDAIR_HTTP_NAMED_TAGS_H

#include "midair/http/etag.h"

enum { NAMED_TAGS_MAX = 32 }; /* members in one field */

struct named_tag {
    struct slice path;    /* raw; borrows from the field */
    struct tag_list tags; /* TAGS_ANY, or a list of one */
};

struct named_tags {
    struct named_tag *items;
    size_t count;
};

/* Reads a whole joined field; absent gives none. ERR_BAD_FIELD with the byte position when it cannot be parsed: a
 * condition that cannot be understood must not turn into none. */
MUST_USE struct err *named_tags_parse(struct arena *arena, struct slice field, struct named_tags *out);

#endif
