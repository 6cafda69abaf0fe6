/* The statements of the table midair.idempotency, which keeps the responses to writes with an Idempotency-Key
 * (draft-ietf-httpapi-idempotency-key-header). A key belongs to the database role and to the subject of the request's
 * claims, if it has one. */
#ifndef MIDAIR_SQL_IDEMPOTENCY_H
#define MIDAIR_SQL_IDEMPOTENCY_H

#include "midair/pg/statement.h"

enum { IDEMPOTENCY_COMMANDS = 6 };

/* Locks the key until the end of the transaction, without waiting: one cell, whether it could be locked. */
struct statement *sql_idempotency_lock(struct arena *arena, struct slice key);
/* The response that is kept for the key, if it has not expired: fingerprint, status, fields
 * and body, the last two in hexadecimal. It
 * must be a statement of its own after the lock, so that its snapshot shows what the last holder committed. */
struct statement *sql_idempotency_find(struct arena *arena, struct slice key);
/* Keeps a response for `seconds`, in place of one that has expired, and deletes a few others that have. `fields`
 * and `body` are in hexadecimal, with the prefix \x. */
struct statement *sql_idempotency_keep(struct arena *arena, struct slice key, struct slice fingerprint, int status,
                                       struct slice fields, struct slice body, int64_t seconds);
/* The commands that create the table, to be run in one transaction in this order; command 0 serialises several
 * attempts. Static. */
struct slice sql_idempotency_command(size_t index);
/* The same as a statement. */
struct statement *sql_idempotency_create(struct arena *arena, size_t index);

#endif
