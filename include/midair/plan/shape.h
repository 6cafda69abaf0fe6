/* Shaping: what `columns=` and `Prefer: missing=` make of the rows in the content, before anything else reads them.
 *
 * Also the parameters of a write that stand in the query: `columns=` and `on_conflict=`. They are taken out of the raw
 * query by overwriting them with '&', so that byte positions in it stay what they were. */
#ifndef MIDAIR_PLAN_SHAPE_H
#define MIDAIR_PLAN_SHAPE_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"
#include "midair/json/value.h"

enum absent_rule {
    ABSENT_DEFAULT, /* a column that a row does not name gets its default */
    ABSENT_NULL,    /* … is NULL, as json_populate_recordset has it */
    ABSENT_REFUSED  /* all rows of an array must name the same columns */
};

struct names {
    bool given;
    struct slice *items;
    size_t count;
};

/* Takes the parameter `name` out of *raw, which becomes a copy. *value is decoded; absent when the parameter is not
 * there. ERR_BAD_QUERY when it is there twice or cannot be decoded. */
struct err *params_take(struct arena *arena, struct slice *raw, const char *name, struct slice *value) MUST_USE;
/* A list of column names: a,b or "a","b". `value` absent: not given. Names that are no columns: PGRST204; without a
 * relation (NULL) nobody asks. */
struct err *names_read(struct arena *arena, const struct relation *relation, struct slice value,
                       struct names *out) MUST_USE;

/* Rewrites an object or an array of objects. `etag` is a member that is left alone: a tag is no value. */
struct err *shape_rows(struct arena *arena, const struct names *columns, enum absent_rule absent, struct slice etag,
                       struct json *document) MUST_USE;

#endif
