#include "midair/sql/idempotency.h"

#include "builder.h"

/* A key belongs to the role that used it first. Users that share a role are told apart by the claim `sub`. */
#define SUBJECT "COALESCE(NULLIF(pg_catalog.current_setting('request.jwt.claims', true), '')::json ->> 'sub', '')"

/* Every role that midair serves may use the table, and row security shows it its own rows only. */
static const struct slice commands[IDEMPOTENCY_COMMANDS] = {
    SLICE_LITERAL("SELECT pg_catalog.pg_advisory_xact_lock(7882822930457420)"),
    SLICE_LITERAL("CREATE SCHEMA IF NOT EXISTS midair"),
    SLICE_LITERAL("CREATE TABLE IF NOT EXISTS midair.idempotency (\n"
                  "    role name NOT NULL DEFAULT current_user,\n"
                  "    subject text NOT NULL,\n"
                  "    key text NOT NULL,\n"
                  "    fingerprint text NOT NULL,\n"
                  "    status integer NOT NULL,\n"
                  "    fields bytea NOT NULL,\n"
                  "    body bytea NOT NULL,\n"
                  "    expires timestamptz NOT NULL,\n"
                  "    PRIMARY KEY (role, subject, key)\n"
                  ")"),
    SLICE_LITERAL("CREATE INDEX IF NOT EXISTS idempotency_expires ON midair.idempotency (expires)"),
    SLICE_LITERAL("DO $midair$\n"
                  "BEGIN\n"
                  "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy\n"
                  "                   WHERE polrelid = 'midair.idempotency'::regclass AND polname = 'own') THEN\n"
                  "        CREATE POLICY own ON midair.idempotency USING (role = current_user);\n"
                  "        ALTER TABLE midair.idempotency ENABLE ROW LEVEL SECURITY;\n"
                  "    END IF;\n"
                  "END\n"
                  "$midair$"),
    SLICE_LITERAL("DO $midair$\n"
                  "BEGIN\n"
                  "    GRANT USAGE ON SCHEMA midair TO PUBLIC;\n"
                  "    GRANT SELECT, INSERT, UPDATE, DELETE ON midair.idempotency TO PUBLIC;\n"
                  "END\n"
                  "$midair$"),
};

struct slice sql_idempotency_command(size_t index)
{
    return commands[index];
}

struct statement *sql_idempotency_create(struct arena *arena, size_t index)
{
    struct builder b = builder_new(arena);
    buf_put(&b.text, commands[index]);
    return builder_done(&b, true);
}

/* The lock is a number, so two keys may share one. Then the second request is told that its key is in use, which is
 * harmless. */
struct statement *sql_idempotency_lock(struct arena *arena, struct slice key)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended(pg_catalog.concat_ws(E'\\n', "
            "'midair', current_user, " SUBJECT ", ");
    builder_param(&b, key);
    SQL(&b, "::text), 0))");
    return builder_done(&b, false);
}

struct statement *sql_idempotency_find(struct arena *arena, struct slice key)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT i.fingerprint, i.status, i.fields, i.body FROM midair.idempotency AS i "
            "WHERE i.role OPERATOR(pg_catalog.=) current_user AND i.subject OPERATOR(pg_catalog.=) " SUBJECT
            " AND i.key OPERATOR(pg_catalog.=) ");
    builder_param(&b, key);
    SQL(&b, " AND i.expires OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp()");
    return builder_done(&b, false);
}

struct statement *sql_idempotency_keep(struct arena *arena, struct slice key, struct slice fingerprint, int status,
                                       struct slice fields, struct slice body, int64_t seconds)
{
    struct builder b = builder_new(arena);
    SQL(&b, "WITH expired AS (DELETE FROM midair.idempotency AS e WHERE e.ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
            "SELECT o.ctid FROM midair.idempotency AS o WHERE o.expires OPERATOR(pg_catalog.<) "
            "pg_catalog.statement_timestamp() - interval '1 minute' AND o.key OPERATOR(pg_catalog.<>) ");
    builder_param(&b, key);
    SQL(&b, " ORDER BY o.expires LIMIT 3 FOR UPDATE SKIP LOCKED))) "
            "INSERT INTO midair.idempotency AS i (subject, key, fingerprint, status, fields, body, expires) "
            "VALUES (" SUBJECT ", ");
    builder_param(&b, key);
    SQL(&b, ", ");
    builder_param(&b, fingerprint);
    SQL(&b, ", ");
    builder_param(&b, arena_printf(arena, "%d", status));
    SQL(&b, ", ");
    builder_param(&b, fields);
    SQL(&b, ", ");
    builder_param(&b, body);
    SQL(&b, ", pg_catalog.clock_timestamp() + ");
    builder_param(&b, arena_printf(arena, "%lld", (long long)seconds));
    SQL(&b, "::double precision * interval '1 second') "
            "ON CONFLICT (role, subject, key) DO UPDATE SET fingerprint = excluded.fingerprint, "
            "status = excluded.status, fields = excluded.fields, body = excluded.body, expires = excluded.expires");
    return builder_done(&b, true);
}
