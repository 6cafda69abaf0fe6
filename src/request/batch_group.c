/* Running an atomicity group as one unit of work (exec/unit.h), in which groups inside it are savepoints. The responses
 * are made before the commit, so that a response that is an error keeps the group from being committed. */
#include "batch.h"

#include "idempotency.h"

#include "midair/base/clock.h"
#include "midair/exec/idempotency_table.h"

/* One run of the body of a transaction. */
struct group_run {
    struct batch_run *run;
    struct batch_group *group;
    const struct idempotency *id; /* of the whole batch; NULL: none */
    bool failed;
};

static const char rolled_back[] =
    "It was rolled back, because request %zu (id %.*s) of its atomicity group failed; nothing was changed.";

static void reset_item(struct batch_item *item)
{
    struct request *r = item->request;
    if (r) {
        outcome_release(&r->execute.outcome);
        r->execute.outcome = (struct outcome){0};
    }
    if (item->refers)
        item->request = NULL;
    item->answer = NULL;
    item->err = NULL;
}

/* Sets the responses of a group that was rolled back. */
static void fail_group(struct batch_run *run, const struct batch_group *group, const struct batch_item *failed)
{
    for (size_t i = group->first; i < group->end; i++)
        if (&run->batch->items[i] != failed)
            batch_fail_dependency(run, &run->batch->items[i], rolled_back, failed);
}

/* Runs one request in the transaction. Returns an error only when the transaction has to run again, or cannot go on;
 * *ok tells whether the request succeeded. */
static struct err *run_grouped(struct unit *unit, struct batch_run *run, struct batch_item *item, bool *ok)
{
    const struct batch_item *missing = batch_failed_need(run, item);
    *ok = false;
    if (missing) {
        batch_fail_dependency(run, item, "Request %zu (id %.*s), which it depends on, failed.", missing);
        return NULL;
    }
    if (!item->request)
        batch_prepare(run, item);
    struct request *r = item->request;
    struct err *err = batch_check_room(run);
    if (!err)
        err = item->refused;
    if (!err && r->plan.plan.kind != PLAN_NONE)
        err = unit_plan(unit, &r->plan.plan, &r->execute.outcome);
    if (!err)
        err = batch_answer(item);
    if (err && db_may_retry(err))
        return err;
    item->err = err;
    *ok = !err && !unit_is_undone(unit) && item->answer->status < 400;
    return NULL;
}

static struct batch_group *child_of(struct batch_item *item, const struct batch_group *group)
{
    struct batch_group *child = item->group;
    while (child->parent != group)
        child = child->parent;
    return child;
}

static struct err *run_members(struct unit *unit, struct batch_run *run, struct batch_group *group,
                               struct batch_item **failed);

/* A group inside a group: when it fails, only what it did is undone. */
static struct err *run_savepoint(struct unit *unit, struct batch_run *run, struct batch_group *group)
{
    struct batch_item *failed = NULL;
    TRY(unit_save(unit));
    TRY(run_members(unit, run, group, &failed));
    if (!failed)
        return unit_keep(unit);
    fail_group(run, group, failed);
    return unit_back(unit);
}

/* Runs the requests and inner groups of a group, until one request fails: *failed. */
static struct err *run_members(struct unit *unit, struct batch_run *run, struct batch_group *group,
                               struct batch_item **failed)
{
    struct batch_item *items = run->batch->items;
    bool ok = true;
    *failed = NULL;
    for (size_t i = group->first; i < group->end;) {
        if (items[i].group != group) {
            struct batch_group *child = child_of(&items[i], group);
            TRY(run_savepoint(unit, run, child));
            i = child->end;
            continue;
        }
        TRY(run_grouped(unit, run, &items[i], &ok));
        if (!ok) {
            *failed = &items[i];
            return NULL;
        }
        i++;
    }
    return NULL;
}

static bool is_lockable(const struct batch_item *item)
{
    const struct request *r = item->request;
    return r && !item->refused && r->plan.plan.kind != PLAN_NONE && r->plan.plan.kind != PLAN_PROBE &&
           r->plan.plan.kind != PLAN_CALL;
}

/* Takes the locks of the requests that are known beforehand, in one order. Those of inner groups are taken when they
 * run, so that a precondition that does not hold fails only them. */
static struct err *lock_known(struct unit *unit, struct batch_run *run, const struct batch_group *group,
                              struct batch_item **failed)
{
    size_t count = 0, index = 0, most = group->end - group->first;
    const struct plan **plans = ARENA_ARRAY(run->r->arena, const struct plan *, most);
    struct batch_item **items = ARENA_ARRAY(run->r->arena, struct batch_item *, most);
    struct outcome *outcomes = ARENA_ARRAY(run->r->arena, struct outcome, most);
    for (size_t i = group->first; i < group->end; i++) {
        struct batch_item *item = &run->batch->items[i];
        if (item->group != group || !is_lockable(item))
            continue;
        items[count] = item;
        plans[count++] = &item->request->plan.plan;
    }
    struct err *err = unit_lock(unit, plans, outcomes, count, &index);
    *failed = NULL;
    if (!err && index == count)
        return NULL;
    if (err && db_may_retry(err))
        return err;
    *failed = items[index];
    items[index]->request->execute.outcome = outcomes[index];
    items[index]->err = err ? err : batch_answer(items[index]);
    return NULL;
}

