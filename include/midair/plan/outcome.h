/* Outcomes: the results of plans. Failures of the request or the database are `struct err`. A failed precondition is
 * an outcome, because its response shows a row. */
#ifndef MIDAIR_PLAN_OUTCOME_H
#define MIDAIR_PLAN_OUTCOME_H

#include "midair/base/rows.h"
#include "midair/plan/plan.h"
#include "midair/plan/reply.h"

enum outcome_kind {
    OUTCOME_NONE,
    OUTCOME_FOUND,     /* one row */
    OUTCOME_LIST,      /* a page */
    OUTCOME_CREATED,   /* new rows */
    OUTCOME_CHANGED,   /* rows after the change */
    OUTCOME_DELETED,   /* rows before they were deleted, if the client wants them */
    OUTCOME_FAILED,    /* a precondition does not hold: the current row, if it exists */
    OUTCOME_EXPLAINED, /* `rendered` is PostgreSQL's plan, and nothing was changed */
    OUTCOME_BLOCKED    /* a DELETE that children prevent: nothing was changed */
};

enum blocked_why {
    BLOCKED_BY_DATABASE, /* RESTRICT or NO ACTION */
    BLOCKED_REFUSED,     /* they would be deleted too: cascade_delete = refused */
    BLOCKED_UNGUARDED    /* they would be deleted too, and the precondition does not cover them */
};

/* The children that prevent a DELETE. */
struct blocked {
    enum blocked_why why;
    const struct link *link;  /* from the children to the row, or to one that would be deleted with it */
    const struct slice *keys; /* of the row; NULL: it is one of many, or not the link's parent */
    int64_t count;            /* number of children; -1: unknown */
    struct slice code;        /* SQLSTATE; absent: midair itself refuses */
    bool conditions_missing;  /* the request had no precondition: 428 (RFC 6585 3) */
};

/* A row of a write of many rows whose precondition does not hold. */
struct loser {
    struct slice *keys;
    struct slice current;  /* current opaque tag; absent: the row does not exist */
    struct slice expected; /* opaque tag in the precondition; absent: there was none */
};

struct outcome {
    enum outcome_kind kind;
    const struct layout *layout; /* of all parts */
    struct rows *parts;          /* owned: outcome_release */
    size_t part_count;
    bool many; /* shown as an array */
    int64_t affected;
    bool inserted; /* at least one row is new */
    bool has_total;
    int64_t total;  /* number of all rows that match */
    bool estimated; /* `total` is an estimate */
    struct loser *losers;
    size_t loser_count;
    const struct guarded_row
        *stale;             /* OUTCOME_FAILED because of this guarded row, which the parts show instead of the target */
    bool ancestor_holds;    /* a read whose If-Match matched an ancestor's tag */
    struct blocked blocked; /* OUTCOME_BLOCKED */
    bool zoned;             /* shown in the time zone of the plan's settings */
    struct slice rendered;  /* the output of a handler or EXPLAIN, in the arena; absent: neither was used */
    size_t rendered_rows;   /* number of rows in `rendered` that are in no part */
    const struct reply *reply; /* status and fields set by a function or handler */
    bool conditions_missing;   /* OUTCOME_FAILED because a required precondition is missing: 428 */
};

/* The number of rows in all parts. */
size_t outcome_rows(const struct outcome *outcome);
/* The error 406: the client requires exactly one row. Never NULL. */
struct err *outcome_not_single(struct arena *arena, const struct outcome *outcome);
/* Frees the rows of all parts. NULL is allowed. */
void outcome_release(struct outcome *outcome);

#endif
