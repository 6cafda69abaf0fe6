/* A statement under construction: text and parameters grow side by side. Private to sql/.
 *
 * The functions append to `b->text`. Comments show the SQL text that they append; the code must append parameters in
 * the order of the text, since $n is numbered by builder_param(). */
#ifndef MIDAIR_SQL_BUILDER_H
#define MIDAIR_SQL_BUILDER_H

#include "midair/plan/parent_path.h"
#include "midair/sql/sql.h"

struct builder {
    struct buf text;
    const char **values;
    size_t count, cap;
    struct slice alias;       /* of the current row, which columns belong to: "t", or the alias of an embed */
    bool inserts;             /* `t` is a row that this statement inserts */
    bool written;             /* `t` is the result of a write: the row and its system columns are plain columns */
    bool by_value;            /* as in struct statement */
    struct named_step *steps; /* JSON path keys that are parameters already, for reuse */
    size_t step_count, step_cap;
};

struct named_step {
    const struct json_step *step;
    size_t param;
};

struct builder builder_new(struct arena *arena);
/* Appends a quoted identifier. */
void builder_ident(struct builder *b, struct slice name);
/* Appends `t."name"` for a column of the current row, or `"schema"."function"(t.*)` for a computed field. */
void builder_column(struct builder *b, const struct relation *relation, size_t column);
/* Appends the current row as the argument of a function. */
void builder_row(struct builder *b, const struct relation *relation);
/* `, CAST(q.* AS type) AS midair_row`: keeps the row as a value for functions that take it, where a subquery would
 * lose its type. */
void builder_whole_row(struct builder *b, const struct relation *relation, const char *alias);
/* Appends $n and adds the value as its parameter; absent: SQL NULL. */
void builder_param(struct builder *b, struct slice value);
/* Adds a parameter of another statement under the next number, and its by_value flag. */
void builder_keep(struct builder *b, const struct statement *from, size_t index);
/* Makes the statement, in the arena of the builder. `writes`: it may change data. */
struct statement *builder_done(struct builder *b, bool writes);

/* `a, b, c`: the expressions of a layout. */
void builder_fetches(struct builder *b, const struct layout *layout);
/* The text before and after a write that returns rows in `layout`. If the rows show embeds or are ordered, the write
 * is a CTE from whose result they are selected. `created`: an expression for one more cell, whether the row is new;
 * NULL: no such cell. */
void builder_write(struct builder *b, const struct layout *layout);
/* The same behind `ctes` other CTEs. */
void builder_write_behind(struct builder *b, const struct layout *layout, size_t ctes);
void builder_returning(struct builder *b, const struct layout *layout, const char *created);
/* The same for several writes in one statement. Each is a CTE, between builder_write_part() and
 * builder_returning_part(); builder_select_parts() returns the rows of all of them, ordered by position. positions[i]
 * is an array in PostgreSQL's text format, with the position of each row that the part with that number writes. */
void builder_write_part(struct builder *b, const struct layout *layout, const char *created, size_t part);
void builder_returning_part(struct builder *b, const struct layout *layout, const char *created);
void builder_select_parts(struct builder *b, const struct layout *layout, const char *created,
                          const struct slice *positions, size_t parts);
/* ` OPERATOR(pg_catalog.=) `, or the equality of the type's index if an extension defines the type.
 *
 * Operators of PostgreSQL's own types are always written with their schema, so that an operator that another role
 * has created in a schema of the search_path is never called (CVE-2018-1058). */
void builder_equals(struct builder *b, const struct column *column);
/* The equality operator and a value of the column's type. */
void builder_equals_value(struct builder *b, const struct column *column, struct slice value);
/* `t."id" = $1 AND …` for one key. */
void builder_key(struct builder *b, const struct relation *relation, const struct slice *keys);
/* A FROM item with many keys, and the condition that t has one of them: `ROWS FROM (…) AS k (…) WHERE …`. `ordered`
 * adds the position of each key. */
void builder_keys(struct builder *b, const struct relation *relation, struct slice *const *keys, size_t rows,
                  bool ordered);
/* ` FOR … OF t`, or nothing for LOCK_NONE. */
void builder_lock(struct builder *b, enum lock_strength lock);
/* `WITH p0 AS … (…), …`: CTEs that lock the parents to which the changes move a row, and the condition ` AND …` by
 * which they run before the row is looked for. The result is their number. */
size_t builder_new_parents(struct builder *b, const struct relation *relation, const struct slice *keys,
                           const struct guard *guard, const struct changes *changes);
