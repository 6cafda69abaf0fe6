/* Time zones of a client's choice (PostgREST's Prefer: timezone=): in which moments are shown and read. */
#ifndef MIDAIR_PLAN_ZONE_H
#define MIDAIR_PLAN_ZONE_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"

/* Whether rows of the relation may be shown in another time zone than UTC. They may not where moments are part of the
 * key, since a URL must name the same row for everybody, or of what their tags are made from. */
bool zone_may_differ(const struct relation *relation);
/* PGRST122: the time zone is not known, or cannot be used there, and the client is strict. */
struct err *zone_unknown(struct arena *arena, struct slice zone);

#endif
