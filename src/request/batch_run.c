/* Running the requests of a batch in their order: preparing one, its response, and those that belong to no group. */
#include "batch.h"

#include "idempotency.h"

#include "midair/base/clock.h"
#include "midair/json/write.h"

/* ---- preparing ---- */

/* Runs the steps up to the plan. The first error becomes the response of the request. */
static struct err *run_steps(struct request *r)
{
    TRY(step_collect(r, &r->collect));
    TRY(step_route(r, &r->route));
    if (r->route.route.kind == ROUTE_BATCH)
        return err_new(r->arena, ERR_BAD_REQUEST, "A batch cannot contain a batch.");
    TRY(step_params(r, &r->params));
    TRY(step_allow(r, &r->allow));
    TRY(step_conditions(r, &r->conditions));
    TRY(step_decode(r, &r->decode));
    return step_plan(r, &r->plan);
}

static struct err *check_method(const struct request *r, const struct batch_item *item)
{
    if (method_of(item->method) != METHOD_UNKNOWN)
        return NULL;
    return err_new(r->arena, ERR_NOT_IMPLEMENTED, "The method %.*s is not known.",
                   SLICE_ARG(slice_head(item->method, 60)));
}

static struct err *lock_shown(const struct request *r, const struct batch_item *item)
{
    struct plan *plan = (struct plan *)(uintptr_t)&r->plan.plan;
    bool list = plan->kind == PLAN_READ_LIST, guards = plan->preconds.if_match.kind != TAGS_ABSENT;
    if (!item->group || (plan->kind != PLAN_READ_ITEM && !list))
        return NULL;
    plan->lock = item->lock;
    if (plan->lock == READ_LOCK_NONE && !list && guards)
        plan->lock = READ_LOCK_SHARE;
    if (plan->lock == READ_LOCK_NONE || !list)
        return NULL;
    if (plan->query.aggregated || plan->query.has_limit || plan->query.offset || !plan->relation->key.column_count)
        return err_new(r->arena, ERR_BAD_QUERY, "A lock is for rows with a key that filters select, without a page.");
    return NULL;
}

static struct err *check_grouped(const struct request *r, const struct batch_item *item)
{
    if (item->group && r->plan.plan.explain)
        return err_new(r->arena, ERR_BAD_REQUEST, "Execution plans are not available inside an atomicity group.");
    return lock_shown(r, item);
}

/* Makes the request of an item and its plan. An error is noted in the item. */
void batch_prepare(struct batch_run *run, struct batch_item *item)
{
    const struct request *outer = run->r;
    struct request *r = ARENA_NEW(outer->arena, struct request);
    struct exchange *exchange = ARENA_NEW(outer->arena, struct exchange);
    *exchange = (struct exchange){.arena = outer->arena, .started_us = clock_now_us()};
    *r = (struct request){.exchange = exchange,
                          .arena = outer->arena,
                          .in = &exchange->in,
                          .out = &exchange->out,
                          .service = outer->service,
                          .whole = outer->whole,
                          .view = outer->view,
                          .authenticate = outer->authenticate, /* borrowed: the batch releases its view */
                          .options = outer->options};
    item->request = r;
    r->in = &exchange->in;
    item->refused = check_method(outer, item);
    if (!item->refused)
        item->refused = batch_resolve(outer, run->batch, item, &exchange->in);
    if (!item->refused)
        item->refused = run_steps(r);
    if (!item->refused)
        item->refused = check_grouped(r, item);
    r->collect.deadline =
        clock_earlier(exchange->started_us + outer->options->statement_timeout_us, run->batch->deadline);
    if (r->collect.prefer.tx == TX_UNSET)
        r->collect.prefer.tx = outer->collect.prefer.tx;
    if (!item->refused && !request_reads(r))
        plan_end(r, &r->plan);
    r->plan.plan.enclosed = item->group || r->plan.plan.enclosed;
}

/* ---- responses ---- */

void batch_fail(struct batch_item *item, const struct err *err)
{
    item->answer = ARENA_NEW(item->request->arena, struct http_response);
    respond_failure(request_ask(item->request), err, item->answer);
}

void batch_fail_dependency(struct batch_run *run, struct batch_item *item, const char *why,
                           const struct batch_item *failed)
{
    struct arena *arena = run->r->arena;
    if (!item->request)
        item->request = ARENA_NEW(arena, struct request);
    if (!item->request->arena) {
        *item->request = *run->r;
        item->request->route.found = false;
        item->request->collect.path = item->url;
    }
    batch_fail(item,
               err_new(arena, ERR_FAILED_DEPENDENCY, why, failed->index + 1, SLICE_ARG(slice_head(failed->id, 60))));
}

bool batch_has_failed(const struct batch_item *item)
{
    return !item->answer || item->answer->status >= 400;
}

