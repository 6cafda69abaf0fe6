#include "cli.h"

#include "commands.h"

#include "midair/app/settings.h"
#include "midair/base/text.h"

#include <stdio.h>

#define COMMON (OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_DATABASE) | OPTION_BIT(OPTION_HELP))
#define CONFIG_OR_DATABASE (OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_DATABASE))

const struct command commands[] = {
    {"serve", "midair serve [--config FILE] [--listen ADDR] [--database URL] [--embedded DIR]",
     "serve the tables of a database as REST resources",
     "Every setting can also be given by an environment variable, such as MIDAIR_SERVER_LISTEN for [server] listen.\n"
     "SIGHUP and NOTIFY midair, 'reload' make midair read the configuration and the catalog again. On SIGTERM it\n"
     "completes the requests in progress and exits with status 0. The log goes to standard error.\n",
     COMMON | OPTION_BIT(OPTION_LISTEN) | OPTION_BIT(OPTION_EMBEDDED), 0, NULL, true, command_serve},
    {"stamp",
     "midair stamp (--config FILE | --database URL) TABLE... [--touch CHILD.FKCOLUMN]...\n"
     "             [--columns created=NAME,modified=NAME,version=NAME] [--watch-ddl] [--dry-run]\n"
     "midair stamp (--config FILE | --database URL) --idempotency [--watch-ddl] [--dry-run]",
     "add the columns created, modified and version, and the triggers that maintain them",
     "All tables are stamped in one transaction. A table that is stamped already is not changed.\n"
     "With --idempotency, the table midair.idempotency is created as well, unless it exists.\n"
     "Running midair servers read the catalog again by themselves; with --watch-ddl, which takes no tables\n"
     "either, they do so after every later change of the structure, too.\n",
     COMMON | OPTION_BIT(OPTION_IDEMPOTENCY) | OPTION_BIT(OPTION_TOUCH) | OPTION_BIT(OPTION_COLUMNS) |
         OPTION_BIT(OPTION_WATCH_DDL) | OPTION_BIT(OPTION_DRY_RUN),
     CONFIG_OR_DATABASE, "TABLE", false, command_stamp},
    {"unstamp", "midair unstamp (--config FILE | --database URL) TABLE... [--watch-ddl] [--dry-run]",
     "remove the columns and triggers that midair stamp added",
     "All tables are processed in one transaction. A table that is not stamped is not changed.\n",
     COMMON | OPTION_BIT(OPTION_WATCH_DDL) | OPTION_BIT(OPTION_DRY_RUN), CONFIG_OR_DATABASE, "TABLE", false,
     command_unstamp},
    {"check", "midair check (--config FILE | --database URL)",
     "show the configuration and the database as midair sees them, and every mistake",
     "The exit status is 1 if there is a mistake that would stop a start.\n", COMMON, CONFIG_OR_DATABASE, NULL, false,
     command_check},
    {"openapi", "midair openapi (--config FILE | --database URL)", "print the OpenAPI 3.1 document of the resources",
     "It is the document that / and /_openapi.json serve.\n", COMMON, CONFIG_OR_DATABASE, NULL, false, command_openapi},
    {"settings", "midair settings [--format help|ini|markdown|man]", "list every setting",
     "--format=ini prints the annotated sample configuration.\n", OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_HELP),
     0, NULL, false, command_settings},
    {0}};

static void list_commands(struct buf *out)
{
    BUF_LIT(out, "midair " MIDAIR_VERSION ": optimistic-concurrency REST middleware for PostgreSQL\n\n"
                 "usage: midair COMMAND [OPTION…]\n"
                 "       midair --help | --version\n\n");
    for (const struct command *command = commands; command->name; command++)
        buf_printf(out, "  %-10s %s\n", command->name, command->summary);
    BUF_LIT(out, "\n`midair COMMAND --help` describes a command. Exit status: 0 success, 1 failure, 2 misuse.\n");
}

static void describe(const struct command *command, struct buf *out)
{
    buf_printf(out, "usage: %s\n\n%s\n\n%s\noptions:\n", command->usage, command->summary, command->more);
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (!(command->options & OPTION_BIT(i)))
            continue;
        const char *argument = option_argument(i);
        struct slice left =
            arena_printf(out->arena, "--%s%s%s", option_name(i), argument ? " " : "", argument ? argument : "");
        buf_printf(out, "  %-26.*s %s\n", SLICE_ARG(left), option_help(i));
    }
    if (command->lists_settings) {
        BUF_LIT(out, "\nsettings:\n\n");
        settings_print(out, SETTINGS_HELP);
    }
}

static const struct command *command_named(struct slice name, const char **near)
{
    size_t nearest = name.len / 3 + 2;
    *near = NULL;
    for (const struct command *command = commands; command->name; command++) {
        size_t distance = text_distance(slice_of(command->name), name);
        if (distance == 0 && slice_eq(slice_of(command->name), name))
            return command;
        if (distance < nearest) {
            nearest = distance;
            *near = command->name;
        }
    }
    return NULL;
}

static int misused(const char *command, const char *what)
{
    fprintf(stderr, "midair%s%s: %s\nTry: midair %s%s--help\n", command ? " " : "", command ? command : "", what,
            command ? command : "", command ? " " : "");
    return EXIT_MISUSED;
}

static int run_command(const struct command *command, char *const *argv, struct arguments *arguments)
{
    const char *wrong = arguments_read(command, argv, arguments);
    if (wrong)
        return misused(command->name, wrong);
    if (!arguments->values[OPTION_HELP])
        return command->run(arguments);
    struct buf out = buf_new(arguments->arena, 4096);
    describe(command, &out);
    return print_out(buf_slice(&out));
}

static int dispatch(char *const *argv, struct arguments *arguments)
{
    struct buf out = buf_new(arguments->arena, 1024);
    struct slice word = slice_of(argv[0] && argv[1] ? argv[1] : "");
    if (slice_eq(word, SLICE("--version")) || slice_eq(word, SLICE("-V")))
        return print_out(SLICE("midair " MIDAIR_VERSION "\n"));
    if (slice_eq(word, SLICE("--help")) || slice_eq(word, SLICE("-h")) || slice_eq(word, SLICE("help"))) {
        list_commands(&out);
        return print_out(buf_slice(&out));
    }
    if (word.len == 0) {
        list_commands(&out);
        fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&out)));
        return EXIT_MISUSED;
    }
    const char *near;
    const struct command *command = command_named(word, &near);
    if (command)
        return run_command(command, argv + 2, arguments);
    struct slice what =
        arena_printf(arguments->arena, "unknown %s '%.*s'%s%s%s", word.at[0] == '-' ? "option" : "command",
                     SLICE_ARG(slice_head(word, 60)), near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return misused(NULL, what.at);
}

int cli_main(char *const *argv, char *const *environment)
{
    struct arena *arena = arena_new(0);
    struct arguments arguments = {.arena = arena, .environment = environment};
    int status = dispatch(argv, &arguments);
    arena_free(arena);
    return status;
}
