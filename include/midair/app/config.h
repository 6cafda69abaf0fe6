/* Configuration: what the file, the environment and the command line say together (docs/http.md section 11).
 *
 * A later source wins: built-in default, file, environment, command line. All mistakes of all sources are collected
 * before anything is refused. [resource *] holds the defaults of all resources. A configuration is immutable once
 * loaded. */
#ifndef MIDAIR_APP_CONFIG_H
#define MIDAIR_APP_CONFIG_H

#include "midair/app/settings.h"
#include "midair/catalog/policy.h"

/* Everything that is wrong, in the order in which it was found. */
struct mistake {
    struct slice where; /* "midair.ini:12", "MIDAIR_SERVER_LISTEN", "--listen" */
    struct slice what;
};

struct mistakes {
    struct arena *arena;
    struct mistake *items;
    size_t count;
};

/* Empty; mistakes_fini frees the texts. */
struct mistakes mistakes_init(void);
void mistakes_fini(struct mistakes *mistakes);
void mistakes_add(struct mistakes *mistakes, struct slice where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct resource_config {
    struct slice name;
    struct slice where; /* where its section begins */
    struct resource_settings settings;
    bool set[RESOURCE_SETTINGS]; /* said by a source, here or in [resource *] */
};

struct config {
    struct arena *arena;
    struct server_settings server;
    struct database_settings database;
    struct slice server_text[SERVER_SETTINGS]; /* as written, for the comparison at a reload */
    struct slice database_text[DATABASE_SETTINGS];
    struct resource_config defaults; /* [resource *] */
    struct resource_config *resources;
    size_t resource_count;
    size_t file_settings; /* how many settings the file has */
};

struct config_source {
    const char *file;         /* NULL: no file */
    char *const *environment; /* "NAME=value"…, ended by NULL; NULL: none */
    const char *listen;       /* --listen; NULL: not given */
    const char *database;     /* --database; NULL: not given */
};

/* Loads and checks. NULL when there are mistakes, which are added to the list. Owned by the caller: config_free. */
struct config *config_load(const struct config_source *source, struct mistakes *mistakes);
void config_free(struct config *config);

/* Gives settings that only a restart can change their old values back, and names each in `ignored` as a mistake that
 * was left out of account. For a reload. */
void config_keep_fixed(struct config *next, const struct config *now, struct mistakes *ignored);

/* The policy of a resource's settings; borrows from the configuration. */
struct policy config_policy(const struct config *config, const struct resource_config *resource);

#endif
