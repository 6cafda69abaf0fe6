/* Runs the steps of a request in their order, and makes the error of the first one that fails the response. */
#include "request.h"

#include "midair/base/buf.h"
#include "midair/base/clock.h"

enum { REREADS_MAX = 6 };

#define STEP(name, place)                                                                                              \
    static struct err *run_##name(struct request *r)                                                                   \
    {                                                                                                                  \
        return step_##name(r, place);                                                                                  \
    }
#include "step.def"
#undef STEP

/* The steps that each request goes through, in this order. */
static const struct {
    const char *name;
    struct err *(*run)(struct request *r);
} steps[] = {
#define STEP(name, place) {#name, run_##name},
#include "step.def"
#undef STEP
};

static void log_failure(const struct request *r, const char *step, const struct err *err)
{
    enum log_level level = err_level(err->kind);
    struct log_line line;
    if (level < LOG_WARN && !log_enabled(LOG_DEBUG))
        return; /* errors of clients are in the access log */
    log_begin(&line, level, "request_failed");
    log_str(&line, "id", r->in->id);
    log_z(&line, "step", step);
    log_z(&line, "problem", err_name(err->kind));
    log_str(&line, "code", err->code);
    if (slice_present(err->note))
        log_str(&line, "note", err->note);
    log_end(&line);
}

/* The error for a step that needed more memory than there is for it. */
static struct err *over_memory(struct request *r)
{
    if (arena_was_short(r->arena)) {
        struct err *err =
            err_new(r->arena, ERR_MEMORY_SHORT, "The memory for requests is in use; nothing was changed.");
        err->retry_after = 1;
        return err;
    }
    return err_hint(r->arena,
                    err_new(r->arena, ERR_CONTENT_TOO_LARGE, "The request needs more memory than a request may use."),
                    "The setting request_memory in [server] is this limit.");
}

/* A field of the response must not be dropped silently, since the client may depend on it. */
static struct err *check_fields(const struct request *r)
{
    if (!r->out->too_many)
        return NULL;
    return err_new(r->arena, ERR_INTERNAL, "The response has more than %d header fields.", RESPONSE_FIELDS_MAX);
}

static void fail(struct request *r, const char *step, const struct err *err)
{
    log_failure(r, step, err);
    *r->out = (struct http_response){.close = r->out->close};
    respond_failure(request_ask(r), err, r->out);
}

/* Whether a change was committed. */
static bool has_written(const struct request *r)
{
    const struct plan *plan = &r->plan.plan;
    enum outcome_kind kind = r->execute.outcome.kind;
    if (r->execute.batch_written)
        return true;
    if (plan->rollback)
        return false;
    if (plan->kind == PLAN_CALL)
        return kind == OUTCOME_LIST && !plan->as.call.read_only;
    return kind == OUTCOME_CREATED || kind == OUTCOME_CHANGED || kind == OUTCOME_DELETED;
}

/* Handles a step that used more memory than a request may use. Once the database has answered, only the rows in the
 * response can be left out: a change that was committed must not be answered as if it had not been made, and a
 * precondition that does not hold is 412 whatever the size of the row. The limit of the arena does not make allocations
 * fail, so the short response can still be made. */
static struct err *answer_shorter(struct request *r, size_t step)
{
    bool answered = steps[step].run == run_respond;
    bool short_enough = answered && (r->out->status == 304 || r->out->status == 204);
    bool failed = r->execute.outcome.kind == OUTCOME_FAILED || (answered && r->out->status == 412);
    if (short_enough || r->too_large)
        return NULL;
    bool may_be_short = has_written(r) || failed || (!answered && r->execute.outcome.kind == OUTCOME_FOUND);
    if (!may_be_short)
        return over_memory(r);
    r->too_large = true;
    if (!answered)
        return NULL; /* the step that makes the response comes next */
    *r->out = (struct http_response){.close = r->out->close};
    return run_respond(r);
}

/* Notes when the phases of Server-Timing end; those before the first step that failed have ended. */
static void end_phase(struct request *r, size_t step)
{
    if (steps[step].run == run_decode)
        r->timing.parsed = clock_now_us();
    else if (steps[step].run == run_plan)
        r->timing.planned = clock_now_us();
    else if (steps[step].run == run_execute)
        r->timing.executed = clock_now_us();
    else if (steps[step].run == run_respond)
        r->timing.responded = clock_now_us();
}

/* Acquires a view for one request, which end() releases. The setting of the access log is taken from it, so that a
 * reload applies to requests that the front refuses as well. */
static void begin(struct request *r, const struct service *service, struct exchange *exchange)
{
    *r = (struct request){
        .exchange = exchange,
        .arena = exchange->arena,
        .in = &exchange->in,
        .out = &exchange->out,
        .service = service,
        .whole = service->acquire(service->live),
    };
    r->view = r->whole;
    r->options = r->view->options;
    exchange->log = r->options->log_requests;
}

static void end(struct request *r)
{
    outcome_release(&r->execute.outcome);
    if (r->authenticate.view)
        r->service->release_role(r->whole, r->authenticate.view);
    r->service->release(r->service->live, r->whole);
}

