/* A PGresult as rows. */
#ifndef MIDAIR_SRC_PG_RESULT_H
#define MIDAIR_SRC_PG_RESULT_H

#include "midair/base/rows.h"

#include <libpq-fe.h>

/* The rows own the result from now on; the cells live in the arena and point into it. */
struct rows result_rows(struct arena *arena, PGresult *result);

#endif
