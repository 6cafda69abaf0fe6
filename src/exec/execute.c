/* Running plans: opens the session that the plans need, takes their locks, and runs each plan by the function of its
 * kind. */
#include "task.h"

#include <assert.h>

/* The function for each kind of plan. */
static struct err *(*const kinds[])(struct task *task) = {
    [PLAN_READ_ITEM] = run_read_item,    [PLAN_READ_LIST] = run_read_list,
    [PLAN_INSERT] = run_insert,          [PLAN_INSERT_MANY] = run_insert_many,
    [PLAN_REPLACE] = run_replace,        [PLAN_PATCH] = run_patch,
    [PLAN_DELETE] = run_delete,          [PLAN_PATCH_LIST] = run_write_list,
    [PLAN_DELETE_LIST] = run_write_list, [PLAN_CALL] = run_call,
    [PLAN_UPSERT] = run_upsert,          [PLAN_BULK] = run_bulk,
};

/* The context of a session's body: all tasks of a request. */
struct work {
    struct task *tasks;
    size_t count;
    struct err *(*run)(struct task *task); /* used instead of the functions of the kinds; NULL: those are used */
    size_t failed; /* out: index of the task that the error came from, or because of which nothing is committed */
    bool undone;   /* out: the transaction was rolled back without an error */
};

/* Resets a task to the state before it ran, since the body of a session may run several times. */
void task_reset(struct session *session, struct task *task)
{
    task_release(task);
    outcome_release(task->out);
    *task->out = (struct outcome){0};
    task->session = session;
    task->preconds = task->plan->preconds;
    task->taken_over = false;
}

/* Ends a body that session_work() left for EXPLAIN: the explained text becomes the outcome, unless the request failed
 * before. The transaction is rolled back. */
static struct err *end_explained(struct task *task, struct err *err)
{
    struct outcome *out = task->out;
    if (err && !session_is_explained(err))
        return err;
    task->session->undo = true;
    if (out->kind == OUTCOME_FAILED || out->kind == OUTCOME_BLOCKED)
        return NULL;
    outcome_release(out);
    *out = (struct outcome){.kind = OUTCOME_EXPLAINED, .rendered = buf_slice(&task->session->explained)};
    return NULL;
}

static struct err *run_task(struct task *task, struct err *(*run)(struct task *task))
{
    struct session *session = task->session;
    struct err *err = run(task);
    if (session->needs->explain)
        err = end_explained(task, err);
    TRY(err);
    guarded_rows_end(task);
    if (session->undo)
        return NULL;
    TRY(committed_read(task));
    TRY(rendered_make(task));
    if (task->plan->singular && !task->taken_over && session_in_transaction(session) && outcome_rows(task->out) != 1)
        return outcome_not_single(task_arena(task), task->out);
    return NULL;
}

struct err *task_run(struct task *task)
{
    return run_task(task, kinds[task->kind]);
}

/* The body of the session. It may run several times (session.h), so each task is reset first. */
static struct err *run_tasks(struct session *session, void *context)
{
    struct work *work = context;
    for (size_t i = 0; i < work->count; i++)
        task_reset(session, &work->tasks[i]);
    work->failed = 0;
    TRY(locks_take(session, work->tasks, work->count, &work->failed));
    for (size_t i = 0; i < work->count && !session->undo; i++) {
        work->failed = i;
        TRY(run_task(&work->tasks[i], work->run ? work->run : kinds[work->tasks[i].kind]));
    }
    if (session->undo)
        guarded_rows_end(&work->tasks[work->failed]);
    work->undone = session->undo;
    return NULL;
}

static void forget(struct task *task)
{
    outcome_release(task->out);
    *task->out = (struct outcome){0};
}

/* Runs all tasks in one session. Afterwards, on an error, no outcome holds anything; when nothing was committed
 * although there is no error, only the outcome of work->failed does. */
static struct err *run_session(const struct exec *exec, const struct needs *needs, struct work *work)
{
    struct session session;
    struct err *err = session_run(exec, needs, run_tasks, work, &session);
    for (size_t i = 0; i < work->count; i++) {
        struct task *task = &work->tasks[i];
        task_release(task);
        task->session = NULL;
        task->out->zoned = needs->settings && slice_present(needs->settings->zone) && !session.zone_refused;
        if (err || (work->undone && i != work->failed))
            forget(task);
    }
    return err;
}

struct err *execute(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    *out = (struct outcome){0};
    if (plan->kind == PLAN_NONE)
        return NULL;
    if (plan->kind == PLAN_PROBE) {
        TRY(execute_probe(exec, plan, plan->as.probe.method, out));
        return out->kind == OUTCOME_FAILED ? NULL : plan->as.probe.refusal;
    }
    struct task task = {.plan = plan, .kind = plan->kind, .out = out};
    struct work work = {.tasks = &task, .count = 1};
    struct needs needs = plan_needs(exec->arena, plan);
    struct err *err = run_session(exec, &needs, &work);
    assert(!err || out->kind == OUTCOME_NONE);
    return err ? refusal_read(exec, &task, err) : NULL;
}

struct err *execute_probe(const struct exec *exec, const struct plan *plan, enum method method, struct outcome *out)
{
    *out = (struct outcome){0};
    struct task task = {.plan = plan, .kind = plan->kind, .out = out};
    if (task.kind == PLAN_NONE || task.kind == PLAN_PROBE)
        task.kind = method == METHOD_POST ? PLAN_INSERT : method == METHOD_PUT ? PLAN_REPLACE : PLAN_PATCH;
    struct work work = {.tasks = &task, .count = 1, .run = run_probe};
    struct needs needs = probe_needs(plan);
    struct err *err = run_session(exec, &needs, &work);
    return err && key_is_unreadable(plan, err) ? no_row(exec->arena) : err;
}
