/* The table midair.idempotency, which keeps responses to writes with an Idempotency-Key (exec/idempotency.h). */
#ifndef MIDAIR_EXEC_IDEMPOTENCY_TABLE_H
#define MIDAIR_EXEC_IDEMPOTENCY_TABLE_H

#include "midair/base/buf.h"
#include "midair/pg/db.h"

/* Creates the table, unless it exists, with a row security policy that shows each role its own rows. `deadline` is a
 * value of clock_now_us(). ERR_DATABASE with a hint when the role may not create it. */
struct err *idempotency_create(struct db *db, struct arena *arena, int64_t deadline) MUST_USE;
/* Appends the script that creates the table. */
void idempotency_script(struct buf *out);

#endif
