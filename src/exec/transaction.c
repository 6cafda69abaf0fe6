/* The transaction of a session: BEGIN with its settings, the body, and COMMIT or ROLLBACK. */
#include "session.h"

#include "midair/plan/setting.h"
#include "midair/sql/sql.h"

#include <assert.h>

/* The mode that follows BEGIN. */
static const char *mode_of(const struct needs *needs)
{
    static const char *const modes[][2] = {
        [ISOLATION_DEFAULT] = {NULL, "ISOLATION LEVEL REPEATABLE READ READ ONLY"},
        [ISOLATION_COMMITTED] = {"ISOLATION LEVEL READ COMMITTED", "ISOLATION LEVEL READ COMMITTED READ ONLY"},
        [ISOLATION_REPEATABLE] = {"ISOLATION LEVEL REPEATABLE READ", "ISOLATION LEVEL REPEATABLE READ READ ONLY"},
        [ISOLATION_SERIALIZABLE] = {"ISOLATION LEVEL SERIALIZABLE", "ISOLATION LEVEL SERIALIZABLE READ ONLY"}};
    return modes[needs->isolation][needs->read_only];
}

static struct err *begin_with(struct session *session, bool zone)
{
    const struct exec *exec = session->exec;
    const struct settings *settings = session->needs->settings;
    const char *mode = mode_of(session->needs);
    const struct statement *first = exec->before;
    if (settings) {
        struct statement *made = sql_settings(exec->arena, settings, zone);
        made->before = exec->before;
        first = made;
    }
    if (!first)
        return lease_begin(session->lease, exec->arena, mode, exec->deadline);
    return lease_begin_with(session->lease, exec->arena, mode, first, exec->deadline);
}

/* Sends BEGIN and the settings. A time zone that PostgreSQL does not know is ignored, or is an error under Prefer:
 * handling=strict. */
static struct err *begin(struct session *session)
{
    const struct settings *settings = session->needs->settings;
    bool zone = settings && slice_present(settings->zone) && !session->zone_refused;
    struct err *err = begin_with(session, zone);
    bool refused = err && zone && slice_eq(err->code, SLICE("22023"));
    if (!refused)
        return err;
    if (settings->zone_strict)
        return zone_unknown(session->exec->arena, settings->zone);
    session->zone_refused = true;
    return begin_with(session, false);
}

/* Ends the transaction: COMMIT when the body succeeded and did not set session->undo, otherwise ROLLBACK. With Prefer:
 * tx=rollback, deferred constraints are checked before the rollback, so that the response is the one that a commit
 * would have given. */
static struct err *end(struct session *session, struct err *err)
{
    const struct exec *exec = session->exec;
    ROWS_AUTO rows = {0};
    if (!err && !session->undo && session->needs->rollback) {
        session->undo = true;
        err = session_statement(session, sql_check_constraints(exec->arena), &rows); /* as the commit would */
    }
    if (!err && !session->undo)
        err = session_in_time(session);
    if (!err && !session->undo)
        return lease_commit(session->lease, exec->arena, exec->deadline);
    lease_rollback(session->lease);
    return err;
}

struct err *transaction_attempt(struct session *session, session_body *body, void *context)
{
    assert(session->open && session->lease);
    session->explained = buf_new(session->exec->arena, 0);
    TRY(session_in_time(session));
    TRY(begin(session));
    return end(session, body(session, context));
}
