/* A statement under construction: text and parameters grow side by side. Private to sql/. */
#ifndef MIDAIR_SQL_BUILDER_H
#define MIDAIR_SQL_BUILDER_H

#include "midair/plan/parent_path.h"
#include "midair/sql/sql.h"

struct builder {
    struct buf text;
    const char **values;
    size_t count, cap;
    struct slice alias; /* of the row that columns belong to: "t", or that of an embed */
    bool inserts;       /* `t` is a row that this statement inserts */
    bool written;       /* `t` is what a write gave back: system columns are plain columns of it, and so is the row */
    bool by_value;      /* as of struct statement */
    struct named_step *steps; /* keys of JSON paths that are parameters already: one expression, one text */
    size_t step_count, step_cap;
};

struct named_step {
    const struct json_step *step;
    size_t param;
};

struct builder builder_new(struct arena *arena);
/* Appends a quoted identifier. */
void builder_ident(struct builder *b, struct slice name);
/* Appends `t."name"` for a column of the row at hand, or `"schema"."function"(t.*)` for a computed field. */
void builder_column(struct builder *b, const struct relation *relation, size_t column);
/* The row at hand as a function takes it. */
void builder_row(struct builder *b, const struct relation *relation);
/* `, CAST(q.* AS type) AS midair_row`: keeps the row for that where its type gets lost. */
void builder_whole_row(struct builder *b, const struct relation *relation, const char *alias);
/* Appends $n and keeps the value as its parameter; absent: SQL NULL. */
void builder_param(struct builder *b, struct slice value);
/* Takes over a parameter of another statement, under the next number, and with it that the statement is by_value. */
void builder_keep(struct builder *b, const struct statement *from, size_t index);
/* Finishes. */
struct statement *builder_done(struct builder *b, bool writes);

/* "a, b, c": the expressions of a layout. */
void builder_fetches(struct builder *b, const struct layout *layout);
/* The beginning of a write whose rows are shown by `layout`, and its end. Rows that show embeds are selected from what
 * the write returns. `created`: an expression for one more cell, whether the row is new; NULL: none. */
void builder_write(struct builder *b, const struct layout *layout);
void builder_returning(struct builder *b, const struct layout *layout, const char *created);
/* Operators are written with their schema wherever the types are PostgreSQL's own, so that none that another role has
 * created in a schema of the search_path is ever called (CVE-2018-1058).
 * ` OPERATOR(pg_catalog.=) `, or the equality of the type's index where an extension defines the type. */
void builder_equals(struct builder *b, const struct column *column);
/* ` = ` and a value of the column's type. */
void builder_equals_value(struct builder *b, const struct column *column, struct slice value);
/* `t."id" = $1 AND …` for one key. */
void builder_key(struct builder *b, const struct relation *relation, const struct slice *keys);
/* A FROM item of many keys, and the condition that t has one of them: `ROWS FROM (…) AS k (…) WHERE …`. */
void builder_keys(struct builder *b, const struct relation *relation, struct slice *const *keys, size_t rows,
                  bool ordered);
/* ` FOR … OF t`; nothing for LOCK_NONE. */
void builder_lock(struct builder *b, enum lock_strength lock);
/* ` AND …` for a guard. */
void builder_guard(struct builder *b, const struct relation *relation, const struct guard *guard);
/* `condition AND …`: the row t lies below the place. */
void builder_parent_path(struct builder *b, const struct relation *relation, const struct parent_path *parent_path);
/* `EXISTS (…)`: the place is there. */
void builder_parent_path_exists(struct builder *b, const struct parent_path *parent_path);
/* `(SELECT …)`: the value of a link's referred column in the parent of the place. */
void builder_parent_path_value(struct builder *b, const struct parent_path *parent_path, size_t column);
/* A column, or a place inside of it. */
void builder_field(struct builder *b, const struct relation *relation, size_t column, const struct json_path *path);
/* An item of select= that is no embed. */
void builder_item(struct builder *b, const struct relation *relation, const struct bound_select *item);
/* What a spread gives outwards for one output: JSON, or what an aggregate further out is taken of. */
void builder_spread_output(struct builder *b, const struct relation *relation, const struct query_output *output);
/* One output as JSON. */
void builder_output(struct builder *b, const struct relation *relation, const struct query_output *output,
                    bool grouped);
/* ` WHERE …` for filters, if any. */
void builder_filters(struct builder *b, const struct relation *relation, const struct query *query);
/* `… AND …` for filters; false when there are none. */
bool builder_conditions(struct builder *b, const struct relation *relation, const struct query *query,
                        const char *before);
/* ` GROUP BY …` beside aggregates. */
void builder_group(struct builder *b, const struct relation *relation, const struct query *query);
/* ` ORDER BY …`: pages need an order to be pages of one list; without order= it is the key's. */
void builder_order(struct builder *b, const struct relation *relation, const struct query *query);
void builder_key_order(struct builder *b, const struct relation *relation);
void builder_page(struct builder *b, int64_t limit, int64_t offset);

/* JOIN_ALL: what is shown, filtered or ordered by. JOIN_RESTRICTING: what decides which rows there are. JOIN_SHOWN:
 * all, and none of them takes a row away. */
enum joins { JOINS_ALL, JOINS_RESTRICTING, JOINS_SHOWN };
void builder_joins(struct builder *b, const struct query *query, enum joins joins);
/* ` FROM … LIMIT …` and `SELECT count(*) …` of a list: src/sql/select.c. */
void builder_list(struct builder *b, const struct layout *layout, const struct query *query, int64_t limit);
void builder_count(struct builder *b, const struct layout *layout, const struct query *query);
/* What the database makes of the row at hand, as one cell. */
void builder_rendered(struct builder *b, const struct layout *layout, enum fetch_kind kind);
/* The right side of an assignment. */
void builder_value(struct builder *b, const struct relation *relation, const struct change *change);
/* `"a" = …, "version" = …`: the SET list, stamps included. */
void builder_set(struct builder *b, const struct relation *relation, const struct changes *changes);
/* One text for all rows of a tree from t on. */
void builder_tree_digest(struct builder *b, const struct tree_digest *steps);
/* `INSERT INTO … AS t`, `("a", …, stamps)` and the values of the stamps. */
void builder_insert(struct builder *b, const struct relation *relation);
void builder_insert_columns(struct builder *b, const struct relation *relation, const size_t *columns, size_t count);
void builder_first_stamps(struct builder *b, bool first);
/* Whether the statement itself writes the stamps of this relation. */
bool builder_stamps(const struct relation *relation);

#define SQL(b, literal) BUF_LIT(&(b)->text, literal)

#endif