/* The path of the row that the request was about or created, and its key. */
static void note_result(struct batch_item *item)
{
    const struct request *r = item->request;
    const struct outcome *outcome = &r->execute.outcome;
    struct slice location = response_get(item->answer, "Location");
    if (!slice_present(location) || r->collect.postgrest)
        location = response_get(item->answer, "Content-Location");
    item->is_row = slice_present(location) || request_route(r)->kind == ROUTE_ITEM;
    item->path = slice_present(location) ? location : r->in->path;
    item->key = SLICE_ABSENT;
    if (outcome_rows(outcome) != 1 || !outcome->layout || outcome->layout->relation->key.column_count != 1)
        return;
    size_t part = 0;
    while (outcome->parts[part].row_count == 0)
        part++;
    const struct relation *relation = outcome->layout->relation;
    struct slice *keys = layout_keys(r->arena, outcome->layout, &outcome->parts[part], 0);
    struct buf text = buf_new(r->arena, 32);
    if (!keys)
        return;
    json_put_column(&text, relation->columns[relation->key.columns[0]].form, keys[0]);
    item->key = buf_slice(&text);
}

static bool has_changed(const struct request *r)
{
    enum outcome_kind kind = r->execute.outcome.kind;
    bool called = r->plan.plan.kind == PLAN_CALL && !r->plan.plan.as.call.read_only && kind != OUTCOME_NONE;
    return called || kind == OUTCOME_CREATED || kind == OUTCOME_CHANGED || kind == OUTCOME_DELETED || r->execute.answer;
}

/* Makes the response of a request whose plan has run. */
struct err *batch_answer(struct batch_item *item)
{
    struct request *r = item->request;
    item->answer = ARENA_NEW(r->arena, struct http_response);
    struct err *err = step_respond(r, item->answer);
    if (err)
        return err;
    note_result(item);
    return NULL;
}

/* The first request that this one needs and that failed; NULL: none. */
const struct batch_item *batch_failed_need(const struct batch_run *run, const struct batch_item *item)
{
    for (size_t i = 0; i < item->need_count; i++)
        if (batch_has_failed(&run->batch->items[item->needs[i]]))
            return &run->batch->items[item->needs[i]];
    return NULL;
}

struct err *batch_check_room(const struct batch_run *run)
{
    if (arena_overflowed(run->r->arena))
        return err_new(run->r->arena, ERR_CONTENT_TOO_LARGE, "The batch needs more memory than a request may use.");
    if (clock_now_us() >= run->batch->deadline)
        return err_new(run->r->arena, ERR_TIMEOUT, "The time of the batch is over; this request was not carried out.");
    return NULL;
}

/* ---- requests by themselves ---- */

static void run_alone(struct batch_run *run, struct batch_item *item)
{
    struct err *err = batch_check_room(run);
    batch_prepare(run, item);
    struct request *r = item->request;
    if (!err)
        err = item->refused;
    if (!err)
        err = step_execute(r, &r->execute);
    if (!err)
        err = batch_answer(item);
    if (err)
        batch_fail(item, err);
    run->failed = item->answer->status >= 400;
    run->batch->written = run->batch->written || has_changed(r);
    outcome_release(&r->execute.outcome);
    r->execute.outcome = (struct outcome){0};
}

/* ---- all of it ---- */

/* The key of the batch is that of its only transaction. */
static struct err *key_of(const struct batch_run *run, struct idempotency *id, const struct idempotency **out)
{
    const struct request *r = run->r;
    *out = NULL;
    if (!slice_present(r->collect.idempotency_key))
        return NULL;
    if (!run->batch->group_count || run->batch->groups[0]->end - run->batch->groups[0]->first != run->batch->count)
        return err_hint(r->arena,
                        err_new(r->arena, ERR_BAD_FIELD,
                                "Idempotency-Key stands for one transaction, but the requests of this batch are not "
                                "all in one atomicity group."),
                        "Put the field into the headers of the single requests.");
    *id = (struct idempotency){.key = r->collect.idempotency_key,
                               .fingerprint = idempotency_fingerprint(r),
                               .seconds = r->options->idempotency_keep_us / 1000000};
    *out = id;
    return NULL;
}

static struct err *run_next(struct batch_run *run, struct batch_item *item, const struct idempotency *id, size_t *next)
{
    struct batch_group *group = item->group;
    const struct batch_item *missing = group ? NULL : batch_failed_need(run, item);
    while (group && group->parent)
        group = group->parent;
    *next = group ? group->end : item->index + 1;
    if (missing)
        batch_fail_dependency(run, item, "Request %zu (id %.*s), which it depends on, failed.", missing);
    else if (group)
        return batch_run_group(run, group, id);
    else
        run_alone(run, item);
    return NULL;
}

struct err *batch_run(const struct request *r, struct batch_document *batch, struct executed *out)
{
    struct batch_run run = {.r = r, .batch = batch, .out = out};
    struct idempotency id;
    const struct idempotency *key;
    const struct batch_item *stopped = NULL;
    TRY(key_of(&run, &id, &key));
    for (size_t i = 0, next; i < batch->count; i = next) {
        next = i + 1;
        if (stopped)
            batch_fail_dependency(&run, &batch->items[i],
                                  "It was not carried out, because request %zu (id %.*s) failed before.", stopped);
        else
            TRY(run_next(&run, &batch->items[i], key, &next));
        if (out->answer)
            return NULL;
        for (size_t k = i; k < next && run.failed && !stopped && r->collect.prefer.continues != CONTINUE_TRUE; k++)
            if (batch_has_failed(&batch->items[k]) && batch->items[k].answer->status != 424)
                stopped = &batch->items[k];
    }
    return NULL;
}