void builder_after_parents(struct builder *b, size_t count);
/* ` AND …`: the conditions of a guard. */
void builder_guard(struct builder *b, const struct relation *relation, const struct guard *guard);
/* `condition AND …`: the row t belongs to the ancestors in `parent_path`. */
void builder_parent_path(struct builder *b, const struct relation *relation, const struct parent_path *parent_path);
/* `EXISTS (…)`: all ancestors in `parent_path` exist and belong to each other. */
void builder_parent_path_exists(struct builder *b, const struct parent_path *parent_path);
/* `(SELECT …)`: the value in the parent that the foreign key's `column` refers to. */
void builder_parent_path_value(struct builder *b, const struct parent_path *parent_path, size_t column);
/* A column, or the value at a JSON path in it. */
void builder_field(struct builder *b, const struct relation *relation, size_t column, const struct json_path *path);
/* An item of select= that is not an embed. */
void builder_item(struct builder *b, const struct relation *relation, const struct bound_select *item);
/* The column that a spread embed returns for one output: JSON, or the value that an outer aggregate is computed
 * from. */
void builder_spread_output(struct builder *b, const struct relation *relation, const struct query_output *output);
/* One output as JSON. `grouped`: inside GROUP BY. */
void builder_output(struct builder *b, const struct relation *relation, const struct query_output *output,
                    bool grouped);
/* ` WHERE …` for the filters, if there are any. */
void builder_filters(struct builder *b, const struct relation *relation, const struct query *query);
/* `before` and `… AND …` for the filters; returns false and appends nothing when there are none. */
bool builder_conditions(struct builder *b, const struct relation *relation, const struct query *query,
                        const char *before);
/* ` GROUP BY …` if the query has aggregates. */
void builder_group(struct builder *b, const struct relation *relation, const struct query *query);
/* ` ORDER BY …`. Pages of one list need a fixed order, so without order= the rows are in the order of the key. */
void builder_order(struct builder *b, const struct relation *relation, const struct query *query);
void builder_key_order(struct builder *b, const struct relation *relation);
void builder_page(struct builder *b, int64_t limit, int64_t offset);

/* The embeds to join. JOINS_ALL: those shown, filtered or ordered by. JOINS_RESTRICTING: those that decide which
 * rows are returned. JOINS_SHOWN: all of them, as outer joins that never remove a row. */
enum joins { JOINS_ALL, JOINS_RESTRICTING, JOINS_SHOWN };
void builder_joins(struct builder *b, const struct query *query, enum joins joins);
/* ` FROM … LIMIT …` and `SELECT count(*) …` of a list (src/sql/select.c). */
void builder_list(struct builder *b, const struct layout *layout, const struct query *query, int64_t limit);
void builder_count(struct builder *b, const struct layout *layout, const struct query *query);
/* The current row rendered by the database, as one cell. */
void builder_rendered(struct builder *b, const struct layout *layout, enum fetch_kind kind);
/* The right-hand side of an assignment. */
void builder_value(struct builder *b, const struct relation *relation, const struct change *change);
/* `"a" = …, "version" = …`: the SET list, with the stamps. */
void builder_set(struct builder *b, const struct relation *relation, const struct changes *changes);
/* The digest of all rows on the steps from t (plan/tree_digest.h). */
void builder_tree_digest(struct builder *b, const struct tree_digest *steps);
/* `INSERT INTO … AS t`, `("a", …, stamps)` and the values of the stamps. */
void builder_insert(struct builder *b, const struct relation *relation);
void builder_insert_columns(struct builder *b, const struct relation *relation, const size_t *columns, size_t count);
void builder_first_stamps(struct builder *b, bool first);
/* ` ON CONFLICT ("id")`, which the caller completes with an action. */
void builder_arbiter(struct builder *b, const struct relation *relation, const struct key *target);
/* Whether one of the columns is GENERATED ALWAYS AS IDENTITY. */
bool builder_sets_identity(const struct relation *relation, const size_t *columns, size_t count);
/* Whether an INSERT below a parent must select the ancestors. If the path is one foreign key that PostgreSQL checks, it
 * need not; a trigger that takes the row elsewhere leaves nothing to check. */
bool builder_selects_parent_path(const struct relation *relation, const struct parent_path *parent_path);
/* Whether the statement itself writes the stamps of this relation. */
bool builder_stamps(const struct relation *relation);

#define SQL(b, literal) BUF_LIT(&(b)->text, literal)

#endif
