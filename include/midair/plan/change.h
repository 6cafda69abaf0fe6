/* Changes: what a write does to the columns of one row, ready to become a SET list or a VALUES list. */
#ifndef MIDAIR_PLAN_CHANGE_H
#define MIDAIR_PLAN_CHANGE_H

#include "midair/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum change_op {
    CHANGE_SET,
    CHANGE_DEFAULT, /* the column's default */
    CHANGE_INC,     /* the operators compute from the row's present value inside the statement, so they commute */
    CHANGE_MUL,
    CHANGE_MIN,
    CHANGE_MAX,
    CHANGE_PUSH,
    CHANGE_PULL,
    CHANGE_NOW,
    CHANGE_TOGGLE,
    CHANGE_PARENT_PATH /* INSERT: what the parent holds in the column that the foreign key refers to */
};

struct change {
    size_t column;
    enum change_op op;
    struct slice value; /* in PostgreSQL's text format; absent: NULL */
    bool record;        /* `value` is {"column": …}, to be read by json_populate_record: arrays, composites */
};

struct parent_path; /* plan/parent_path.h */
struct err;

/* The content gives a column a value that the URL gives as well, in another spelling of a type that only PostgreSQL can
 * compare. The write is refused with `err` unless the two are equal. */
struct claim {
    size_t column;
    struct slice wanted, claimed; /* by the URL and by the content */
    struct err *err;
};

struct claims {
    struct claim *items;
    size_t count;
};

struct changes {
    struct change *items;
    size_t count;
    struct claims claims;                  /* to be decided before anything is written */
    const struct parent_path *parent_path; /* INSERT: the row goes below it, which must be there; NULL: anywhere */
};

#endif