static struct err *claim(struct unit *unit, struct group_run *work, bool *replayed)
{
    struct kept_response kept;
    struct executed *out = work->run->out;
    out->answer = NULL;
    *replayed = false;
    if (!work->id)
        return NULL;
    TRY(idempotency_claim(unit, work->id, &kept));
    if (!kept.status)
        return NULL;
    *replayed = true;
    out->answer = ARENA_NEW(work->run->r->arena, struct http_response);
    idempotency_unpack(work->run->r, &kept, out->answer);
    return NULL;
}

static struct err *keep(struct unit *unit, struct group_run *work)
{
    struct executed *out = work->run->out;
    if (!work->id)
        return NULL;
    for (size_t i = work->group->first; i < work->group->end; i++) { /* of an inner group that failed */
        struct batch_item *item = &work->run->batch->items[i];
        if (!item->answer)
            batch_fail(item, item->err);
    }
    struct http_response *answer = ARENA_NEW(work->run->r->arena, struct http_response);
    batch_write(work->run->r, work->run->batch, true, answer);
    struct kept_response kept = idempotency_pack(work->run->r->arena, answer);
    TRY(idempotency_keep(unit, work->id, &kept));
    out->answer = answer;
    return NULL;
}

static struct err *run_transaction(struct unit *unit, void *context)
{
    struct group_run *work = context;
    struct batch_run *run = work->run;
    struct batch_item *failed = NULL;
    bool replayed;
    work->failed = false;
    for (size_t i = work->group->first; i < work->group->end; i++)
        reset_item(&run->batch->items[i]);
    TRY(claim(unit, work, &replayed));
    if (replayed)
        return NULL;
    TRY(lock_known(unit, run, work->group, &failed));
    if (!failed)
        TRY(run_members(unit, run, work->group, &failed));
    if (!failed)
        return keep(unit, work);
    work->failed = true;
    fail_group(run, work->group, failed);
    unit_undo(unit);
    return NULL;
}

/* What the transaction has to be: read-only where no request writes or locks, and as isolated as any of them needs. */
static struct unit_terms terms_of(const struct batch_run *run, const struct batch_group *group, bool keyed)
{
    struct unit_terms terms = {.isolation = group->isolation, .read_only = !keyed};
    for (size_t i = group->first; i < group->end; i++) {
        const struct batch_item *item = &run->batch->items[i];
        bool reads = slice_eq(item->method, SLICE("GET")) || slice_eq(item->method, SLICE("HEAD"));
        const struct plan *plan = item->request ? &item->request->plan.plan : NULL;
        terms.read_only = terms.read_only && reads && !item->lock && plan && plan->lock == READ_LOCK_NONE;
        terms.rollback = terms.rollback || (plan && plan->rollback);
        if (!plan || item->refused || plan->kind == PLAN_NONE || plan->kind == PLAN_PROBE)
            continue;
        enum isolation needed = unit_isolation(run->r->arena, plan);
        terms.isolation = needed > terms.isolation ? needed : terms.isolation;
    }
    return terms;
}

/* An error of the database gets its meaning when the transaction has ended: finding it out may take statements. */
static void interpret(struct batch_item *item)
{
    struct request *r = item->request;
    const struct exec exec = request_exec(r);
    struct err *err = item->err;
    if (!err)
        return;
    if (!item->refused && r->plan.plan.kind != PLAN_NONE && r->plan.plan.kind != PLAN_CALL)
        err = unit_refusal(&exec, &r->plan.plan, err, &r->execute.outcome);
    if (err && err->kind == ERR_NO_ROW && item->err->kind != ERR_NO_ROW)
        err = item->err; /* the row may be one that the group had made */
    if (!err)
        err = batch_answer(item);
    if (err)
        batch_fail(item, r->authenticate.acts ? acting_error(r, err) : err);
}

static struct err *run_unit(struct batch_run *run, struct group_run *work)
{
    struct exec exec = request_exec(run->r);
    exec.deadline = clock_earlier(clock_now_us() + run->r->options->statement_timeout_us, run->batch->deadline);
    const struct unit_terms terms = terms_of(run, work->group, work->id != NULL);
    struct err *err = unit_run(&exec, &terms, run_transaction, work);
    if (!idempotency_is_missing(err))
        return err;
    TRY(idempotency_create(exec.db, exec.arena, exec.deadline));
    return unit_run(&exec, &terms, run_transaction, work);
}

/* Runs a group as one transaction. Only an error of the Idempotency-Key is one of the whole batch. */
struct err *batch_run_group(struct batch_run *run, struct batch_group *group, const struct idempotency *id)
{
    struct group_run work = {.run = run, .group = group, .id = id};
    struct batch_item *items = run->batch->items;
    for (size_t i = group->first; i < group->end; i++)
        if (!items[i].refers)
            batch_prepare(run, &items[i]);
    struct err *err = run_unit(run, &work);
    bool of_key = err && (err->kind == ERR_KEY_IN_USE || err->kind == ERR_KEY_REUSED || idempotency_is_missing(err));
    for (size_t i = group->first; i < group->end; i++) {
        if (!err && !run->out->answer)
            interpret(&items[i]);
        run->batch->written = run->batch->written || (!err && !work.failed && items[i].request);
        if (err && !of_key) {
            if (!items[i].request)
                batch_prepare(run, &items[i]);
            batch_fail(&items[i], err);
        }
        if (items[i].request) {
            outcome_release(&items[i].request->execute.outcome);
            items[i].request->execute.outcome = (struct outcome){0};
        }
    }
    run->failed = err || work.failed;
    return of_key || (id && err) ? err : NULL;
}
