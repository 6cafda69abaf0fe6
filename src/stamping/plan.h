/* Plans for stamping: what a table is, what it should be, and the SQL commands that lead from one to the other.
 *
 * All data of a plan is in its arena. The plan is made inside the transaction that also executes it, under an advisory
 * lock that allows one stamping at a time (stamp.c), so no other run can change what it has read before it commits. */
#ifndef MIDAIR_SRC_STAMPING_PLAN_H
#define MIDAIR_SRC_STAMPING_PLAN_H

#include "midair/base/map.h"
#include "midair/catalog/name.h"
#include "midair/stamping/stamp.h"

enum stamp_role { ROLE_CREATED, ROLE_MODIFIED, ROLE_VERSION, STAMP_ROLES };

/* The last argument of the stamp triggers. Triggers with another revision are created again, because their condition or
 * arguments may differ. */
#define STAMP_REVISION "2" /* 1: the update trigger had a condition */
/* The comment by which midair recognizes its schema midair_triggers, which holds the trigger functions. The schema is
 * not called midair because the role often is, and the default search_path contains "$user": unqualified names of that
 * role would then be looked up there. */
#define STAMP_SCHEMA_COMMENT "Made by midair stamp; midair unstamp drops it when nothing is stamped any more"

enum stamp_event { STAMP_INSERT, STAMP_UPDATE, STAMP_EVENTS };

/* A trigger function in the schema midair_triggers. */
struct stamp_function {
    struct slice name;
    struct slice body;
    bool ours;           /* the role may replace and drop it */
    struct slice *users; /* OIDs of the tables whose triggers call it */
    size_t user_count;
};

struct stamp_plan {
    struct lease *lease;
    struct arena *arena;
    int64_t deadline;
    const struct stamp_request *request;

    bool schema_there, schema_ours;
    size_t schema_objects; /* number of objects in the schema, functions included */
    struct stamp_function *functions;
    size_t function_count;

    struct slice *commands;
    size_t command_count, command_cap;
    struct map done;      /* OIDs of the tables that were planned, and names of the functions that this run creates */
    struct map tables;    /* OID -> struct stamp_table * of each table that this run stamps */
    struct map untouched; /* OIDs of the children that lose their touch triggers */
    struct buf report;
};

/* One of the table's three stamp columns as it is now. */
struct stamp_column {
    struct slice name;
    struct slice ident; /* the name in double quotes */
    bool there;
    bool widen; /* its type holds less than a stamp needs */
};

/* A table that is to be stamped or unstamped. */
struct stamp_table {
    struct slice oid;
    struct slice ident;
    bool partitioned;

    /* What midair's stamp triggers on the table say; names are absent if it has none. `trigger_names` includes its
     * touch triggers. */
    struct slice *trigger_names;
    size_t trigger_count;
    bool enabled[STAMP_EVENTS];
    struct slice function[STAMP_EVENTS];
    struct slice stamped[STAMP_ROLES];
    struct slice added; /* letters of the columns that stamping added: c, m, v */
    struct slice revision;

    /* What its touch triggers say: how many are enabled, their function, revision and constraints. */
    size_t touch_enabled;
    struct slice touch_function;
    struct slice touch_revision;
    struct slice *touching; /* names of the constraints by which it touches */
    size_t touching_count;

    struct stamp_column columns[STAMP_ROLES];
};

/* Runs a constant SQL text with these parameters. The caller owns *rows. Errors are those of lease_run(). */
struct err *stamp_ask(struct stamp_plan *plan, const char *sql, const char *const *values, size_t count,
                      struct rows *rows) MUST_USE;
/* Appends a copy of the command, which has no semicolon at its end. */
void stamp_command(struct stamp_plan *plan, struct slice command);

/* Reads the schema midair_triggers and its functions into the plan. */
struct err *stamp_read_schema(struct stamp_plan *plan) MUST_USE;
/* Finds the table by its name and reads midair's triggers on it into *table. Returns ERR_BAD_REQUEST if there is no
 * such table or it cannot be stamped. */
struct err *stamp_read_table(struct stamp_plan *plan, struct slice name, struct stamp_table *table) MUST_USE;
/* Returns the arguments of a trigger from pg_trigger.tgargs in hexadecimal. The list is NULL and *count 0 if the text
 * is not hexadecimal. */
struct slice *stamp_arguments(struct arena *arena, struct slice hex, size_t *count);
/* Reads the columns that are named in table->columns. Returns ERR_BAD_REQUEST if one of them cannot be a stamp because
 * of its type or use. */
struct err *stamp_read_columns(struct stamp_plan *plan, struct stamp_table *table) MUST_USE;

/* Returns an ERR_BAD_REQUEST with the text "TABLE WHAT", and a hint unless that is NULL. */
struct err *stamp_bad(struct stamp_plan *plan, const char *what, struct slice table, const char *hint);

/* Returns whether the function exists with exactly this body. */
bool stamp_function_current(const struct stamp_plan *plan, struct slice name, struct slice body);
/* Appends the commands that create the schema midair_triggers, unless it exists. */
void stamp_plan_schema(struct stamp_plan *plan);
/* Appends the command that drops a trigger of the table. */
void stamp_drop_trigger(struct stamp_plan *plan, const struct stamp_table *table, struct slice name);

/* Append the commands that stamp or unstamp one table, and a line about it to the report. A table that was planned
 * before is skipped. Errors are those of stamp_read_table() and stamp_read_columns(), and ERR_BAD_REQUEST for column
 * names that contradict each other or the present stamps. */
struct err *stamp_plan_table(struct stamp_plan *plan, struct slice name) MUST_USE;
struct err *unstamp_plan_table(struct stamp_plan *plan, struct slice name) MUST_USE;
/* Append the commands that create or drop the event trigger which tells midair of DDL, and a line to the report. Only a
 * superuser may run them. ERR_BAD_REQUEST without a channel. */
struct err *stamp_plan_watch(struct stamp_plan *plan) MUST_USE;
struct err *unstamp_plan_watch(struct stamp_plan *plan) MUST_USE;
/* Appends the commands that drop the functions, and then the schema, that no table uses any more. */
void unstamp_plan_schema(struct stamp_plan *plan);

/* Return the name and the body of the trigger function for the table's column names and kind, and the name of the
 * trigger. The body comes from a template stamp_body_*.sql and is compared with the one in the database, comments
 * included: a change of any byte makes `midair stamp` replace the functions of every stamped table. */
struct slice stamp_function_name(struct arena *arena, const struct stamp_table *table, enum stamp_event event);
struct slice stamp_function_body(struct arena *arena, const struct stamp_table *table, enum stamp_event event);
struct slice stamp_trigger_name(enum stamp_event event);
/* Return the commands that create the function and the trigger; `added` is stored in the trigger's arguments. */
struct slice stamp_create_function(struct arena *arena, struct slice name, struct slice body);
struct slice stamp_create_trigger(struct arena *arena, const struct stamp_table *table, enum stamp_event event,
                                  struct slice added);

#endif
