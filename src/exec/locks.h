/* What locks.c locks, as lock_plan.c gathers it: the rows of one relation are a group, and groups are locked one after
 * the other. Private to those two. */
#ifndef MIDAIR_EXEC_LOCKS_H
#define MIDAIR_EXEC_LOCKS_H

#include "task.h"

/* A row that is read as it is locked: a guarded row of a task, or its target. */
struct row_lock {
    struct task *task;
    const struct guarded_row *guarded; /* NULL: the target */
    const struct relation *relation;
    const struct slice *keys;
    const struct parent_path *parent_path;
    const struct layout *layout;
    struct rows rows; /* owned */
};

struct lock_group {
    const struct relation *relation;
    enum lock_strength strength; /* the strongest that anybody needs of these rows */
    struct row_lock *rows;
    size_t row_count;
    struct lock_source *sources; /* rows that will be written or touched */
    size_t source_count;
    struct lock_keys touched; /* parents of rows that will be new, or move: one of the sources */
    struct task *list;        /* the task whose filter says which rows are locked; NULL: none */
    bool cascades;            /* they go with a row that is deleted: others may come before that one is locked */
};

struct lock_groups {
    struct arena *arena;
    struct lock_group *items; /* in the order in which they are locked */
    size_t count, cap;
};

/* All that the tasks lock before they run. */
struct lock_groups lock_plan(struct session *session, struct task *tasks, size_t count);
/* Whether each row that the group's sources lead to is one of its rows: ancestors in the path of a target that was
 * locked below them. */
bool lock_group_is_covered(const struct lock_group *group);

#endif
