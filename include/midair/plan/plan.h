/* Plans: the executor's work, as a closed set of kinds. A plan is complete: nothing after it reads HTTP text. It is in
 * the request's arena and const once planning is over. */
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
    PLAN_NONE, /* answered without data from the database */
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
    PLAN_PROBE        /* a write that is refused anyway, once its preconditions hold */
};

enum element_verb { ELEMENT_UPSERT, ELEMENT_PATCH, ELEMENT_DELETE };

struct element { /* of PLAN_BULK */
    enum element_verb verb;
    const struct json *json; /* in the content */
    struct slice *keys;      /* NULL: a new row whose key the database makes */
    struct guard guard;
    struct preconds preconds; /* the source of `guard` */
    struct changes replace;   /* upsert: if the row exists */
    struct changes insert;    /* upsert: if it does not */
    struct patch patch;
    bool may_write;        /* a precondition is given, or none is required */
    struct slice expected; /* the tag in its precondition; absent: none */
};

enum read_lock { READ_LOCK_NONE, READ_LOCK_SHARE, READ_LOCK_UPDATE };

/* The parts of the plan kinds (`as`). */
struct plan_replace {
    struct changes update; /* if the row exists */
    struct changes insert; /* if it does not */
};

struct plan_write_list {
    struct patch patch; /* PLAN_PATCH_LIST */
    struct cap cap;
    bool idle; /* PLAN_PATCH_LIST: no column is named, so no row is changed or stamped */
};

struct plan_call {
    const struct call *call;
    struct page page;
    struct cap cap;
    bool read_only; /* the function does not write */
};

struct plan_upsert {
    const struct key *target; /* the key whose conflicts are resolved */
    bool may_overwrite;       /* false: a precondition is required, so no row may exist yet */
    struct batches batches;
};

struct plan_bulk {
    struct element *elements;
    size_t count;
};

struct plan_probe {
    enum method method;
    struct err *refusal; /* the response if all preconditions hold */
};

/* The members of all kinds, and `as` for those of one kind. */
struct plan {
    enum plan_kind kind;
    /* the target */
    const struct relation *relation;
    const struct slice *keys; /* of the item; NULL: a collection */
    bool keys_exact;
    const struct parent_path *parent_path; /* ancestors of the rows; NULL: not a nested route */
    struct query query;                    /* which rows, and what is shown of them */

    /* preconditions */
    struct preconds preconds;         /* as in the request */
    struct guarded_rows guarded_rows; /* other rows that `preconds` or Midair-If-Match name */
    struct guard guard;               /* `preconds` as conditions on the row `keys` */
    bool conditional;                 /* the request has a precondition that applies to writes */
    bool lenient;                     /* dialect = postgrest: preconditions are not required by default */

    /* the representation */
    struct layout *layout;
    const struct handler *handler; /* renders the rows; NULL: midair does */
    bool features;                 /* rows are shown as GeoJSON */
    bool show_rows;                /* a DELETE returns the deleted rows */
    enum read_lock lock;           /* of the rows that a read shows, until the end of its transaction */
    bool singular;                 /* anything but one row is an error, and nothing is changed */
    bool missing_applies;          /* Prefer: missing= applies to rows that exist */
    enum duplicates duplicates;    /* PLAN_UPSERT, and PLAN_BULK made from a POST */

    /* execution */
    const struct settings *settings; /* require a transaction, in which they are set; NULL: none */
    const struct explain *explain;   /* EXPLAIN instead of the work, then a rollback; NULL: no */
    bool replies;                    /* triggers, or what runs before, may say something about the response */
    bool rollback;                   /* Prefer: tx=rollback: roll back instead of committing */
    bool enclosed;                   /* other statements run in the same transaction */
    bool alone;                      /* plan_alone() */
    /* selected by `kind`; PLAN_NONE, PLAN_READ_ITEM and PLAN_DELETE have no member */
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

/* What the plan reads, and what it calls. NULL: none. */
const struct page *plan_page(const struct plan *plan);
const struct call *plan_call(const struct plan *plan);
/* Whether writes of this relation must be conditional. `lenient` is the default if the configuration says nothing. */
bool plan_needs_precondition(const struct relation *relation, enum method method, bool lenient);
/* Whether a write of this relation must have a transaction that it shares with no other request's writes. */
bool plan_alone(const struct relation *relation);

#endif
