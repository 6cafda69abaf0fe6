/* Plans: what the executor has to do, as a closed set of kinds. A plan is complete: nothing after it looks at HTTP
 * text. */
#ifndef MIDAIR_PLAN_PLAN_H
#define MIDAIR_PLAN_PLAN_H

#include "midair/plan/call.h"
#include "midair/plan/content.h"
#include "midair/plan/explain.h"
#include "midair/plan/guard.h"
#include "midair/plan/guarded_row.h"
#include "midair/plan/layout.h"
#include "midair/plan/route.h"
#include "midair/plan/setting.h"

enum plan_kind {
    PLAN_NONE, /* answered without the database's data */
    PLAN_READ_ITEM,
    PLAN_READ_LIST,
    PLAN_INSERT,      /* POST of one object */
    PLAN_INSERT_MANY, /* POST of an array, one transaction */
    PLAN_REPLACE,     /* PUT of an item */
    PLAN_PATCH,       /* PATCH of an item */
    PLAN_DELETE,      /* DELETE of an item */
    PLAN_PATCH_LIST,  /* PATCH by filter, one transaction */
    PLAN_DELETE_LIST, /* DELETE by filter, one transaction */
    PLAN_CALL,        /* a function */
    PLAN_UPSERT,      /* POST with a resolution of duplicates, one transaction */
    PLAN_BULK         /* PUT, PATCH or DELETE of an array, each element with its key and its tag, one transaction */
};

enum element_verb { ELEMENT_UPSERT, ELEMENT_PATCH, ELEMENT_DELETE };

/* One element of PLAN_WRITE_EACH. */
struct element {
    enum element_verb verb;
    struct slice *keys; /* NULL: the row has no key yet, so it is new */
    struct guard guard;
    struct preconds preconds; /* what the guard was made of */
    struct changes replace;   /* upsert: for a row that is there */
    struct changes insert;    /* upsert: for one that is not */
    struct patch patch;
    bool may_write;        /* a precondition is given, or none is needed */
    struct slice expected; /* the tag it named; absent: none */
};

/* PLAN_UPSERT: what happens to rows whose `target` is taken. */
struct upsert {
    const struct key *target;
    bool merge;         /* overwrite them; else leave them alone */
    bool may_overwrite; /* false: a precondition would be needed, so none of them may be there */
};

struct plan {
    enum plan_kind kind;
    const struct relation *relation;
    const struct slice *keys; /* items */
    bool keys_exact;
    const struct parent_path *parent_path; /* the rows lie below it; NULL: anywhere */
    struct preconds preconds;              /* as the request gave them */
    struct guarded_rows guarded_rows;      /* other rows that these and Midair-If-Match speak of */
    struct guard guard;                    /* the same for the row `keys` */
    bool conditional;                      /* the request has a precondition that counts for a write */
    struct query query;
    struct layout *layout;  /* of what is shown */
    struct patch patch;     /* PLAN_PATCH, PLAN_PATCH_LIST */
    struct changes replace; /* PLAN_REPLACE: for a row that is there */
    struct changes insert;  /* PLAN_INSERT, PLAN_REPLACE: for one that is not */
    struct batch *batches;  /* PLAN_INSERT_MANY */
    size_t batch_count;
    struct element *elements; /* PLAN_WRITE_EACH */
    size_t element_count;
    int64_t limit;  /* PLAN_READ_LIST: rows in the page; lists of writes: rows at most */
    bool counted;   /* the number of all rows is asked for */
    bool planned;   /* the planner's guess at it will do */
    bool estimated; /* the exact number up to max_rows, beyond that the planner's guess */
    bool show_rows; /* a DELETE that shows what it deleted */
    struct upsert upsert;
    const struct handler *handler; /* makes what is shown; NULL: nobody but us */
    bool features;                 /* rows are shown as GeoJSON */
    const struct explain *explain; /* EXPLAIN in the place of the work, and then a rollback; NULL: no */
    bool rollback;                 /* Prefer: tx=rollback: everything happens but the commit */
    bool singular;                 /* other than one row is an error, and nothing is changed */
    bool lenient;            /* dialect = postgrest: nobody asks for preconditions that the client does not give */
    bool alone;              /* the relation's writes do not share a transaction */
    const struct call *call; /* PLAN_CALL */
    bool idle;               /* PLAN_PATCH_LIST: no column is named, so no row is changed, or even stamped */
    bool read_only;          /* PLAN_CALL: the function does not write */
    bool capped;             /* more rows than `most_affected` are an error, and nothing is changed */
    int64_t most_affected;
    const struct settings *settings; /* of its transaction, which it has one of then; NULL: none */
};

/* Which methods a route allows: privileges, kind of relation and policy together. */
unsigned plan_methods(const struct route *route);
/* Whether writes of this relation must be conditional. `lenient` is the default where the configuration is silent. */
bool plan_needs_precondition(const struct relation *relation, enum method method, bool lenient);
/* Whether writes of this relation may share a transaction with others'. */
bool plan_alone(const struct relation *relation);

#endif
