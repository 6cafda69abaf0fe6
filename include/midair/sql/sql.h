/* SQL: the statements of midair, one function each. Every name is schema-qualified and quoted, and every value is a
 * parameter.
 *
 * All statements are in the arena and never NULL. Rows have the cells of layout->fetches in this order; some
 * statements add cells behind them. The target row has the alias `t` in every statement. */
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

/* The rows with these keys, in the order of the keys; rows that do not exist are missing. */
struct statement *sql_select_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows);
/* Whether the two spellings of each claim are equal: one row with one boolean cell per claim. */
struct statement *sql_compare_claims(struct arena *arena, const struct relation *relation, const struct claims *claims);
/* One row by key, if it lies below `parent_path` (may be NULL). A lock is held until the end of the transaction. */
struct statement *sql_select_item(struct arena *arena, const struct layout *layout, const struct slice *keys,
                                  const struct parent_path *parent_path, enum lock_strength lock);
/* A page of at most `limit` rows. `counted` adds two cells: the number of all matching rows, and whether this row
 * belongs to the page (if not, it only carries the count of an empty page). */
struct statement *sql_select_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                  int64_t limit, bool counted);
/* The rows of `list`, each with two more cells: true, and whether the ancestors in `parent_path` exist. For an empty
 * list there is one row, in which only the last cell is set. */
struct statement *sql_below_parent(struct arena *arena, const struct statement *list,
                                   const struct parent_path *parent_path);
/* One cell: whether the ancestors in `parent_path` exist. */
struct statement *sql_parent_path_there(struct arena *arena, const struct parent_path *parent_path);
/* The number of matching rows, counted no further than `limit`; and the planner's JSON plan of the same query, for
 * its estimate. */
struct statement *sql_count_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                 int64_t limit);
struct statement *sql_explain_list(struct arena *arena, const struct layout *layout, const struct query *query);
/* A page rendered by a handler: one row with the output, the number of rows in it, and, if `counted`, the number of
 * all matching rows. */
struct statement *sql_handle_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                  const struct handler *handler, int64_t limit, bool counted);
/* The same for rows that were written, from their texts (FETCH_WHOLE): one row of one cell. */
struct statement *sql_handle_rows(struct arena *arena, const struct relation *relation, const struct handler *handler,
                                  const struct slice *rows, size_t count);
/* DECLARE of the cursor `part` for a statement, and FETCH of its next `count` rows. */
struct statement *sql_declare(struct arena *arena, const struct statement *statement);
struct statement *sql_fetch(struct arena *arena, size_t count);
/* EXPLAIN of a statement, with the same parameters in the same order. */
struct statement *sql_explain(struct arena *arena, const struct statement *statement, const struct explain *explain);
/* At most `limit` rows that the filters select, locked in key order. */
struct statement *sql_lock_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                int64_t limit, enum lock_strength lock);

enum conflict { CONFLICT_FAIL, CONFLICT_NOTHING };

/* INSERT of one row. CONFLICT_NOTHING: if a row with the same key exists, nothing is inserted and no row is returned.
 * `names_key`: the changes contain the key, which the client chooses where the configuration says so (key.chosen). */
struct statement *sql_insert(struct arena *arena, const struct layout *layout, const struct changes *changes,
                             enum conflict conflict, bool names_key);
/* INSERT of one row, or the changes `replace` if a row with its key exists. One more cell: whether the row was
 * created. */
struct statement *sql_upsert(struct arena *arena, const struct layout *layout, const struct changes *insert,
                             const struct changes *replace);
/* Many new rows, at least one. */
struct insert_rows {
    const struct batches *batches;
    const struct parent_path *parent_path; /* sets further columns; NULL: none */
    const struct key *target;              /* whose conflicts are resolved, unless duplicates fail */
    enum duplicates duplicates;
    bool names_key; /* as of sql_insert() */
};

/* INSERT of all rows in one statement, so that they may refer to each other. Returns them in the order of the array.
 * Unless duplicates fail, there is one more cell: whether the row is new. */
struct statement *sql_insert_rows(struct arena *arena, const struct layout *layout, const struct insert_rows *rows);
/* A call of a function. `rows` is a statement on the relation of its result; it is applied to the rows that this
 * call returns. */
struct statement *sql_call(struct arena *arena, const struct call *call, const struct statement *rows);
/* Sets the settings until the end of the transaction, and TimeZone as well if `zone`. */
struct statement *sql_settings(struct arena *arena, const struct settings *settings, bool zone);
/* Calls the function `name`, as schema.name, without arguments. */
struct statement *sql_pre_request(struct arena *arena, struct slice name);
/* The settings response.headers and response.status: one row of two cells. */
struct statement *sql_reply(struct arena *arena);
/* SAVEPOINT, RELEASE and ROLLBACK TO of the savepoint with this number. */
enum savepoint { SAVEPOINT_BEGIN, SAVEPOINT_RELEASE, SAVEPOINT_ROLLBACK };
struct statement *sql_savepoint(struct arena *arena, enum savepoint what, size_t number);
/* Checks deferred constraints immediately. */
struct statement *sql_check_constraints(struct arena *arena);
/* The conditional UPDATE of one row. It returns no row if the row does not exist or the guard does not hold. With a
 * guard, the row is not locked yet: parents to which it moves are locked before it (new_parents.c). */
struct statement *sql_update_item(struct arena *arena, const struct layout *layout, const struct slice *keys,
                                  const struct guard *guard, const struct changes *changes);
/* The conditional DELETE of one row. With `layout` NULL only the number of affected rows is returned. */
struct statement *sql_delete_item(struct arena *arena, const struct layout *layout, const struct relation *relation,
                                  const struct slice *keys, const struct guard *guard);
/* UPDATE with the same changes, and DELETE, of all rows that the filters select. */
struct statement *sql_update_where(struct arena *arena, const struct layout *layout, const struct changes *changes,
                                   const struct query *query);
struct statement *sql_delete_where(struct arena *arena, const struct layout *layout, const struct query *query);
/* The same for rows that the transaction has locked, by their keys: keys[row][part]. */
struct statement *sql_update_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows, const struct changes *changes);
struct statement *sql_delete_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows);

/* Locks rows of `relation` in the order of their keys, each of them once: all rows that the sources (at least one)
 * name or lead to. Returns one row for each. LOCK_NONE finds them without locking. */
struct statement *sql_lock_rows(struct arena *arena, const struct relation *relation, const struct lock_source *sources,
                                size_t count, enum lock_strength lock, enum lock_wait wait);
/* Takes the advisory lock that stands for a relation that touches itself, until the end of the transaction. */
struct statement *sql_lock_tree(struct arena *arena, const struct relation *relation);
/* The number of rows that refer to the given rows through the chain of foreign keys. */
struct statement *sql_count_children(struct arena *arena, const struct relation *relation, struct slice *const *keys,
                                     size_t rows, const struct cascade *chain);

/* One text that identifies all rows on the steps from one row, and their states; the input of tree_digest_text(). */
struct statement *sql_tree_digest_content(struct arena *arena, const struct relation *root, const struct slice *keys,
                                          const struct tree_digest *steps);
/* Makes statements that lock these rows, parents before children, and returns their number. The caller must have
 * locked the root FOR UPDATE before. Relations that the role cannot lock (some views, foreign tables, tables without
 * write privileges) are left out. */
size_t sql_tree_digest_locks(struct arena *arena, const struct relation *root, const struct slice *keys,
                             const struct tree_digest *steps, struct statement ***out);

#endif
