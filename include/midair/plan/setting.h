/* Settings of a transaction: what a statement or a function in it can read by current_setting() (PostgREST's
 * "Transaction-Scoped Settings"). They end with the transaction. */
#ifndef MIDAIR_PLAN_SETTING_H
#define MIDAIR_PLAN_SETTING_H

#include "midair/base/slice.h"

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

#endif
