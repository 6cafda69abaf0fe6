/* Parsing the command line by one table of options and one of commands. */
#ifndef MIDAIR_APP_OPTIONS_H
#define MIDAIR_APP_OPTIONS_H

#include "midair/base/arena.h"

/* X(enumerator, name, argument or NULL, help) */
#define OPTIONS(X)                                                                                                     \
    X(CONFIG, "config", "FILE", "the configuration file")                                                              \
    X(LISTEN, "listen", "ADDR", "where to listen, such as 127.0.0.1:8080 or 8080")                                     \
    X(DATABASE, "database", "URL", "libpq connection string or URI of the database")                                   \
    X(EMBEDDED, "embedded", "DIR", "run a private PostgreSQL with its data in DIR")                                    \
    X(TOUCH, "touch", "CHILD.FKCOLUMN", "changes of children also change the parent's version; may be repeated")       \
    X(COLUMNS, "columns", "LIST", "names of the stamps: created=NAME,modified=NAME,version=NAME")                      \
    X(IDEMPOTENCY, "idempotency", NULL, "create the table that keeps responses to writes with an Idempotency-Key")     \
    X(WATCH_DDL, "watch-ddl", NULL,                                                                                    \
      "an event trigger tells midair of later changes of the structure; needs a superuser")                            \
    X(DRY_RUN, "dry-run", NULL, "print the SQL and change nothing")                                                    \
    X(FORMAT, "format", "FORMAT", "format of the list: help, ini, markdown or man")                                    \
    X(HELP, "help", NULL, "print this text")                                                                           \
    X(VERSION, "version", NULL, "print the version")

enum option {
#define X(name, text, argument, help) OPTION_##name,
    OPTIONS(X)
#undef X
        OPTION_COUNT
};
#define OPTION_BIT(option) (1u << (option))

struct arguments {
    struct arena *arena;
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for an option without argument */
    const char **touches;             /* the value of every --touch */
    size_t touch_count;
    const char **operands;
    size_t operand_count;
    char *const *environment;
};

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2 };

struct command {
    const char *name;
    const char *usage;
    const char *summary;
    const char *more;    /* further paragraphs of the command's --help */
    unsigned options;    /* OPTION_BITs that the command accepts */
    unsigned one_of;     /* OPTION_BITs of which at least one is required; 0: none */
    const char *operand; /* what the operands are; NULL: there are none, otherwise at least one is required */
    bool lists_settings; /* the command's --help ends with the list of settings */
    int (*run)(const struct arguments *arguments);
};

/* The commands. The last entry has no name. */
extern const struct command commands[];

/* Parses what follows the command's name. Returns NULL, or what is wrong (NUL-terminated). Stops at --help. */
const char *arguments_read(const struct command *command, char *const *argv, struct arguments *out);

/* Name, argument and help of an option. */
const char *option_name(enum option option);
const char *option_argument(enum option option);
const char *option_help(enum option option);

#endif
