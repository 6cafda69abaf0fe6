/* Requests that act as a role of the database: what runs before their statements, and what errors mean to them
 * (PostgREST's "User Impersonation", "Transaction-Scoped Settings", "Pre-Request"). */
#include "request.h"

#include "midair/http/problem.h"
#include "midair/sql/sql.h"

/* The role comes last: what precedes it runs with the rights of the connection, or of the previous request in the same
 * transaction, and needs none but those of every role. */
static const struct statement *settings_statement(const struct request *r)
{
    struct settings *settings = ARENA_NEW(r->arena, struct settings);
    settings_add_request(r, settings);
    settings_add(settings, "role", r->authenticate.identity.role);
    return sql_settings(r->arena, settings, false);
}

/* What must run before each statement of a request that acts as a role: its settings and, where one is configured, the
 * function pre_request. NULL: nothing. */
static const struct statement *acting_statement(const struct request *r)
{
    if (!r->authenticate.acts)
        return NULL;
    const struct statement *settings = settings_statement(r);
    if (r->options->pre_request.len == 0)
        return settings;
    struct statement *call = sql_pre_request(r->arena, r->options->pre_request);
    call->before = settings;
    return call;
}

struct exec request_exec(const struct request *r)
{
    return (struct exec){
        .db = r->service->db, .arena = r->arena, .deadline = r->collect.deadline, .before = acting_statement(r)};
}

static bool is_unknown_role(const struct err *err)
{
    return slice_eq(err->code, SLICE("22023")) && slice_starts(err->detail, SLICE("role \"")) &&
           slice_ends(err->detail, SLICE("does not exist"));
}

struct err *acting_error(const struct request *r, struct err *err)
{
    bool unknown = is_unknown_role(err);
    bool anonymous = !r->authenticate.identity.authenticated && slice_eq(err->code, SLICE("42501"));
    if (!unknown && !(anonymous && err->kind == ERR_FORBIDDEN))
        return err;
    err->kind = ERR_UNAUTHORIZED;
    if (unknown && r->authenticate.identity.authenticated)
        problem_of(r->arena, err)->challenge =
            SLICE("Bearer error=\"invalid_token\", error_description=\"The role of the JWT does not exist\"");
    return err;
}
