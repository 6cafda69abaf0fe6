/* SQL: the statements of midair, one function each. Every name is schema-qualified and quoted, every value a parameter.
 *
 * Rows come back in the order of layout->fetches. The row is called `t` in every statement. */
#ifndef MIDAIR_SQL_SQL_H
#define MIDAIR_SQL_SQL_H

#include "midair/params/query.h"
#include "midair/pg/statement.h"
#include "midair/plan/call.h"
#include "midair/plan/cascade.h"
#include "midair/plan/change.h"
#include "midair/plan/content.h"
#include "midair/plan/explain.h"
#include "midair/plan/guard.h"
#include "midair/plan/guarded_row.h"
#include "midair/plan/layout.h"
#include "midair/plan/setting.h"
#include "midair/plan/tree_digest.h"
#include "midair/sql/lock.h"

/* The rows with these keys as a layout shows them, in the order of the keys; those that are not there are left out. */
struct statement *sql_select_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows);
/* Whether each claim's two spellings are one value: one row, a cell for each. */
struct statement *sql_compare_claims(struct arena *arena, const struct relation *relation, const struct claims *claims);
/* One row by key, below `place` unless that is NULL; with a lock the row is locked until the end of the transaction. */
struct statement *sql_select_item(struct arena *arena, const struct layout *layout, const struct slice *keys,
                                  const struct parent_path *parent_path, enum lock_strength lock);
/* A page. `limit` rows at most. `counted`: two more cells a row, the number of all rows that match and whether this row
 * is one of the page (else it is there only to carry the count). */
struct statement *sql_select_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                  int64_t limit, bool counted);
/* The rows of `list`, each with two more cells: true, and whether the place is there. An empty list has one row that
 * carries the last cell alone. */
struct statement *sql_below_parent(struct arena *arena, const struct statement *list,
                                   const struct parent_path *parent_path);
/* How many rows match, but counted no further than `limit`; and the planner's view of the same rows, as JSON. */
struct statement *sql_count_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                 int64_t limit);
struct statement *sql_explain_list(struct arena *arena, const struct layout *layout, const struct query *query);
/* A page as a handler shows it: one row of what it made, how many rows that are, and with `counted` how many match. */
struct statement *sql_handle_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                  const struct handler *handler, int64_t limit, bool counted);
/* The same of rows that were written, from their texts (FETCH_WHOLE): one cell. */
struct statement *sql_handle_rows(struct arena *arena, const struct relation *relation, const struct handler *handler,
                                  const struct slice *rows, size_t count);
/* EXPLAIN of a statement, with the same parameters. */
struct statement *sql_explain(struct arena *arena, const struct statement *statement, const struct explain *explain);
/* All rows that the filters select, up to `limit`, in key order, locked. */
struct statement *sql_lock_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                int64_t limit, enum lock_strength lock);

enum conflict { CONFLICT_FAIL, CONFLICT_NOTHING };

/* INSERT of one row. CONFLICT_NOTHING speaks of the relation's key. */
struct statement *sql_insert(struct arena *arena, const struct layout *layout, const struct changes *changes,
                             enum conflict conflict);
/* INSERT of one row, or `replace` where the key is there already. One more cell tells whether the row was created. */
struct statement *sql_upsert(struct arena *arena, const struct layout *layout, const struct changes *insert,
                             const struct changes *replace);
/* INSERT of all elements of a JSON array of objects, which all have exactly `columns`; `place` gives further ones. */
struct statement *sql_insert_many(struct arena *arena, const struct layout *layout, const size_t *columns, size_t count,
                                  struct slice document, const struct parent_path *parent_path);
/* The same with ON CONFLICT on the columns of `target`: DO NOTHING, or DO UPDATE of the other columns (`merge`). One
 * more cell tells whether the row is new. */
struct statement *sql_upsert_many(struct arena *arena, const struct layout *layout, const struct batch *batch,
                                  const struct key *target, bool merge);
/* `rows` is a statement about the relation of the function's result: the same about the rows of this call. */
struct statement *sql_call(struct arena *arena, const struct call *call, const struct statement *rows);
/* Makes settings until the transaction ends; `zone`: the time zone, too. */
struct statement *sql_settings(struct arena *arena, const struct settings *settings, bool zone);
/* The settings response.headers and response.status: one row of two cells. */
struct statement *sql_reply(struct arena *arena);
/* Has deferred constraints checked now. */
struct statement *sql_check_constraints(struct arena *arena);
/* The conditional UPDATE of one row: no row comes back when key or guard did not hold. */
struct statement *sql_update_item(struct arena *arena, const struct layout *layout, const struct slice *keys,
                                  const struct guard *guard, const struct changes *changes);
/* The conditional DELETE of one row. `layout` NULL: nothing comes back but the count. */
struct statement *sql_delete_item(struct arena *arena, const struct layout *layout, const struct relation *relation,
                                  const struct slice *keys, const struct guard *guard);
/* The same change for all rows that the filters select, and their end. */
struct statement *sql_update_where(struct arena *arena, const struct layout *layout, const struct changes *changes,
                                   const struct query *query);
struct statement *sql_delete_where(struct arena *arena, const struct layout *layout, const struct query *query);
/* The same change for rows that the transaction has locked, named by their keys: keys[row][part]. */
struct statement *sql_update_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows, const struct changes *changes);
struct statement *sql_delete_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows);

/* Locks rows of `relation` in the order of their keys, each once: those that the sources name or lead to, at least one.
 * One row comes back for each. With LOCK_NONE they are only looked for. */
struct statement *sql_lock_rows(struct arena *arena, const struct relation *relation, const struct lock_source *sources,
                                size_t count, enum lock_strength lock);
/* How many rows hang on the given rows by a chain of foreign keys. */
struct statement *sql_count_children(struct arena *arena, const struct relation *relation, struct slice *const *keys,
                                     size_t rows, const struct cascade *chain);

/* One text that says which rows a tree reaches from one row, and in which states; for reach_tag(). */
struct statement *sql_tree_digest_content(struct arena *arena, const struct relation *root, const struct slice *keys,
                                          const struct tree_digest *steps);
/* Statements that lock these rows, each level before the next; the root itself must be locked FOR UPDATE before.
 * Returns their number. Rows of what cannot be locked (views, foreign tables, tables that the role may not write) are
 * left out. */
size_t sql_tree_digest_locks(struct arena *arena, const struct relation *root, const struct slice *keys,
                             const struct tree_digest *steps, struct statement ***out);

#endif
