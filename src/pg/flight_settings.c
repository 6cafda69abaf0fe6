#include "flight_settings.h"

#include "midair/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

bool flight_settings_needed(const struct flight *flight)
{
    PGTransactionStatusType status = PQtransactionStatus(flight->conn->pg);
    bool needed = flight->lock_timeout_us || (!flight->conn->settings->prepare && status == PQTRANS_IDLE);
    return needed && status != PQTRANS_INERROR; /* which takes nothing but its end */
}

/* For connections of PgBouncer, where a session has no settings: what set_session() (conn.c) makes elsewhere.
 * libpq does not know the server's process there, so the statement returns it first. */
static bool send_all_settings(const struct conn *conn, const char *lock_timeout)
{
    static const char sql[] =
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.set_config('lock_timeout', $1, true), "
        "pg_catalog.set_config('statement_timeout', $2, true), "
        "pg_catalog.set_config('idle_in_transaction_session_timeout', $3, true), "
        "pg_catalog.set_config('jit', 'off', true), pg_catalog.set_config('extra_float_digits', '1', true), "
        "pg_catalog.set_config('bytea_output', 'hex', true), pg_catalog.set_config('xmloption', 'content', true), "
        "pg_catalog.set_config('IntervalStyle', 'postgres', true)";
    const struct conn_settings *settings = conn->settings;
    char statement_timeout[24], idle_timeout[24];
    const char *const values[] = {lock_timeout, statement_timeout, idle_timeout};
    snprintf(statement_timeout, sizeof statement_timeout, "%lld", (long long)conn_ms(settings->statement_timeout_us));
    snprintf(idle_timeout, sizeof idle_timeout, "%lld", (long long)conn_ms(conn_idle_timeout(settings)));
    return PQsendQueryParams(conn->pg, sql, 3, NULL, values, NULL, NULL, 0);
}

bool flight_settings_send(const struct flight *flight)
{
    static const char sql[] = "SELECT pg_catalog.set_config('lock_timeout', $1, true)";
    const struct conn_settings *settings = flight->conn->settings;
    bool in_transaction = PQtransactionStatus(flight->conn->pg) != PQTRANS_IDLE && !flight->begins;
    int64_t lock_us = flight->lock_timeout_us ? flight->lock_timeout_us : settings->lock_timeout_us;
    char lock_timeout[24];
    const char *const values[] = {lock_timeout};
    snprintf(lock_timeout, sizeof lock_timeout, "%lld", lock_us == CLOCK_NEVER ? 0LL : (long long)conn_ms(lock_us));
    if (settings->prepare || in_transaction)
        return PQsendQueryParams(flight->conn->pg, sql, 1, NULL, values, NULL, NULL, 0);
    flight->conn->server_pid = 0;
    /* With the flush, the process is known while the statements behind are still waiting for locks. */
    return send_all_settings(flight->conn, lock_timeout) &&
           (!flight->locks_until || PQsendFlushRequest(flight->conn->pg));
}

void flight_settings_take(const struct flight *flight, const PGresult *result)
{
    if (result && PQntuples(result) == 1 && PQnfields(result) > 1)
        flight->conn->server_pid = atoi(PQgetvalue(result, 0, 0));
}
