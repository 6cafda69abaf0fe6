/* Shaping: applies `columns=` and `Prefer: missing=` to the rows in the content, before anything else reads them. */
#ifndef MIDAIR_PLAN_SHAPE_H
#define MIDAIR_PLAN_SHAPE_H

#include "midair/base/err.h"
#include "midair/json/value.h"
#include "midair/params/params.h"

enum absent_rule {
    ABSENT_DEFAULT, /* a column that a row does not have gets its default */
    ABSENT_NULL,    /* … becomes NULL, as in json_populate_recordset */
    ABSENT_REFUSED  /* all rows of an array must name the same columns */
};

/* Rewrites an object or an array of objects in place. `columns` are the names in columns=. `etag` is the tag member
 * (may be absent), which is kept. Errors: ERR_BAD_CONTENT and ERR_CONTENT_TOO_LARGE. */
struct err *shape_rows(struct arena *arena, const struct names *columns, enum absent_rule absent, struct slice etag,
                       struct json *document) MUST_USE;

#endif
