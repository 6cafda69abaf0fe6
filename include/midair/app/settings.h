/* Settings: the name, the type, the limits and the meaning of each, all from settings.def.
 *
 * A setting has a type, which determines its parser and its syntax. The values of a section are in one structure, at
 * the offset that the setting's row gives. */
#ifndef MIDAIR_APP_SETTINGS_H
#define MIDAIR_APP_SETTINGS_H

#include "midair/base/arena.h"
#include "midair/base/buf.h"

#include <stdint.h>

struct slice_list {
    struct slice *items;
    size_t count;
};

/* X(type, its syntax in words); SETTING_C_<type> is the C type of a value. */
#define SETTING_TYPES(X)                                                                                               \
    X(TEXT, "text")                                                                                                    \
    X(NAME, "a name")                                                                                                  \
    X(NAMES, "names, comma-separated")                                                                                 \
    X(ADDRESS, "address:port, or a port")                                                                              \
    X(NETWORKS, "networks, comma-separated")                                                                           \
    X(PATH, "a path")                                                                                                  \
    X(ORIGINS, "origins, comma-separated")                                                                             \
    X(HOSTS, "host names, comma-separated")                                                                            \
    X(URL, "a connection string")                                                                                      \
    X(METHODS, "methods, comma-separated")                                                                             \
    X(INTEGER, "a number")                                                                                             \
    X(SIZE, "a size in bytes, or with k or m")                                                                         \
    X(DURATION, "a duration with its unit, ms, s, m or h")                                                             \
    X(SWITCH, "on or off")                                                                                             \
    X(WORD, "one of")

#define SETTING_C_TEXT struct slice
#define SETTING_C_NAME struct slice
#define SETTING_C_NAMES struct slice_list
#define SETTING_C_ADDRESS struct slice
#define SETTING_C_NETWORKS struct slice_list
#define SETTING_C_PATH struct slice
#define SETTING_C_ORIGINS struct slice_list
#define SETTING_C_HOSTS struct slice_list
#define SETTING_C_URL struct slice
#define SETTING_C_METHODS int64_t /* METHOD_BIT mask */
#define SETTING_C_INTEGER int64_t
#define SETTING_C_SIZE int64_t     /* bytes */
#define SETTING_C_DURATION int64_t /* microseconds */
#define SETTING_C_SWITCH bool
#define SETTING_C_WORD int /* index in the list of words */

enum setting_type {
#define X(name, syntax) SETTING_##name,
    SETTING_TYPES(X)
#undef X
};

struct server_settings {
#define SERVER(name, type, ...) SETTING_C_##type name;
#include "midair/app/settings.def"
};

struct database_settings {
#define DATABASE(name, type, ...) SETTING_C_##type name;
#include "midair/app/settings.def"
};

struct auth_settings {
#define AUTH(name, type, ...) SETTING_C_##type name;
#include "midair/app/settings.def"
};

struct resource_settings {
#define RESOURCE(name, type, ...) SETTING_C_##type name;
#include "midair/app/settings.def"
};

enum section { SECTION_SERVER, SECTION_DATABASE, SECTION_AUTH, SECTION_RESOURCE, SECTIONS };

/* The number of settings in each section, and the index of each setting in its section: SERVER_listen, DATABASE_url,
 * … */
enum server_setting {
#define SERVER(name, ...) SERVER_##name,
#include "midair/app/settings.def"
    SERVER_SETTINGS
};
enum database_setting {
#define DATABASE(name, ...) DATABASE_##name,
#include "midair/app/settings.def"
    DATABASE_SETTINGS
};
enum auth_setting {
#define AUTH(name, ...) AUTH_##name,
#include "midair/app/settings.def"
    AUTH_SETTINGS
};
enum resource_setting {
#define RESOURCE(name, ...) RESOURCE_##name,
#include "midair/app/settings.def"
    RESOURCE_SETTINGS
};

struct setting {
    const char *name;
    enum setting_type type;
    const char *fallback; /* the default, as it would be written in the file */
    int64_t low, high;
    const char *words; /* "a|b|c" for SETTING_WORD */
    bool live;         /* a reload changes it */
    const char *help;
    size_t offset; /* in the structure of its section */
};

/* The settings of a section, in the order of settings.def. Static. */
const struct setting *settings_of(enum section section, size_t *count);
/* "server", "database", "auth" or "resource" */
const char *section_name(enum section section);
/* The setting with that name, or NULL. */
const struct setting *setting_find(enum section section, struct slice name);
/* The name of the setting in that section that is most similar to `name`, or NULL when none is similar enough. */
const char *setting_near(enum section section, struct slice name);
/* The values that are allowed, in words: "a number from 1 to 16", "one of auto, on, off". */
struct slice setting_syntax(struct arena *arena, const struct setting *setting);
/* The environment variable, such as "MIDAIR_SERVER_LISTEN". */
struct slice setting_environment(struct arena *arena, enum section section, const struct setting *setting);

/* Parses `text` into the structure `values` of the setting's section. What the value refers to is copied into the
 * arena. Returns NULL on success, otherwise what is wrong: a NUL-terminated phrase in the arena, which never contains
 * the value of a URL. */
const char *setting_parse(struct arena *arena, const struct setting *setting, struct slice text, void *values);

/* The forms of the list: `--help` text, the sample configuration, a Markdown table, a section of the man page. */
enum settings_format { SETTINGS_HELP, SETTINGS_INI, SETTINGS_MARKDOWN, SETTINGS_MAN };
void settings_print(struct buf *out, enum settings_format format);

#endif
