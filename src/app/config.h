/* Configuration: the combination of the file, the environment and the command line (docs/http.md section 11).
 *
 * A later source overrides an earlier one: built-in default, file, environment, command line. All mistakes in all
 * sources are collected before the configuration is refused. [resource *] holds the defaults for all resources. A
 * configuration is immutable once loaded. */
#ifndef MIDAIR_APP_CONFIG_H
#define MIDAIR_APP_CONFIG_H

#include "midair/app/settings.h"
#include "midair/auth/auth.h"
#include "midair/catalog/policy.h"

#include <stdatomic.h>

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

/* Returns an empty list; mistakes_fini() frees it with its texts. mistakes_add() copies `where` and the formatted
 * text. */
struct mistakes mistakes_init(void);
void mistakes_fini(struct mistakes *mistakes);
void mistakes_add(struct mistakes *mistakes, struct slice where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct resource_config {
    struct slice name;
    struct slice where; /* where its section begins */
    struct resource_settings settings;
    bool set[RESOURCE_SETTINGS]; /* given by a source, in this section or in [resource *] */
};

struct config {
    struct arena *arena;
    struct server_settings server;
    struct database_settings database;
    struct slice server_text[SERVER_SETTINGS]; /* as written in the source, to compare at a reload */
    struct slice database_text[DATABASE_SETTINGS];
    struct auth_settings auth;
    struct slice auth_text[AUTH_SETTINGS];
    struct auth *authenticator;      /* owned; NULL: requests run with the rights of midair's own connection */
    struct resource_config defaults; /* [resource *] */
    struct resource_config *resources;
    size_t resource_count;
    size_t file_settings; /* number of settings in the file */
    atomic_uint sharers;  /* owners besides the first */
};

struct config_source {
    const char *file;         /* NULL: no file */
    char *const *environment; /* "NAME=value"…, ended by NULL; NULL: none */
    const char *listen;       /* --listen; NULL: not given */
    const char *database;     /* --database; NULL: not given */
};

/* Loads and checks a configuration. Returns NULL when there are mistakes, which are added to the list. The caller owns
 * the result: config_free(). */
struct config *config_load(const struct config_source *source, struct mistakes *mistakes);
/* Ends one ownership; see config_share() for others. NULL is allowed. */
void config_free(struct config *config);
/* Adds an owner, who calls config_free() as well; the last call frees. Thread-safe. Returns `config`. */
struct config *config_share(struct config *config);

/* For a reload: gives the settings that only a restart can change their old values back, and adds each of them to
 * `ignored` as a mistake. */
void config_keep_fixed(struct config *next, const struct config *now, struct mistakes *ignored);

/* The policy that the settings of a resource amount to; borrows from the configuration. */
struct policy config_policy(const struct config *config, const struct resource_config *resource);

#endif
