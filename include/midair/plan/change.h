/* Changes: what a write does to the columns of one row. They become a SET list or a VALUES list. */
#ifndef MIDAIR_PLAN_CHANGE_H
#define MIDAIR_PLAN_CHANGE_H

#include "midair/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum change_op {
    CHANGE_SET,
    CHANGE_DEFAULT, /* the column's default */
    CHANGE_INC,     /* from here on: computed in SQL from the current value, so concurrent updates commute */
    CHANGE_MUL,
    CHANGE_MIN,
    CHANGE_MAX,
    CHANGE_PUSH,
    CHANGE_PULL,
    CHANGE_NOW,
    CHANGE_TOGGLE,
    CHANGE_PARENT_PATH /* INSERT: the value of the parent's column that the foreign key refers to */
};

struct change {
    size_t column;
    enum change_op op;
    struct slice value; /* in PostgreSQL's text format; absent: NULL */
    bool record;        /* `value` is {"column": …} for json_populate_record: arrays, composites */
};

struct parent_path; /* plan/parent_path.h */
struct err;

/* The URL and the content both give a value to a column, in spellings that only PostgreSQL can compare. The executor
 * compares them before the write, and the write fails with `err` unless they are equal. */
struct claim {
    size_t column;
    struct slice wanted, claimed; /* `wanted` by the URL, `claimed` by the content */
    struct err *err;
};

struct claims {
    struct claim *items;
    size_t count;
};

struct changes {
    struct change *items;
    size_t count;
    struct claims claims;                  /* checked before anything is written */
    const struct parent_path *parent_path; /* INSERT: ancestors that must exist; NULL: not a nested route */
};

#endif
