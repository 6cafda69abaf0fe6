/* SQLSTATE to error kind, as PostgREST maps it (docs/http.md section 9), from one table: sqlstate.def.
 *
 * What the client sees of a server's error: the code always; message, hint and, for integrity violations and
 * errors raised by the application (23xxx, P0001), DETAIL, when the fault is the client's. When it is the
 * server's (5xx), a general sentence, and the message goes to the log. Never SQL text, CONTEXT or parameters. */
#ifndef MIDAIR_PG_SQLSTATE_H
#define MIDAIR_PG_SQLSTATE_H

#include "midair/base/err.h"

struct pg_result; /* libpq's PGresult */

/* The error kind for five characters of SQLSTATE; ERR_DATABASE for what no row names. */
enum err_kind sqlstate_kind(const char *sqlstate);
/* True for the SQLSTATE of an error that ends the connection, rather than one of the statement. */
bool sqlstate_is_connection_loss(const char *sqlstate);
/* The error of a failed result, in the arena; borrows nothing from the result. Never NULL. */
struct err *db_error(struct arena *arena, const struct pg_result *result);

#endif
