#include "steps.h"

#include "midair/base/map.h"

bool step_surrounded(const struct plan *plan)
{
    return plan->guarded_rows.count || plan->settings || plan->rollback;
}

bool step_reads_apart(const struct plan *plan)
{
    return step_in_transaction(plan) || plan->query.may_write;
}

uint64_t step_hash(const struct relation *relation, const struct slice *keys)
{
    uint64_t hash = map_hash(relation->ident);
    for (size_t i = 0; keys && i < relation->key.column_count; i++)
        hash = hash * 31 + map_hash(keys[i]);
    return hash;
}

struct err *step_point(const struct exec *exec, const struct plan *plan, const struct statement *statement,
                       struct rows *rows)
{
    unsigned flags = statement->writes ? POINT_WRITE | (plan->alone ? POINT_ALONE : 0) : 0;
    return db_point(exec->db, exec->arena, statement, step_hash(plan->relation, plan->keys), flags, exec->deadline,
                    rows);
}

void step_outcome(const struct exec *exec, struct outcome *out, enum outcome_kind kind, const struct layout *layout,
                  struct rows *rows)
{
    *out = (struct outcome){.kind = kind, .layout = layout, .part_count = 1, .affected = rows->affected};
    out->parts = ARENA_NEW(exec->arena, struct rows);
    out->parts[0] = *rows;
    *rows = (struct rows){0};
}

struct current step_current(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct state state;
    struct current current = {.exists = true};
    if (!layout_state(layout, rows, row, &state))
        return current;
    current.etag = current.state = layout_tag(arena, layout, rows, row);
    current.has_modified = state.kind == STAMP_VERSION;
    current.modified_us = state.moment;
    return current;
}

enum verdict step_judge(const struct exec *exec, const struct preconds *preconds, enum method method,
                        const struct layout *layout, const struct rows *rows, size_t row)
{
    struct current current = step_current(exec->arena, layout, rows, row);
    return preconds_judge(preconds, method, &current);
}

bool step_is_detoured(const struct relation *relation)
{
    return relation->rewritten || relation->vetoed;
}

bool step_has_arbiter(const struct relation *relation)
{
    bool table = relation->kind == RELATION_TABLE || relation->kind == RELATION_PARTITIONED;
    return table && relation->key.arbiter;
}

enum lock_strength step_lock(const struct relation *relation, bool for_update)
{
    if (relation->rewritten)
        return LOCK_NONE;
    return for_update ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE;
}

struct err *step_no_row(const struct exec *exec)
{
    return err_new(exec->arena, ERR_NO_ROW, "There is no row with this key.");
}

struct err *step_no_parent(const struct exec *exec)
{
    return err_new(exec->arena, ERR_NO_ROW, "There is no such parent.");
}

static struct err *read_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    ROWS_AUTO rows = {0};
    TRY(txn_main(txn, sql_select_item(exec->arena, plan->layout, plan->keys, plan->parent_path, LOCK_NONE), &rows));
    if (rows.row_count == 0)
        return step_no_row(exec);
    step_outcome(exec, out, OUTCOME_FOUND, plan->layout, &rows);
    out->ancestor_holds = txn->preconds.if_match.kind == TAGS_ANY;
    return NULL;
}

static struct err *read_item(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    ROWS_AUTO rows = {0};
    if (step_reads_apart(plan))
        return txn_read(exec, read_body, plan, out);
    const struct statement *select =
        sql_select_item(exec->arena, plan->layout, plan->keys, plan->parent_path, LOCK_NONE);
    if (plan->query.embeds || plan->query.computed)
        TRY(step_leased(exec, select, &rows));
    else
        TRY(step_point(exec, plan, select, &rows));
    if (rows.row_count == 0)
        return step_no_row(exec);
    step_outcome(exec, out, OUTCOME_FOUND, plan->layout, &rows);
    return NULL;
}

static struct err *dispatch(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    switch (plan->kind) {
    case PLAN_NONE:
        return NULL;
    case PLAN_READ_ITEM:
        return read_item(exec, plan, out);
    case PLAN_READ_LIST:
        return step_read_list(exec, plan, out);
    case PLAN_INSERT:
        return step_insert(exec, plan, out);
    case PLAN_INSERT_MANY:
        return step_insert_many(exec, plan, out);
    case PLAN_CALL:
        return step_call(exec, plan, out);
    case PLAN_UPSERT:
        return step_upsert(exec, plan, out);
    case PLAN_REPLACE:
        return step_replace(exec, plan, out);
    case PLAN_PATCH:
        return step_patch(exec, plan, out);
    case PLAN_DELETE:
        return step_delete(exec, plan, out);
    case PLAN_PATCH_LIST:
    case PLAN_DELETE_LIST:
        return step_write_list(exec, plan, out);
    case PLAN_BULK:
        return step_bulk(exec, plan, out);
    }
    return NULL;
}

/* A look by key has no value but the key: one that PostgreSQL cannot read names nothing. */
static bool is_unreadable_key(const struct plan *plan, const struct err *err)
{
    bool exact = !plan->keys || plan->keys_exact;
    for (size_t i = 0; plan->parent_path && i < plan->parent_path->count; i++)
        exact = exact && plan->parent_path->ancestors[i].keys_exact;
    return !exact && slice_starts(err->code, SLICE("22"));
}

