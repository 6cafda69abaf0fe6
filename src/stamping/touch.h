/* Touch: triggers on a child that increment the version of its parents (docs/stamps.md).
 *
 * A child has one function for all the foreign keys by which it touches, so that a statement increments the version of
 * each parent once and locks the parents of one table in the order of their keys.
 *
 * The protocol, which the templates stamp_touch_*.sql implement: the transaction-local setting midair.touch holds the
 * time of the current statement and the parent rows that it has touched, by table and ctid. Its first character is '+'
 * while a chain of touches runs, so a nested trigger (a parent that touches its own parent) continues the list; it is
 * '-' afterwards, so that another event of the same statement (ON CONFLICT, MERGE) continues it as well. The trigger
 * zzz_midair_touch_begin, which fires before each statement, clears a list that begins with '-'.
 *
 * The text of these templates, comments included, is stored in users' databases as the bodies of functions and is
 * compared with them. A change of any byte makes `midair stamp` replace the functions of every stamped child. */
#ifndef MIDAIR_SRC_STAMPING_TOUCH_H
#define MIDAIR_SRC_STAMPING_TOUCH_H

#include "plan.h"

/* The first argument of the touch triggers. Triggers with another revision are created again. */
#define TOUCH_REVISION "1"

/* The triggers of a child: X(enumerator, name) */
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

/* A column of a foreign key, and the parent's column to which it refers. */
struct touch_pair {
    struct slice child; /* the name, unquoted */
    struct slice child_ident, parent_ident;
    struct slice type;     /* type of the parent's column, qualified, without a modifier */
    struct slice equality; /* OPERATOR(schema.=) */
};

/* A foreign key of a child. */
struct touch_link {
    struct slice name;
    struct slice parent_oid, parent_ident;
    struct slice owner; /* owner of the parent, if it is another role than ours; else absent */
    struct touch_pair *pairs;
    size_t pair_count;
    struct slice stamped[STAMP_ROLES]; /* the parent's stamp columns after this run; absent: it is not stamped */
    bool wanted;
};

/* A child whose touch triggers are being planned. */
struct touch_child {
    struct stamp_table table;
    struct touch_link *links; /* sorted by name */
    size_t link_count;
};

/* Reads the foreign keys of child->table into child->links. */
struct err *touch_read_links(struct stamp_plan *plan, struct touch_child *child) MUST_USE;
/* Splits "schema.table.column" into the text of the table, which borrows from `text`, and the last part as a name.
 * Returns false if the text has no such form. */
bool touch_split(struct arena *arena, struct slice text, struct slice *table, struct name_part *column);

/* Appends the commands for the touches that the request asks for and for those that the stamped tables have already.
 * All tables of the request must have been planned. */
struct err *touch_plan_stamp(struct stamp_plan *plan) MUST_USE;
/* Appends the commands by which other children stop touching the tables that this run unstamps. */
struct err *touch_plan_unstamp(struct stamp_plan *plan) MUST_USE;

/* Returns the body of the child's function for its wanted links, of which there must be at least one. */
struct slice touch_function_body(struct arena *arena, const struct touch_child *child);
struct slice touch_begin_body(void);
/* Returns the command that creates the trigger. Its arguments are the revision and the names of the wanted links,
 * except for the begin trigger, which has none. */
struct slice touch_create_trigger(struct arena *arena, const struct touch_child *child, enum touch_trigger trigger,
                                  struct slice function);
struct slice touch_create_function(struct arena *arena, struct slice name, struct slice body);

#endif
