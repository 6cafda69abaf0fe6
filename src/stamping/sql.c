#include "plan.h"

#include "midair/catalog/name.h"

#include "sql_stamp_body_insert.h"
#include "sql_stamp_body_insert_partitioned.h"
#include "sql_stamp_body_update.h"
#include "sql_stamp_body_update_partitioned.h"

static const char *const marks[STAMP_ROLES] = {"@created@", "@modified@", "@version@"};

/* Returns the text with each mark replaced by the quoted column name of the table. */
static struct slice fill(struct arena *arena, const char *text, const struct stamp_table *table)
{
    struct buf buf = buf_new(arena, strlen(text) + 256);
    while (*text) {
        size_t role = 0;
        while (role < STAMP_ROLES && strncmp(text, marks[role], strlen(marks[role])) != 0)
            role++;
        if (role < STAMP_ROLES) {
            buf_put(&buf, table->columns[role].ident);
            text += strlen(marks[role]);
        } else {
            buf_byte(&buf, *text++);
        }
    }
    return buf_slice(&buf);
}

static bool default_names(const struct stamp_table *table)
{
    return slice_eq(table->columns[ROLE_CREATED].name, SLICE("created")) &&
           slice_eq(table->columns[ROLE_MODIFIED].name, SLICE("modified")) &&
           slice_eq(table->columns[ROLE_VERSION].name, SLICE("version"));
}

/* Hashes the column names with FNV-1a. The result is part of the names of functions in users' databases, so it must
 * never change. */
static uint64_t names_hash(const struct stamp_table *table)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t role = 0; role < STAMP_ROLES; role++) {
        struct slice name = table->columns[role].name;
        for (size_t i = 0; i <= name.len; i++) {
            hash ^= i < name.len ? (unsigned char)name.at[i] : 0u;
            hash *= 1099511628211u;
        }
    }
    return hash;
}

struct slice stamp_function_name(struct arena *arena, const struct stamp_table *table, enum stamp_event event)
{
    const char *verb = event == STAMP_INSERT ? "insert" : "update";
    const char *kind = table->partitioned ? "_partitioned" : "";
    if (default_names(table))
        return arena_printf(arena, "stamp_%s%s", verb, kind);
    return arena_printf(arena, "stamp_%s%s_%016llx", verb, kind, (unsigned long long)names_hash(table));
}

struct slice stamp_function_body(struct arena *arena, const struct stamp_table *table, enum stamp_event event)
{
    if (event == STAMP_INSERT)
        return fill(arena, table->partitioned ? sql_stamp_body_insert_partitioned : sql_stamp_body_insert, table);
    return fill(arena, table->partitioned ? sql_stamp_body_update_partitioned : sql_stamp_body_update, table);
}

struct slice stamp_trigger_name(enum stamp_event event)
{
    /* PostgreSQL fires triggers in the order of their names. These names sort behind those that users choose, so that
     * the stamps cover what the users' triggers have made of the row. */
    return event == STAMP_INSERT ? SLICE("zzz_midair_stamp_insert") : SLICE("zzz_midair_stamp_update");
}

struct slice stamp_create_function(struct arena *arena, struct slice name, struct slice body)
{
    return arena_printf(
        arena,
        "CREATE OR REPLACE FUNCTION midair_triggers.%.*s() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER AS "
        "$midair$%.*s$midair$",
        SLICE_ARG(name), SLICE_ARG(body));
}

/* The condition under which the insert trigger calls the function: it is false if the statement itself has stamped the
 * row correctly, as midair's own statements do. */
static const char condition_insert[] = "(NEW.@version@ = 1 AND NEW.@created@ = NEW.@modified@ "
                                       "AND NEW.@modified@ >= pg_catalog.statement_timestamp() "
                                       "AND NEW.@modified@ <= pg_catalog.clock_timestamp()) IS NOT TRUE";

/* Returns the WHEN clause of a trigger, or an empty text. Every update calls the function: PostgreSQL parses a
 * condition again for each statement, which takes longer than the function does for one row. So a statement cannot
 * stamp by itself, and on a partitioned table rows are marked that may move to another partition
 * (stamp_body_update_partitioned.sql). */
static struct slice condition(struct arena *arena, const struct stamp_table *table, enum stamp_event event)
{
    if (event == STAMP_UPDATE)
        return SLICE("");
    struct slice text = fill(arena, condition_insert, table);
    return arena_printf(arena, "WHEN (%.*s) ", SLICE_ARG(text));
}

struct slice stamp_create_trigger(struct arena *arena, const struct stamp_table *table, enum stamp_event event,
                                  struct slice added)
{
    struct slice function = stamp_function_name(arena, table, event);
    struct slice when = condition(arena, table, event);
    struct buf buf = buf_new(arena, 512);
    buf_printf(&buf, "CREATE TRIGGER %s BEFORE %s ON %.*s FOR EACH ROW %.*sEXECUTE FUNCTION midair_triggers.%.*s(",
               stamp_trigger_name(event).at, event == STAMP_INSERT ? "INSERT" : "UPDATE", SLICE_ARG(table->ident),
               SLICE_ARG(when), SLICE_ARG(function));
    for (size_t role = 0; role < STAMP_ROLES; role++) {
        buf_put(&buf, name_literal(arena, table->columns[role].name));
        BUF_LIT(&buf, ", ");
    }
    buf_printf(&buf, "'%.*s', '" STAMP_REVISION "')", SLICE_ARG(added));
    return buf_slice(&buf);
}
