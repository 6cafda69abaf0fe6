/* Outcomes: what came of a plan. Failures of the request or the database are `struct err`; a failed precondition is an
 * outcome, since its answer shows a row. */
#ifndef MIDAIR_PLAN_OUTCOME_H
#define MIDAIR_PLAN_OUTCOME_H

#include "midair/base/rows.h"
#include "midair/plan/plan.h"
#include "midair/plan/reply.h"

enum outcome_kind {
    OUTCOME_NONE,
    OUTCOME_FOUND,     /* one row */
    OUTCOME_LIST,      /* a page */
    OUTCOME_CREATED,   /* rows that are new */
    OUTCOME_CHANGED,   /* rows as they are now */
    OUTCOME_DELETED,   /* rows as they were, if asked for */
    OUTCOME_FAILED,    /* a precondition does not hold: the row as it is now, if it is there */
    OUTCOME_EXPLAINED, /* `made` is PostgreSQL's plan, and nothing was changed */
    OUTCOME_BLOCKED    /* a DELETE that children stand in the way of: nothing was changed */
};

enum blocked_why {
    BLOCKED_BY_DATABASE, /* RESTRICT or NO ACTION */
    BLOCKED_REFUSED,     /* they would go with the row: cascade_delete = refused */
    BLOCKED_UNGUARDED    /* they would go with the row, and the client has not shown that it knows them */
};

/* What stands in the way of a DELETE. */
struct blocked {
    enum blocked_why why;
    const struct link *link;  /* from the row, or from one that would go with it, to the children */
    const struct slice *keys; /* of the row; NULL when it is one of many, or not the link's own parent */
    int64_t count;            /* children; -1: not known */
    struct slice code;        /* SQLSTATE; absent: ours */
    bool conditions_missing;  /* there was no precondition at all: 428 */
};

/* An element of a write of many rows whose precondition does not hold. */
struct loser {
    struct slice *keys;
    struct slice current;  /* opaque tag now; absent: the row is not there */
    struct slice expected; /* opaque tag that was demanded; absent: none was given */
};

struct outcome {
    enum outcome_kind kind;
    const struct layout *layout; /* of all parts */
    struct rows *parts;          /* owned: outcome_release */
    size_t part_count;
    bool many; /* shown as an array */
    int64_t affected;
    bool inserted; /* some of the rows are new, others were there */
    bool has_total;
    int64_t total;  /* rows that match in all */
    bool estimated; /* `total` is a guess */
    struct loser *losers;
    size_t loser_count;
    const struct guarded_row
        *stale;                /* OUTCOME_FAILED because of this row, which the parts show instead of the target */
    bool ancestor_holds;       /* a read whose If-Match holds by an ancestor's tag */
    struct blocked blocked;    /* OUTCOME_BLOCKED */
    bool zoned;                /* shown in the time zone that the plan's settings name */
    struct slice rendered;     /* what a handler or EXPLAIN said, in the arena; absent: nobody was asked */
    size_t rendered_rows;      /* rows in it that are in no part */
    const struct reply *reply; /* what a function or a handler says about the answer */
    bool conditions_missing;   /* OUTCOME_FAILED because a precondition was required and not given: 428 */
};

/* Rows in all parts. */
size_t outcome_rows(const struct outcome *outcome);
/* 406: the client asked for exactly one row. */
struct err *outcome_not_single(struct arena *arena, const struct outcome *outcome);
/* Gives back what the parts hold. NULL is allowed. */
void outcome_release(struct outcome *outcome);

#endif