/* The plan with a kind, which it may not have when its content was no good. */
static const struct plan *probed(struct arena *arena, const struct plan *plan, enum method method)
{
    struct plan *copy = ARENA_NEW(arena, struct plan);
    *copy = *plan;
    if (copy->kind == PLAN_NONE)
        copy->kind = method == METHOD_POST ? PLAN_INSERT : method == METHOD_PUT ? PLAN_REPLACE : PLAN_PATCH;
    return copy;
}

/* The watched rows are judged before this, the target here; nothing is written. */
static struct err *probe_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    const struct layout *layout = layout_new(exec->arena, plan->relation, NULL);
    enum method method = plan->kind == PLAN_REPLACE ? METHOD_PUT : METHOD_PATCH;
    struct current none = {0};
    enum verdict verdict;
    ROWS_AUTO rows = {0};
    txn->undo = true;
    if (!plan->keys)
        return NULL;
    TRY(txn_statement(txn, sql_select_item(exec->arena, layout, plan->keys, plan->parent_path, LOCK_UPDATE), &rows));
    if (rows.row_count == 0 && method != METHOD_PUT)
        return step_no_row(exec);
    if (rows.row_count)
        TRY(step_judge_locked(txn, &txn->preconds, method, layout, &rows, 0, &verdict));
    else
        verdict = preconds_judge(&txn->preconds, method, &none);
    if (verdict == VERDICT_FAILED)
        step_outcome(exec, out, OUTCOME_FAILED, layout, &rows);
    return NULL;
}

struct err *execute_probe(const struct exec *exec, const struct plan *plan, enum method method, struct outcome *out)
{
    *out = (struct outcome){0};
    if (plan->guarded_rows.count || plan->settings)
        return txn_run(exec, probe_body, probed(exec->arena, plan, method), out);
    ROWS_AUTO rows = {0};
    const struct layout *layout = layout_new(exec->arena, plan->relation, NULL);
    struct err *err =
        step_point(exec, plan, sql_select_item(exec->arena, layout, plan->keys, plan->parent_path, LOCK_NONE), &rows);
    if (err)
        return is_unreadable_key(plan, err) ? step_no_row(exec) : err;
    if (rows.row_count == 0 && method != METHOD_PUT)
        return step_no_row(exec);
    struct current none = {0};
    enum verdict verdict = rows.row_count ? step_judge(exec, &plan->preconds, method, layout, &rows, 0)
                                          : preconds_judge(&plan->preconds, method, &none);
    if (verdict == VERDICT_FAILED)
        step_outcome(exec, out, OUTCOME_FAILED, layout, &rows);
    return NULL;
}

/* Values are read before any row is looked for, but preconditions come before content (RFC 9110 13.2.1). */
static struct err *before_values(const struct exec *exec, const struct plan *plan, struct err *err, struct outcome *out)
{
    enum method method = plan->kind == PLAN_REPLACE ? METHOD_PUT : METHOD_PATCH;
    if (plan->kind == PLAN_READ_ITEM)
        return is_unreadable_key(plan, err) ? step_no_row(exec) : err;
    if (plan->keys_exact && !preconds_any(&plan->preconds) && !plan->guarded_rows.count)
        return err;
    TRY(execute_probe(exec, plan, method, out));
    return out->kind == OUTCOME_FAILED ? NULL : err;
}

/* The parent that the path names went away, or was never there, while a child was written. */
static bool lacks_parent(const struct plan *plan, const struct err *err)
{
    bool inserts = plan->kind == PLAN_INSERT || plan->kind == PLAN_INSERT_MANY || plan->kind == PLAN_REPLACE ||
                   plan->kind == PLAN_BULK;
    return plan->parent_path && inserts && slice_eq(err->code, SLICE("23503")) &&
           slice_eq(err->constraint, parent_path_parent(plan->parent_path)->link->name) &&
           slice_eq(err->table, plan->relation->name) && slice_eq(err->table_schema, plan->relation->schema);
}

/* Whether PostgreSQL cannot read the key of an ancestor, which then names nothing: an insert has other values too that
 * may be wrong. */
static bool parent_path_unreadable(const struct exec *exec, const struct plan *plan)
{
    for (size_t i = 0; plan->parent_path && i < plan->parent_path->count; i++) {
        const struct ancestor *ancestor = &plan->parent_path->ancestors[i];
        const struct layout *layout = layout_new(exec->arena, ancestor->relation, NULL);
        ROWS_AUTO rows = {0};
        if (ancestor->keys_exact)
            continue;
        struct statement *diagnose = sql_select_item(exec->arena, layout, ancestor->keys, NULL, LOCK_NONE);
        struct err *err = db_point(exec->db, exec->arena, diagnose, 0, 0, exec->deadline, &rows);
        if (err && slice_starts(err->code, SLICE("22")))
            return true;
    }
    return false;
}

struct err *execute(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    *out = (struct outcome){0};
    struct err *err = dispatch(exec, plan, out);
    if (err && children_explain(exec, plan, err, out))
        return NULL;
    if (err && lacks_parent(plan, err))
        return step_no_parent(exec);
    if (err && plan->kind == PLAN_READ_LIST && plan->query.filter_count == 0 && is_unreadable_key(plan, err))
        return step_no_parent(exec);
    if (err && !plan->keys && err->kind == ERR_BAD_VALUE && parent_path_unreadable(exec, plan))
        return step_no_parent(exec);
    if (err && plan->keys && err->kind == ERR_BAD_VALUE)
        return before_values(exec, plan, err, out);
    return err;
}
