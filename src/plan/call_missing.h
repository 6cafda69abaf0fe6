/* What is said where no function fits, or more than one. Private to plan/. */
#ifndef MIDAIR_PLAN_CALL_MISSING_H
#define MIDAIR_PLAN_CALL_MISSING_H

#include "midair/plan/call.h"

/* PGRST203: the candidates with their parameters. */
struct err *call_ambiguous(struct arena *arena, const struct function *const *candidates, size_t count);
/* PGRST202: what was looked for, and the nearest that there is. */
struct err *call_missing(struct arena *arena, const struct catalog *catalog, const struct call_ask *ask);

#endif
