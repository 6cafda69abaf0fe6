/* Settings of a transaction: what a statement or a function in it can read by current_setting() (PostgREST's
 * "Transaction-Scoped Settings"). They end with the transaction. */
#ifndef MIDAIR_PLAN_SETTING_H
#define MIDAIR_PLAN_SETTING_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"

#include <assert.h>

struct setting {
    const char *name; /* ours: it becomes SQL text */
    struct slice value;
};

enum { SETTINGS_MAX = 12 };

struct settings {
    struct setting items[SETTINGS_MAX];
    size_t count;
    struct slice zone; /* TimeZone, as far as PostgreSQL knows it; absent: UTC */
    bool zone_strict;  /* one that it does not know is an error; else it is left aside */
};

static inline void settings_add(struct settings *settings, const char *name, struct slice value)
{
    assert(settings->count < SETTINGS_MAX); /* which settings there are is decided by midair alone */
    settings->items[settings->count++] = (struct setting){name, value};
}

/* Time zones of a client's choice (PostgREST's Prefer: timezone=): in which moments are shown and read. */

/* Whether rows of the relation may be shown in another time zone than UTC. They may not where moments are part of the
 * key, since a URL must name the same row for everybody, or of what their tags are made from. */
bool zone_may_differ(const struct relation *relation);
/* PGRST122: the time zone is not known, or cannot be used there, and the client is strict. */
struct err *zone_unknown(struct arena *arena, struct slice zone);

#endif
