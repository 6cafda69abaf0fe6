/* The parser of each type of setting; used only by settings.c. */
#ifndef MIDAIR_APP_SETTINGS_PARSE_H
#define MIDAIR_APP_SETTINGS_PARSE_H

#include "midair/app/settings.h"

struct setting_unit {
    const char *name;
    int64_t factor;
};

/* The units of a type; the last entry has no name. NULL when the type has none. */
const struct setting_unit *setting_units(enum setting_type type);

#endif
