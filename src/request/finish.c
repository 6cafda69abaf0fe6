#include "request.h"

#include "midair/base/clock.h"

struct err *step_execute(struct request *r)
{
    struct exec exec = {.db = r->service->db, .arena = r->arena, .deadline = r->deadline};
    if (r->outcome.kind == OUTCOME_FAILED)
        return NULL; /* the plan could not be made, and a precondition had failed before that */
    int64_t from = clock_now_us();
    struct err *err = execute(&exec, &r->plan, &r->outcome);
    r->database_us = clock_now_us() - from;
    return err;
}

struct err *step_respond(struct request *r)
{
    r->ask.zoned = r->outcome.zoned;
    r->ask.reply = r->outcome.reply;
    return respond_outcome(&r->ask, &r->outcome, r->out);
}
