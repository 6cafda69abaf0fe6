/* Reading the sources into assignments, before their values are parsed. */
#ifndef MIDAIR_APP_CONFIG_READ_H
#define MIDAIR_APP_CONFIG_READ_H

#include "config.h"

/* One `name = value` of a section, from any source. */
struct assignment {
    enum section section;
    struct slice resource; /* the name after [resource …]; absent in the other sections */
    const struct setting *setting;
    struct slice text;
    struct slice where;
};

struct assignments {
    struct arena *arena;
    struct assignment *items;
    size_t count;
};

void config_read_file(const char *path, struct assignments *out, struct mistakes *mistakes);
void config_read_environment(char *const *environment, struct assignments *out, struct mistakes *mistakes);

/* Makes the authenticator that [auth] asks for, and reads the file that jwt_secret names. */
void config_authenticate(struct config *config, struct mistakes *mistakes);

/* Adds an assignment. An unknown name is a mistake, which suggests a similar one. */
void assignments_add(struct assignments *out, enum section section, struct slice resource, struct slice name,
                     struct slice text, struct slice where, struct mistakes *mistakes);

#endif
