/* Touch: triggers on a child that bump the version of its parents (docs/stamps.md).
 *
 * A child has one function for all the foreign keys by which it touches, so that a statement bumps each parent once and
 * locks the parents of one table in the order of their keys. */
#ifndef MIDAIR_SRC_STAMPING_TOUCH_H
#define MIDAIR_SRC_STAMPING_TOUCH_H

#include "plan.h"

/* Touch triggers that were written by another revision are made anew. */
#define TOUCH_REVISION "1"

/* The triggers of a child, named zzz_midair_touch_…: X(enumerator, name) */
#define TOUCH_TRIGGERS(X)                                                                                              \
    X(BEGIN, "zzz_midair_touch_begin")                                                                                 \
    X(INSERT, "zzz_midair_touch_insert")                                                                               \
    X(UPDATE, "zzz_midair_touch_update")                                                                               \
    X(DELETE, "zzz_midair_touch_delete")                                                                               \
    X(TRUNCATE, "zzz_midair_touch_truncate")

enum touch_trigger {
#define X(name, text) TOUCH_##name,
    TOUCH_TRIGGERS(X)
#undef X
        TOUCH_COUNT
};

/* A column of a foreign key and what it refers to. */
struct touch_pair {
    struct slice child; /* as in the catalog */
    struct slice child_ident, parent_ident;
    struct slice type;     /* of the parent's column, qualified, without length */
    struct slice equality; /* OPERATOR(schema.=) */
};

/* A foreign key of a child. */
struct touch_link {
    struct slice name;
    struct slice parent_oid, parent_ident;
    struct slice owner; /* of the parent, where the role is another; else absent */
    struct touch_pair *pairs;
    size_t pair_count;
    struct slice stamped[STAMP_ROLES]; /* the parent's stamp columns now; absent: it is not stamped */
    bool wanted;
};

/* A child whose touch triggers are planned. */
struct touch_child {
    struct stamp_table table;
    struct touch_link *links; /* by name */
    size_t link_count;
};

/* Reads the foreign keys of child->table. */
struct err *touch_read_links(struct stamp_plan *plan, struct touch_child *child) MUST_USE;
/* Reads "schema.table.column": the text of the table, and the last part as a name. False: no such text. */
bool touch_split(struct arena *arena, struct slice text, struct slice *table, struct name_part *column);

/* What --touch asks for, and what the stamped tables have already, as commands. All tables were planned before. */
struct err *touch_plan_stamp(struct stamp_plan *plan) MUST_USE;
/* Children that touch a table that is unstamped stop doing so. */
struct err *touch_plan_unstamp(struct stamp_plan *plan) MUST_USE;

/* The body of the child's function: of the wanted links, of which there is one at least. */
struct slice touch_function_body(struct arena *arena, const struct touch_child *child);
struct slice touch_begin_body(void);
const char *touch_trigger_name(enum touch_trigger trigger);
/* Its arguments are the revision and the wanted links' names. */
struct slice touch_create_trigger(struct arena *arena, const struct touch_child *child, enum touch_trigger trigger,
                                  struct slice function);
struct slice touch_create_function(struct arena *arena, struct slice name, struct slice body);

#endif
