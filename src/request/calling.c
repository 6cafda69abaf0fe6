/* /rpc/NAME: from arguments to the answer (PostgREST's "Functions as RPC"). */
#include "arguments.h"

#include "midair/base/clock.h"
#include "midair/catalog/policy.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/http/problem.h"

static struct err *check_method(struct request *r, const struct function *function)
{
    bool reads = r->method != METHOD_POST, writes = function->volatility == VOLATILITY_VOLATILE;
    if (!reads || !writes || r->ask.postgrest)
        return NULL; /* PostgREST calls it in a transaction that cannot write */
    struct err *err = err_new(r->arena, ERR_METHOD_NOT_ALLOWED,
                              "The function may write, as far as its declaration says: call it by POST.");
    err->code = SLICE("PGRST101");
    problem_of(r->arena, err)->allow = SLICE("OPTIONS, POST");
    return err;
}

static struct err *judge_conditions(struct request *r)
{
    const struct current function = {.exists = true};
    TRY(preconds_parse(r->arena, r->method, &r->in->fields, &r->plan.preconds));
    if (r->method != METHOD_POST)
        return NULL;
    if (preconds_judge(&r->plan.preconds, METHOD_POST, &function) != VERDICT_PROCEED)
        return err_new(r->arena, ERR_PRECONDITION_FAILED, "A function has no state that a condition could hold of.");
    r->plan.preconds = (struct preconds){0};
    return NULL;
}

static struct err *uncountable(struct request *r)
{
    struct err *err = err_new(r->arena, ERR_BAD_FIELD,
                              "Function must return SETOF or TABLE when max-affected preference is used with "
                              "handling=strict");
    err->code = SLICE("PGRST128");
    return err;
}

static struct err *plan_function(struct request *r, struct call *call)
{
    const struct function *function = call->function;
    struct plan *plan = &r->plan;
    bool reads = r->method != METHOD_POST;
    plan->kind = PLAN_CALL;
    plan->as.call.call = call;
    plan->relation = function->result;
    plan->as.call.read_only = reads || function->volatility != VOLATILITY_VOLATILE;
    TRY(query_bind(r->arena, &r->params, r->schema, plan->relation, &plan->query));
    TRY(planning_aggregates(r));
    call->keeps_row = plan->query.takes_row || (plan->handler && slice_present(plan->handler->row_type));
    TRY(media_layout(r, plan->relation));
    if (r->method == METHOD_GET)
        TRY(planning_range(r)); /* RFC 9110 14.2: no other method has one */
    struct page *page = &plan->as.call.page;
    plan->as.call.cap = planning_cap(r);
    page->limit = plan->relation->policy->max_rows;
    if (plan->query.has_limit && plan->query.limit < page->limit)
        page->limit = plan->query.limit;
    /* The function makes all of its rows anyway, so each kind of count is the exact one. */
    page->total = r->ask.prefer.count != COUNT_UNSET && function->returns_set ? TOTAL_EXACT : TOTAL_NONE;
    if (plan->as.call.cap.asked && !function->returns_set)
        return uncountable(r);
    plan->singular = r->ask.envelope.kind == ENVELOPE_OBJECT && function->returns_set && !reads;
    if (!reads)
        planning_end(r);
    struct settings *settings = settings_of_call(r, function);
    plan->settings = settings;
    TRY(planning_zone(r, settings));
    return NULL;
}

static struct err *execute_call(struct request *r)
{
    struct exec exec = {.db = r->service->db, .arena = r->arena, .deadline = r->deadline};
    int64_t from = clock_now_us();
    struct err *err = execute(&exec, &r->plan, &r->outcome);
    r->database_us = clock_now_us() - from;
    if (err && err->kind == ERR_METHOD_NOT_ALLOWED)
        problem_of(r->arena, err)->allow = SLICE("OPTIONS, POST"); /* it writes */
    return err;
}

static struct err *choose(struct request *r, struct call *call)
{
    struct arguments arguments = {0};
    if (r->method == METHOD_POST)
        TRY(arguments_of_content(r, &arguments));
    else
        arguments_of_query(r, &arguments);
    const struct call_ask ask = {r->schema,       r->route.function, arguments.names,
                                 arguments.count, arguments.whole,   arguments.whole_only};
    TRY(call_choose(r->arena, r->view->catalog, &ask, call));
    arguments_fill(r, &arguments, call);
    return NULL;
}

struct err *calling(struct request *r)
{
    struct call *call = ARENA_NEW(r->arena, struct call);
    TRY(judge_conditions(r));
    TRY(choose(r, call));
    if (r->ask.profiles)
        r->ask.profile = call->function->schema;
    TRY(check_method(r, call->function));
    TRY(media_choose_call(r, call->function));
    TRY(plan_function(r, call));
    TRY(execute_call(r));
    r->ask.reply = r->outcome.reply;
    r->ask.zoned = r->outcome.zoned;
    TRY(respond_outcome(&r->ask, &r->outcome, r->out));
    if (r->method == METHOD_POST)
        response_set(r->out, "ETag", SLICE_ABSENT);
    return NULL;
}
