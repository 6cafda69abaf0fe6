/* Errors that a catalog which is out of date may have caused: the request is then tried again with a new one. */
#include "request.h"

#include "midair/base/clock.h"

/* Errors of the steps before `execute` that depend on the catalog: with a newer one, the request may be fine. */
static const enum err_kind kinds[] = {
    ERR_NO_RESOURCE, ERR_NO_ROW,         ERR_BAD_QUERY, ERR_BAD_CONTENT,   ERR_BAD_VALUE,
    ERR_AMBIGUOUS,   ERR_NOT_ACCEPTABLE, ERR_FORBIDDEN, ERR_UNPROCESSABLE, ERR_METHOD_NOT_ALLOWED};

/* Errors of PostgreSQL about a statement whose relations, columns, types, functions or constraints are not those that
 * the catalog says. They may also be mistakes of views and functions in the database, or of the client. */
static const char *const codes[] = {
    "0A000", /* feature not supported, and plans whose result has another type now */
    "3F000", /* no such schema */
    "42501", /* insufficient privilege */
    "42702", /* ambiguous column */
    "42703", /* no such column */
    "42704", /* no such object, such as a type */
    "42725", /* ambiguous function */
    "42804", /* another type is needed */
    "42809", /* an object of another kind */
    "42846", /* no such cast */
    "42883", /* no such function or operator */
    "428C9", /* a generated column was given a value */
    "42P01", /* no such table */
    "42P10", /* no such unique constraint */
    "42P18", /* a type cannot be determined */
    "55000", /* a view that cannot be written */
    "XX000", /* an object that was dropped while the statement began */
};

static bool is_among(struct slice code)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (slice_eq(code, slice_of(codes[i])))
            return true;
    return false;
}

/* Content that was refused before, and is reported by `execute` after the preconditions. */
static bool is_refusal(const struct request *r, const struct err *err)
{
    return r->plan.plan.kind == PLAN_PROBE && r->plan.plan.as.probe.refusal == err;
}

bool request_is_outdated(const struct request *r, bool executed, const struct err *err)
{
    bool suspect = executed && is_among(err->code);
    for (size_t i = 0; (!executed || is_refusal(r, err)) && i < sizeof(kinds) / sizeof(*kinds); i++)
        suspect = suspect || err->kind == kinds[i];
    if (!suspect || !r->view->catalog || !r->service->is_outdated)
        return false;
    int64_t deadline = r->collect.deadline;
    return clock_now_us() < deadline && r->service->is_outdated(r->service->reread, r->whole, deadline);
}
