/* The meaning of an error of PostgreSQL for a plan, where it is more specific than what the SQLSTATE means everywhere
 * (pg/sqlstate.def). */
#include "task.h"

#define KIND(name) (1u << PLAN_##name)

enum {
    DELETES = KIND(DELETE) | KIND(DELETE_LIST) | KIND(BULK),
    INSERTS = KIND(INSERT) | KIND(INSERT_MANY) | KIND(REPLACE) | KIND(BULK),
    ITEM_WRITES = KIND(REPLACE) | KIND(PATCH) | KIND(DELETE),
    COLLECTIONS = KIND(READ_LIST) | KIND(INSERT) | KIND(INSERT_MANY) | KIND(UPSERT) | KIND(BULK) | KIND(PATCH_LIST) |
                  KIND(DELETE_LIST)
};

/* One interpretation of an error. Returns true and sets `meaning` when it applies. It may query the database, in a
 * shared session of its own, since the session of the plan is closed. */
struct reading {
    const struct exec *exec;
    struct task *task;
    struct err *err;     /* in */
    struct err *meaning; /* out: NULL when the task has an outcome instead */
};

/* ---- small sessions ---- */

struct read_one {
    const struct statement *statement;
    struct rows rows;
};

static struct err *read_one(struct session *session, void *context)
{
    struct read_one *read = context;
    return session_statement(session, read->statement, &read->rows);
}

static struct err *find_children(struct session *session, void *context)
{
    struct reading *reading = context;
    reading->meaning = children_blocked(session, reading->task, reading->err) ? NULL : reading->err;
    return NULL;
}

/* ---- interpretations ---- */

/* A DELETE that fails because of children. */
static bool blocked_by_children(struct reading *reading)
{
    const struct plan *plan = reading->task->plan;
    const struct needs needs = {0};
    struct session session;
    if (plan->kind == PLAN_BULK && (!plan->as.bulk.count || plan->as.bulk.elements[0].verb != ELEMENT_DELETE))
        return false;
    struct err *err = session_run(reading->exec, &needs, find_children, reading, &session);
    return !err && !reading->meaning;
}

/* The parent that the path names did not exist, or was deleted while a child was written. */
static bool parent_missing(struct reading *reading)
{
    const struct plan *plan = reading->task->plan;
    const struct err *err = reading->err;
    reading->meaning = no_parent(reading->exec->arena);
    return plan->parent_path && slice_eq(err->constraint, parent_path_parent(plan->parent_path)->link->name) &&
           slice_eq(err->table, plan->relation->name) && slice_eq(err->table_schema, plan->relation->schema);
}

/* Whether PostgreSQL cannot read the key of an ancestor, which then does not exist. The keys are tested alone, because
 * the failed statement had other values that may have caused the error. */
static bool parent_unreadable(struct reading *reading)
{
    const struct exec *exec = reading->exec;
    const struct parent_path *path = reading->task->plan->parent_path;
    const struct needs needs = {0};
    reading->meaning = no_parent(exec->arena);
    for (size_t i = 0; path && i < path->count; i++) {
        const struct ancestor *ancestor = &path->ancestors[i];
        if (ancestor->keys_exact)
            continue;
        const struct layout *layout = layout_for_preconds(exec->arena, ancestor->relation);
        struct read_one context = {.statement = sql_select_item(exec->arena, layout, ancestor->keys, NULL, LOCK_NONE)};
        struct session session;
        struct err *err = session_run(exec, &needs, read_one, &context, &session);
        rows_free(&context.rows);
        if (err && slice_starts(err->code, SLICE("22")))
            return true;
    }
    return false;
}

bool key_is_unreadable(const struct plan *plan, const struct err *err)
{
    bool exact = !plan->keys || plan->keys_exact;
    for (size_t i = 0; plan->parent_path && i < plan->parent_path->count; i++)
        exact = exact && plan->parent_path->ancestors[i].keys_exact;
    return !exact && slice_starts(err->code, SLICE("22"));
}

static bool key_unreadable(struct reading *reading)
{
    reading->meaning = no_row(reading->exec->arena);
    return key_is_unreadable(reading->task->plan, reading->err);
}

/* PostgreSQL reads the values of a statement before it looks for any row, but preconditions come before content (RFC
 * 9110 13.2.1). So a precondition that does not hold takes the place of the error. */
static bool precondition_failed(struct reading *reading)
{
    struct task *task = reading->task;
    const struct plan *plan = task->plan;
    if (plan->keys_exact && !preconds_any(&plan->preconds) && !plan->guarded_rows.count)
        return false;
    enum method method = plan->kind == PLAN_REPLACE ? METHOD_PUT : METHOD_PATCH;
    reading->meaning = execute_probe(reading->exec, plan, method, task->out);
    return reading->meaning || task->out->kind == OUTCOME_FAILED;
}

/* The first row that fits the error and whose interpretation applies determines what the error means. */
static const struct {
    const char *code; /* SQLSTATE, or its class; NULL: every error of the content */
    unsigned kinds;
    bool (*applies)(struct reading *reading);
} readings[] = {
    {"23503", DELETES, blocked_by_children}, {"23001", DELETES, blocked_by_children},
    {"23503", INSERTS, parent_missing},      {NULL, COLLECTIONS, parent_unreadable},
    {NULL, KIND(READ_ITEM), key_unreadable}, {NULL, ITEM_WRITES, precondition_failed},
};

struct err *refusal_read(const struct exec *exec, struct task *task, struct err *err)
{
    struct reading reading = {.exec = exec, .task = task, .err = err};
    for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++) {
        bool every = !readings[i].code;
        bool content = err->kind == ERR_BAD_VALUE || err->kind == ERR_BAD_CONTENT;
        bool fits = (readings[i].kinds & 1u << task->plan->kind) &&
                    (every ? content : slice_starts(err->code, slice_of(readings[i].code)));
        if (fits && readings[i].applies(&reading))
            return reading.meaning;
    }
    return err;
}
