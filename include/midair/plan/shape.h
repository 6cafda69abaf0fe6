/* Shaping: what `columns=` and `Prefer: missing=` make of the rows in the content, before anything else reads them. */
#ifndef MIDAIR_PLAN_SHAPE_H
#define MIDAIR_PLAN_SHAPE_H

#include "midair/base/err.h"
#include "midair/json/value.h"
#include "midair/params/params.h"

enum absent_rule {
    ABSENT_DEFAULT, /* a column that a row does not name gets its default */
    ABSENT_NULL,    /* … is NULL, as json_populate_recordset has it */
    ABSENT_REFUSED  /* all rows of an array must name the same columns */
};

/* Rewrites an object or an array of objects. `etag` is a member that is left alone: a tag is no value. */
struct err *shape_rows(struct arena *arena, const struct names *columns, enum absent_rule absent, struct slice etag,
                       struct json *document) MUST_USE;

#endif