/* Runs the steps until the first error, and returns it with the number of its step. */
static struct err *attempt(struct request *r, size_t *step)
{
    for (*step = 0; *step < sizeof(steps) / sizeof(*steps); ++*step) {
        struct err *err = steps[*step].run(r);
        r->view = r->authenticate.view ? r->authenticate.view : r->view;
        if (!err && arena_overflowed(r->arena))
            err = answer_shorter(r, *step);
        if (r->collect.postgrest)
            end_phase(r, *step);
        if (err)
            return err;
    }
    return NULL;
}

/* Begins the request anew, with the view that is current now. Content that was read stays in the exchange. */
static void restart(struct request *r)
{
    struct exchange *exchange = r->exchange;
    end(r);
    exchange->out = (struct http_response){.close = exchange->out.close};
    begin(r, r->service, exchange);
}

static bool is_too_large_list(const struct request *r, const struct err *err)
{
    bool too_large = err->kind == ERR_CONTENT_TOO_LARGE && !arena_was_short(r->arena);
    return too_large && r->plan.plan.kind == PLAN_READ_LIST && request_has_parts(r);
}

/* The client can only see that something is missing, so each error is logged, whatever its kind. */
static void log_cut(const struct request *r, const struct err *err)
{
    struct log_line line;
    log_begin(&line, LOG_WARN, "answer_cut");
    log_str(&line, "id", r->in->id);
    log_z(&line, "problem", err_name(err->kind));
    log_str(&line, "code", err->code);
    log_str(&line, "msg", err->detail);
    log_end(&line);
}

/* Sends the rows in parts instead. Returns false when nothing was sent: then *err is the response. */
static bool send_parts(struct request *r, struct err **err)
{
    bool opened = false;
    outcome_release(&r->execute.outcome);
    r->execute.outcome = (struct outcome){0};
    *r->out = (struct http_response){.close = r->out->close};
    *err = request_send_parts(r, &opened);
    if (*err && opened)
        log_cut(r, *err);
    return opened;
}

/* The first error ends the sequence, unless a new catalog may help: then the request is tried again. Each further
 * attempt needs another change of the database. When a step fails, nothing is committed. Fields that the response could
 * not hold are an error as well. Returns false when the response has been sent already. */
static bool run_steps(struct request *r)
{
    size_t step;
    struct err *err = attempt(r, &step);
    for (int again = 0; err && again < REREADS_MAX && steps[step].run != run_respond; again++) {
        if (!request_is_outdated(r, steps[step].run == run_execute, err))
            break;
        restart(r);
        err = attempt(r, &step);
    }
    if (err && is_too_large_list(r, err) && send_parts(r, &err))
        return false;
    if (err && err->kind == ERR_CONTENT_TOO_LARGE && arena_was_short(r->arena))
        err = over_memory(r); /* it is not the request that is too large */
    if (err)
        fail(r, steps[step].name, r->authenticate.acts ? acting_error(r, err) : err);
    struct err *dropped = check_fields(r);
    if (dropped)
        fail(r, "respond", dropped);
    return true;
}

/* Appends a metric of Server-Timing, in milliseconds with three decimals. */
static void put_duration(struct buf *to, const char *name, int64_t microseconds)
{
    buf_z(to, name);
    buf_i64(to, microseconds / 1000);
    buf_byte(to, '.');
    buf_digits(to, (uint64_t)(microseconds % 1000), 3);
}

/* The phases that PostgREST names, as far as the request got. */
static void put_phases(struct buf *to, const struct request *r)
{
    const struct {
        const char *name;
        int64_t ended;
    } phases[] = {{"parse;dur=", r->timing.parsed},
                  {", plan;dur=", r->timing.planned},
                  {", transaction;dur=", r->timing.executed},
                  {", response;dur=", r->timing.responded}};
    int64_t began = r->exchange->started_us;
    for (size_t i = 0; i < sizeof(phases) / sizeof(*phases) && phases[i].ended; i++) {
        put_duration(to, phases[i].name, phases[i].ended - began);
        began = phases[i].ended;
    }
}

static void server_timing(struct request *r)
{
    int64_t total = clock_now_us() - r->exchange->started_us;
    struct buf text = buf_new(r->arena, 128);
    if (r->collect.postgrest)
        put_phases(&text, r);
    else
        put_duration(&text, "db;dur=", r->execute.database_us);
    put_duration(&text, text.len ? ", total;dur=" : "total;dur=", total);
    response_set(r->out, "Server-Timing", buf_slice(&text));
}

void pipeline_handle(void *context, struct exchange *exchange)
{
    struct request r;
    begin(&r, context, exchange);
    if (run_steps(&r))
        server_timing(&r);
    end(&r);
}

void pipeline_fail(void *context, struct exchange *exchange, const struct err *err)
{
    struct request r;
    begin(&r, context, exchange);
    struct err *ignored = step_collect(&r, &r.collect); /* an error here matters less than `err` */
    (void)ignored;
    log_failure(&r, "front", err);
    respond_failure(request_ask(&r), err, r.out);
    end(&r);
}
