/* Errors that functions raise to say all of the answer: RAISE SQLSTATE 'PGRST' (PostgREST's "Errors"). */
#ifndef MIDAIR_SRC_PG_RAISED_H
#define MIDAIR_SRC_PG_RAISED_H

#include "midair/base/err.h"

#include <stdint.h>

/* The error that MESSAGE and DETAIL describe as JSON; PGRST121 where they do not. */
struct err *raised_error(struct arena *arena, struct slice message, struct slice detail);
/* Whether an error may have that status: 300 to 599, but for 304. */
bool raised_is_status(int64_t status);
/* The kind of error whose status is nearest to such a status. */
enum err_kind raised_kind(int status);

#endif
