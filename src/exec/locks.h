/* What lock_plan.c collects for locks.c: the rows of one relation form a group, and groups are locked one after the
 * other. Private to these two files. */
#ifndef MIDAIR_EXEC_LOCKS_H
#define MIDAIR_EXEC_LOCKS_H

#include "task.h"

/* A row that is read while it is locked: a guarded row of a task, or its target. */
struct row_lock {
    struct task *task;
    const struct guarded_row *guarded; /* NULL: the row is the target */
    const struct relation *relation;
    const struct slice *keys;
    const struct parent_path *parent_path;
    const struct layout *layout;
    struct rows rows; /* owned */
};

struct lock_group {
    const struct relation *relation;
    enum lock_strength strength; /* the strongest lock that any task needs on these rows */
    struct row_lock *rows;
    size_t row_count;
    struct lock_source *sources; /* rows that will be written or touched */
    size_t source_count;
    struct lock_keys touched; /* parents of rows that will be inserted or moved; a source refers to them */
    struct task *list;        /* the task whose filter selects the rows to lock; NULL: none */
    bool cascades; /* the rows are deleted with another row: more of them may be inserted before that row is locked */
};

struct lock_groups {
    struct arena *arena;
    struct lock_group *items; /* in the order in which they are locked */
    size_t count, cap;
};

/* Collects everything that the tasks lock before they run. Allocates in the arena of the session. */
struct lock_groups lock_plan(struct session *session, struct task *tasks, size_t count);
/* The same for the parents that the changes give to a row. */
struct lock_groups lock_plan_parents(struct session *session, const struct relation *relation,
                                     const struct changes *changes);
/* Whether each row that the group's sources lead to is already one of its single rows: they are ancestors in the path
 * of a target that is locked before them. */
bool lock_group_is_covered(const struct lock_group *group);

#endif
