/* Lists that need more memory than a request may use: they are sent while they are read (docs/http.md section 7). Such
 * a response has no entity tag, since the tag of a list is a digest of its content. */
#include "request.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"

#include <stdatomic.h>

enum { PART_BYTES = 256 * 1024, RETRY_US = 20000 };

struct sending {
    struct exchange *exchange;
    const struct ask *ask;
    size_t rows;
    bool opened, gone;
};

/* Requests that act as a role are left out: the cursor's transaction does not have their settings. */
bool request_has_parts(const struct request *r)
{
    const struct plan *plan = &r->plan.plan;
    return !r->authenticate.acts && execute_has_parts(plan) && exchange_may_open(r->exchange) &&
           r->collect.method == METHOD_GET && !preconds_any(&plan->preconds) && respond_has_parts(request_ask(r));
}

/* Renders and sends the rows of one part. Its arena does not outlive it. */
static bool send_rows(void *context, const struct rows *rows)
{
    struct sending *sending = context;
    struct arena *arena = arena_new(0);
    if (!sending->opened)
        respond_parts(sending->ask, &sending->exchange->out);
    sending->gone = !sending->opened && !exchange_open(sending->exchange);
    sending->opened = true;
    sending->gone =
        sending->gone || !exchange_write(sending->exchange, respond_part(arena, sending->ask, rows, sending->rows));
    sending->rows += rows->row_count;
    arena_free(arena);
    return !sending->gone;
}

/* Lists in parts hold a connection for as long as the client reads, so only a few of them run at the same time. */
static _Atomic int running;

static struct err *enter(const struct request *r)
{
    int most = r->options->parts_max;
    for (;;) {
        if (atomic_fetch_add(&running, 1) < most)
            return NULL;
        atomic_fetch_sub(&running, 1);
        if (clock_now_us() >= r->collect.deadline || wait_backoff(RETRY_US, r->collect.deadline) != WAIT_READY)
            break;
    }
    struct err *err = err_new(r->arena, ERR_BUSY, "Other large lists are being read.");
    err->retry_after = 1;
    return err;
}

struct err *request_send_parts(struct request *r, bool *opened)
{
    struct sending sending = {.exchange = r->exchange, .ask = request_ask(r)};
    TRY(enter(r));
    int64_t part_us = r->options->statement_timeout_us;
    const struct exec exec = {.db = r->service->db, .arena = r->arena, .deadline = clock_now_us() + part_us};
    struct err *err = execute_parts(&exec, &r->plan.plan, PART_BYTES, part_us, send_rows, &sending);
    atomic_fetch_sub(&running, 1);
    *opened = sending.opened;
    if (sending.opened)
        exchange_end(r->exchange, !err && !sending.gone && exchange_write(r->exchange, respond_parts_end()));
    return err;
}
