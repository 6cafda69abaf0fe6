/* Settings of a transaction, which statements and functions in it can read with current_setting() (PostgREST's
 * "Transaction-Scoped Settings"). They end with the transaction. */
#ifndef MIDAIR_PLAN_SETTING_H
#define MIDAIR_PLAN_SETTING_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"

#include <assert.h>

struct setting {
    const char *name; /* never from a client, since it becomes SQL text */
    struct slice value;
};

enum { SETTINGS_MAX = 12 };

struct settings {
    struct setting items[SETTINGS_MAX];
    size_t count;
    struct slice zone; /* TimeZone, if PostgreSQL knows it; absent: UTC */
    bool zone_strict;  /* an unknown time zone is an error, else it is ignored */
};

/* Adds a setting; `value` is borrowed. midair alone determines which settings exist, so there is always room. */
static inline void settings_add(struct settings *settings, const char *name, struct slice value)
{
    assert(settings->count < SETTINGS_MAX);
    settings->items[settings->count++] = (struct setting){name, value};
}

/* Time zones chosen by the client (PostgREST's Prefer: timezone=), in which moments are shown and read. */

/* Whether rows of the relation may be shown in another time zone than UTC. They may not if moments are part of the
 * key, because a URL must name the same row for every client, or of the text that tags hash. */
bool zone_may_differ(const struct relation *relation);
/* The error PGRST122: the time zone is unknown or not usable here, and the client is strict. Never NULL. */
struct err *zone_unknown(struct arena *arena, struct slice zone);

#endif
