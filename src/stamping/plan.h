/* Plans for stamping: what a table is, what it should be, and the SQL commands in between. */
#ifndef MIDAIR_SRC_STAMPING_PLAN_H
#define MIDAIR_SRC_STAMPING_PLAN_H

#include "midair/base/map.h"
#include "midair/catalog/name.h"
#include "midair/stamping/stamp.h"

enum stamp_role { ROLE_CREATED, ROLE_MODIFIED, ROLE_VERSION, STAMP_ROLES };

/* Triggers whose condition or arguments were written by another revision are made anew. */
#define STAMP_REVISION "1"
/* The functions live in the schema midair_triggers. It is not called midair: that is what people call the role, and
 * then "$user" in the search_path would lead there. */
#define STAMP_SCHEMA_COMMENT "Made by midair stamp; midair unstamp drops it when nothing is stamped any more"

enum stamp_event { STAMP_INSERT, STAMP_UPDATE, STAMP_EVENTS };

/* A trigger function of the schema midair_triggers. */
struct stamp_function {
    struct slice name;
    struct slice body;
    bool ours;           /* the role may replace and drop it */
    struct slice *users; /* oids of the tables that use it */
    size_t user_count;
};

struct stamp_plan {
    struct lease *lease;
    struct arena *arena;
    int64_t deadline;
    const struct stamp_request *request;

    bool schema_there, schema_ours;
    size_t schema_objects; /* what is in it, functions included */
    struct stamp_function *functions;
    size_t function_count;

    struct slice *commands;
    size_t command_count, command_cap;
    struct map done;      /* oids of tables that were planned, and names of functions that were made */
    struct map tables;    /* oid -> struct stamp_table of each table that is stamped now */
    struct map untouched; /* oids of children that lose their touch triggers */
    struct buf report;
};

/* One of the table's three stamp columns as it is now. */
struct stamp_column {
    struct slice name;
    struct slice ident; /* quoted */
    bool there;
    bool widen; /* of a type that holds less than a stamp needs */
};

/* A table that is to be stamped or unstamped. */
struct stamp_table {
    struct slice oid;
    struct slice ident;
    bool partitioned;

    /* What midair's triggers on it say; names absent when it has none. */
    struct slice *trigger_names;
    size_t trigger_count;
    bool enabled[STAMP_EVENTS];
    struct slice function[STAMP_EVENTS];
    struct slice stamped[STAMP_ROLES];
    struct slice added; /* letters of the columns that stamping added: c, m, v */
    struct slice revision;

    /* What its touch triggers say: how many are enabled, their function and arguments. */
    size_t touch_enabled;
    struct slice touch_function;
    struct slice touch_revision;
    struct slice *touching; /* names of constraints */
    size_t touching_count;

    struct stamp_column columns[STAMP_ROLES];
};

/* Runs a static SQL text with these parameters. */
struct err *stamp_ask(struct stamp_plan *plan, const char *sql, const char *const *values, size_t count,
                      struct rows *rows) MUST_USE;
/* Appends a command, without the semicolon. */
void stamp_command(struct stamp_plan *plan, struct slice command);

/* Reads the schema midair_triggers and its functions. */
struct err *stamp_read_schema(struct stamp_plan *plan) MUST_USE;
/* Finds the table by its name and reads midair's triggers on it. */
struct err *stamp_read_table(struct stamp_plan *plan, struct slice name, struct stamp_table *table) MUST_USE;
/* The arguments of a trigger, from tgargs in hexadecimal. */
struct slice *stamp_arguments(struct arena *arena, struct slice hex, size_t *count);
/* Reads the columns with the names in table->columns and judges their types. */
struct err *stamp_read_columns(struct stamp_plan *plan, struct stamp_table *table) MUST_USE;

/* An error about what was asked for, with a hint unless that is NULL. */
struct err *stamp_bad(struct stamp_plan *plan, const char *what, struct slice table, const char *hint);

/* Whether the function is there with this very body. */
bool stamp_function_current(const struct stamp_plan *plan, struct slice name, struct slice body);
/* Makes the schema unless it is there. */
void stamp_plan_schema(struct stamp_plan *plan);
void stamp_drop_trigger(struct stamp_plan *plan, const struct stamp_table *table, struct slice name);

struct err *stamp_plan_table(struct stamp_plan *plan, struct slice name) MUST_USE;
struct err *unstamp_plan_table(struct stamp_plan *plan, struct slice name) MUST_USE;
/* Drops functions, and then the schema, that no table uses any more. */
void unstamp_plan_schema(struct stamp_plan *plan);

/* The name and the body of the function for these columns. */
struct slice stamp_function_name(struct arena *arena, const struct stamp_table *table, enum stamp_event event);
struct slice stamp_function_body(struct arena *arena, const struct stamp_table *table, enum stamp_event event);
struct slice stamp_trigger_name(enum stamp_event event);
struct slice stamp_create_function(struct arena *arena, struct slice name, struct slice body);
struct slice stamp_create_trigger(struct arena *arena, const struct stamp_table *table, enum stamp_event event,
                                  struct slice added);

#endif
