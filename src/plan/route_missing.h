/* What a path says that names no table. Private to plan/. */
#ifndef MIDAIR_PLAN_ROUTE_MISSING_H
#define MIDAIR_PLAN_ROUTE_MISSING_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"

/* PGRST205, with the nearest name that the profile (absent: none) makes count as hint. Never NULL. */
struct err *route_no_table(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice name);

#endif
