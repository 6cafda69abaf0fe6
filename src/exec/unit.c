/* Units of work: the session of several plans, their tasks, and savepoints. */
#include "midair/exec/unit.h"

#include "task.h"

#include <assert.h>

/* The tasks of plans that are locked before they run. They live as long as one run of the body. */
struct waiting {
    struct task *tasks;
    size_t count;
};

struct unit {
    struct session *session;
    const struct unit_terms *terms;
    struct waiting waiting;
    size_t savepoints;
    unit_body *body;
    void *context;
};

/* ---- the session ---- */

static void release_tasks(struct unit *unit)
{
    for (size_t i = 0; i < unit->waiting.count; i++)
        task_release(&unit->waiting.tasks[i]);
    unit->waiting = (struct waiting){0};
    unit->savepoints = 0;
}

static struct err *run_body(struct session *session, void *context)
{
    struct unit *unit = context;
    unit->session = session;
    release_tasks(unit);
    struct err *err = unit->body(unit, unit->context);
    release_tasks(unit);
    return err;
}

static struct needs needs_of(const struct exec *exec, const struct unit_terms *terms)
{
    if (terms->only) {
        struct needs needs = plan_needs(exec->arena, terms->only);
        assert(needs.kind == SESSION_TRANSACTION && !needs.explain);
        return needs;
    }
    bool locks = !terms->read_only;
    return (struct needs){.kind = SESSION_TRANSACTION,
                          .isolation = terms->isolation,
                          .read_only = terms->read_only,
                          .locks = locks,
                          .prelocks = locks,
                          .several = true,
                          .rollback = terms->rollback};
}

struct err *unit_run(const struct exec *exec, const struct unit_terms *terms, unit_body *body, void *context)
{
    struct needs needs = needs_of(exec, terms);
    struct unit unit = {.terms = terms, .body = body, .context = context};
    struct session session;
    return session_run(exec, &needs, run_body, &unit, &session);
}

enum isolation unit_isolation(struct arena *arena, const struct plan *plan)
{
    struct needs needs = plan_needs(arena, plan);
    /* Alone, a read has its snapshot only because that costs nothing. */
    bool reads = plan->kind == PLAN_READ_ITEM || plan->kind == PLAN_READ_LIST;
    return reads ? ISOLATION_DEFAULT : needs.isolation;
}

struct arena *unit_arena(const struct unit *unit)
{
    return unit->session->exec->arena;
}

void unit_undo(struct unit *unit)
{
    unit->session->undo = true;
}

bool unit_is_undone(const struct unit *unit)
{
    return unit->session->undo;
}

/* ---- statements ---- */

struct err *unit_statement(struct unit *unit, const struct statement *statement, struct rows *rows)
{
    return session_statement(unit->session, statement, rows);
}

struct err *unit_statements(struct unit *unit, const struct statement *const *statements, size_t count,
                            struct rows *rows)
{
    return session_several(unit->session, statements, count, rows);
}

static struct err *savepoint(struct unit *unit, enum savepoint what)
{
    ROWS_AUTO rows = {0};
    return session_statement(unit->session, sql_savepoint(unit->session->exec->arena, what, unit->savepoints), &rows);
}

struct err *unit_save(struct unit *unit)
{
    unit->savepoints++;
    return savepoint(unit, SAVEPOINT_BEGIN);
}

struct err *unit_keep(struct unit *unit)
{
    assert(unit->savepoints);
    TRY(savepoint(unit, SAVEPOINT_RELEASE));
    unit->savepoints--;
    return NULL;
}

struct err *unit_back(struct unit *unit)
{
    assert(unit->savepoints);
    TRY(savepoint(unit, SAVEPOINT_ROLLBACK));
    unit->session->undo = false;
    return unit_keep(unit);
}

/* ---- plans ---- */

struct err *unit_lock(struct unit *unit, const struct plan *const *plans, struct outcome *outcomes, size_t count,
                      size_t *failed)
{
    struct arena *arena = unit->session->exec->arena;
    struct waiting *waiting = &unit->waiting;
    assert(waiting->count == 0);
    *failed = count;
    if (!count)
        return NULL;
    waiting->tasks = ARENA_ARRAY(arena, struct task, count);
    for (; waiting->count < count; waiting->count++) {
        size_t i = waiting->count;
        outcomes[i] = (struct outcome){0};
        waiting->tasks[i] = (struct task){.plan = plans[i], .kind = plans[i]->kind, .out = &outcomes[i]};
        task_reset(unit->session, &waiting->tasks[i]);
    }
    struct err *err = locks_take(unit->session, waiting->tasks, count, failed);
    if (err)
        return err;
    if (!unit->session->undo)
        *failed = count;
    else
        guarded_rows_end(&waiting->tasks[*failed]);
    return NULL;
}

static struct task *waiting_task(struct unit *unit, const struct plan *plan)
{
    for (size_t i = 0; i < unit->waiting.count; i++)
        if (unit->waiting.tasks[i].plan == plan)
            return &unit->waiting.tasks[i];
    return NULL;
}

/* In a transaction with one plan the settings are made at its begin. */
static struct err *set_settings(struct unit *unit, const struct plan *plan)
{
    struct arena *arena = unit->session->exec->arena;
    ROWS_AUTO rows = {0};
    if (unit->terms->only || !plan->settings)
        return NULL;
    if (slice_present(plan->settings->zone))
        return err_new(arena, ERR_BAD_FIELD, "Prefer: timezone= is not available inside an atomicity group.");
    return session_statement(unit->session, sql_settings(arena, plan->settings, false), &rows);
}

/* Ends a task whose locks are taken, or could not be. */
static struct err *work(struct unit *unit, struct task *task)
{
    TRY(set_settings(unit, task->plan));
    return task_run(task);
}

static struct err *lock_and_work(struct unit *unit, struct task *task)
{
    size_t failed = 0;
    task_reset(unit->session, task);
    TRY(locks_take(unit->session, task, 1, &failed));
    if (unit->session->undo) {
        guarded_rows_end(task);
        return NULL;
    }
    return work(unit, task);
}

struct err *unit_plan(struct unit *unit, const struct plan *plan, struct outcome *out)
{
    const struct needs *needs = unit->session->needs;
    struct task own = {.plan = plan, .kind = plan->kind, .out = out};
    struct task *locked = waiting_task(unit, plan);
    assert(!unit->session->undo && plan->kind != PLAN_NONE && !plan->explain);
    *out = (struct outcome){0};
    if (plan->kind == PLAN_PROBE)
        return plan->as.probe.refusal; /* unit_refusal() evaluates the preconditions */
    if (locked)
        locked->out = out;
    struct err *err = locked ? work(unit, locked) : lock_and_work(unit, &own);
    task_release(&own);
    const struct settings *settings = needs->settings;
    out->zoned = settings && slice_present(settings->zone) && !unit->session->zone_refused;
    if (err) {
        outcome_release(out);
        *out = (struct outcome){0};
    }
    return err;
}

struct err *unit_refusal(const struct exec *exec, const struct plan *plan, struct err *err, struct outcome *out)
{
    *out = (struct outcome){0};
    if (plan->kind == PLAN_PROBE)
        return execute(exec, plan, out);
    struct task task = {.plan = plan, .kind = plan->kind, .out = out};
    struct err *meaning = refusal_read(exec, &task, err);
    task_release(&task);
    return meaning;
}
