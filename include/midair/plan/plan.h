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
#include "midair/plan/page.h"
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
    PLAN_BULK,        /* PUT, PATCH or DELETE of an array, each element with its key and its tag, one transaction */
    PLAN_PROBE        /* a write that is refused when its preconditions have been found to hold */
};

enum element_verb { ELEMENT_UPSERT, ELEMENT_PATCH, ELEMENT_DELETE };

/* One element of PLAN_BULK. */
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

/* What each kind of plan has of its own. */
struct plan_replace {
    struct changes update; /* for a row that is there */
    struct changes insert; /* for one that is not */
};

struct plan_write_list {
    struct patch patch; /* PLAN_PATCH_LIST */
    struct cap cap;
    bool idle; /* PLAN_PATCH_LIST: no column is named, so no row is changed, or even stamped */
};

struct plan_call {
    const struct call *call;
    struct page page;
    struct cap cap;
    bool read_only; /* the function does not write */
};

struct plan_upsert {
    const struct key *target; /* the key whose duplicates are resolved */
    bool may_overwrite;       /* false: a precondition would be needed, so none of the rows may be there */
    struct batches batches;
};

struct plan_bulk {
    struct element *elements;
    size_t count;
};

struct plan_probe {
    enum method method;
    struct err *refusal; /* the answer when all preconditions hold */
};

/* A plan is const once its step is over. */
struct plan {
    enum plan_kind kind;

    /* what it is about */
    const struct relation *relation;
    const struct slice *keys; /* items; NULL: the collection */
    bool keys_exact;
    const struct parent_path *parent_path; /* the rows lie below it; NULL: anywhere */
    struct query query;                    /* which rows, and what of them */

    /* on which conditions */
    struct preconds preconds;         /* as the request gave them */
    struct guarded_rows guarded_rows; /* other rows that these and Midair-If-Match speak of */
    struct guard guard;               /* the same for the row `keys` */
    bool conditional;                 /* the request has a precondition that counts for a write */
    bool lenient; /* dialect = postgrest: nobody asks for preconditions that the client does not give */

    /* what is shown */
    struct layout *layout;
    const struct handler *handler; /* renders what is shown; NULL: midair does it */
    bool features;                 /* rows are shown as GeoJSON */
    bool show_rows;                /* a DELETE that shows what it deleted */
    bool singular;                 /* other than one row is an error, and nothing is changed */
    enum duplicates duplicates;    /* of PLAN_UPSERT, and of PLAN_BULK that a POST becomes */

    /* how it is run */
    const struct settings *settings; /* of its transaction, which it has one of then; NULL: none */
    const struct explain *explain;   /* EXPLAIN in the place of the work, and then a rollback; NULL: no */
    bool rollback;                   /* Prefer: tx=rollback: everything happens but the commit */
    bool alone;                      /* the relation's writes do not share a transaction */

    /* by kind; PLAN_NONE, PLAN_READ_ITEM and PLAN_DELETE have nothing of their own */
    union {
        struct plan_read_list {
            struct page page;
        } read_list;
        struct plan_insert {
            struct changes row;
        } insert;
        struct plan_insert_many {
            struct batches batches;
        } insert_many;
        struct plan_replace replace;
        struct plan_patch {
            struct patch patch;
        } patch;
        struct plan_write_list write_list; /* PLAN_PATCH_LIST, PLAN_DELETE_LIST */
        struct plan_call call;
        struct plan_upsert upsert;
        struct plan_bulk bulk;
        struct plan_probe probe;
    } as;
};

/* The page that the plan reads, and the function that it calls; NULL: none. */
const struct page *plan_page(const struct plan *plan);
const struct call *plan_call(const struct plan *plan);
/* Which methods a route allows: privileges, kind of relation and policy together. */
unsigned plan_methods(const struct route *route);
/* The same as it is shown: without reads that the role may not do. Such a read is 403 all the same, and not 405. */
unsigned plan_shown_methods(const struct route *route);
/* Whether writes of this relation must be conditional. `lenient` is the default where the configuration is silent. */
bool plan_needs_precondition(const struct relation *relation, enum method method, bool lenient);
/* Whether writes of this relation may share a transaction with others'. */
bool plan_alone(const struct relation *relation);

#endif
