/* How each type of setting is parsed; used by settings.c alone. */
#ifndef MIDAIR_APP_SETTINGS_PARSE_H
#define MIDAIR_APP_SETTINGS_PARSE_H

#include "midair/app/settings.h"

struct setting_unit {
    const char *name;
    int64_t factor;
};

/* The units of a type, ended by one without a name; NULL when it has none. */
const struct setting_unit *setting_units(enum setting_type type);

#endif
