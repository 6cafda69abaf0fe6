#include "commands.h"

#include "boot.h"

#include "midair/app/settings.h"
#include "midair/base/clock.h"
#include "midair/catalog/report.h"
#include "midair/exec/idempotency_table.h"
#include "midair/openapi/openapi.h"
#include "midair/stamping/stamp.h"

#include <stdio.h>

#define COMMAND_TIMEOUT_US INT64_C(60000000)

int print_out(struct slice text)
{
    bool fine = fwrite(text.at, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    if (!fine)
        perror("midair: standard output");
    return fine ? EXIT_FINE : EXIT_FAILED;
}

static void print_mistakes(const struct mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++)
        fprintf(stderr, "%.*s: %.*s\n", SLICE_ARG(mistakes->items[i].where), SLICE_ARG(mistakes->items[i].what));
    fprintf(stderr, "midair: %zu mistake%s in the configuration\n", mistakes->count, mistakes->count == 1 ? "" : "s");
}

struct config_source command_source(const struct arguments *arguments)
{
    return (struct config_source){.file = arguments->values[OPTION_CONFIG],
                                  .environment = arguments->environment,
                                  .listen = arguments->values[OPTION_LISTEN],
                                  .database = arguments->values[OPTION_DATABASE]};
}

struct config *command_config(const struct arguments *arguments)
{
    struct config_source source = command_source(arguments);
    struct mistakes mistakes = mistakes_init();
    struct config *config = config_load(&source, &mistakes);
    if (!config)
        print_mistakes(&mistakes);
    mistakes_fini(&mistakes);
    return config;
}

/* What a command with a database holds while it runs. */
struct workspace {
    struct arena *arena;
    struct config *config;
    struct db *db;
    int64_t deadline;
};

static bool workspace_open(struct workspace *workspace, const struct arguments *arguments)
{
    *workspace = (struct workspace){.arena = arguments->arena, .deadline = clock_now_us() + COMMAND_TIMEOUT_US};
    workspace->config = command_config(arguments);
    if (!workspace->config)
        return false;
    log_set_level(LOG_FATAL); /* failures are reported once, by the command itself */
    struct db_options options = boot_db_options(workspace->config, SLICE_ABSENT);
    options.read_lanes = 0;
    options.write_lane = false;
    options.pool_size = 1;
    workspace->db = db_open(&options);
    return true;
}

static int workspace_close(struct workspace *workspace, struct err *err, int status)
{
    if (err) {
        fprintf(stderr, "midair: %.*s\n", SLICE_ARG(err->detail));
        const struct {
            const char *title;
            struct slice text;
        } more[] = {{"detail", err->details}, {"hint", err->hint}, {"note", err->note}};
        for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
            if (more[i].text.len)
                fprintf(stderr, "%s: %.*s\n", more[i].title, SLICE_ARG(more[i].text));
        status = EXIT_FAILED;
    }
    db_close(workspace->db);
    config_free(workspace->config);
    return status;
}

typedef struct err *stamping(struct lease *lease, struct arena *arena, const struct stamp_request *request,
                             int64_t deadline, struct buf *out);

static struct err *stamp_tables(struct workspace *workspace, const struct arguments *arguments, stamping *stamp,
                                struct buf *out)
{
    struct slice *tables = ARENA_ARRAY(workspace->arena, struct slice, arguments->operand_count);
    for (size_t i = 0; i < arguments->operand_count; i++)
        tables[i] = slice_of(arguments->operands[i]);
    struct slice *touches = ARENA_ARRAY(workspace->arena, struct slice, arguments->touch_count);
    for (size_t i = 0; i < arguments->touch_count; i++)
        touches[i] = slice_of(arguments->touches[i]);
    struct stamp_request request = {.tables = tables,
                                    .table_count = arguments->operand_count,
                                    .schemas = workspace->config->database.schemas.items,
                                    .schema_count = workspace->config->database.schemas.count,
                                    .touches = touches,
                                    .touch_count = arguments->touch_count,
                                    .channel = workspace->config->database.channel,
                                    .watch_ddl = arguments->values[OPTION_WATCH_DDL] != NULL,
                                    .dry_run = arguments->values[OPTION_DRY_RUN] != NULL};
    if (arguments->values[OPTION_COLUMNS])
        TRY(stamp_columns_parse(workspace->arena, slice_of(arguments->values[OPTION_COLUMNS]), &request.columns));
    LEASE_AUTO lease = NULL;
    TRY(db_lease(workspace->db, workspace->arena, workspace->deadline, &lease));
    return stamp(lease, workspace->arena, &request, workspace->deadline, out);
}

static int run_stamping(const struct arguments *arguments, stamping *stamp)
{
    struct workspace workspace;
    if (!workspace_open(&workspace, arguments))
        return EXIT_FAILED;
    struct buf out = buf_new(workspace.arena, 1024);
    struct err *err = stamp_tables(&workspace, arguments, stamp, &out);
    return workspace_close(&workspace, err, err ? EXIT_FAILED : print_out(buf_slice(&out)));
}

/* Creates the table that keeps responses to writes with an Idempotency-Key. */
static int stamp_idempotency(const struct arguments *arguments)
{
    struct workspace workspace;
    if (!workspace_open(&workspace, arguments))
        return EXIT_FAILED;
    struct buf out = buf_new(workspace.arena, 1024);
    struct err *err = NULL;
    if (arguments->values[OPTION_DRY_RUN])
        idempotency_script(&out);
    else
        err = idempotency_create(workspace.db, workspace.arena, workspace.deadline);
    if (!err && !arguments->values[OPTION_DRY_RUN])
        BUF_LIT(&out, "midair.idempotency: present\n");
    return workspace_close(&workspace, err, err ? EXIT_FAILED : print_out(buf_slice(&out)));
}

int command_stamp(const struct arguments *arguments)
{
    bool stamps = arguments->operand_count || arguments->values[OPTION_WATCH_DDL];
    int status = stamps ? run_stamping(arguments, stamp_run) : EXIT_FINE;
    return status == EXIT_FINE && arguments->values[OPTION_IDEMPOTENCY] ? stamp_idempotency(arguments) : status;
}

int command_unstamp(const struct arguments *arguments)
{
    return run_stamping(arguments, unstamp_run);
}

int command_check(const struct arguments *arguments)
{
    struct workspace workspace;
    if (!workspace_open(&workspace, arguments))
        return EXIT_FAILED;
    struct catalog *catalog = NULL;
    struct err *err =
        boot_catalog(workspace.db, workspace.arena, workspace.config, SLICE_ABSENT, workspace.deadline, &catalog);
    int status = EXIT_FAILED;
    if (!err) {
        struct buf out = buf_new(workspace.arena, 4096);
        catalog_report(catalog, NULL, &out);
        status = print_out(buf_slice(&out));
        if (findings_count(&catalog->findings, FINDING_ERROR))
            status = EXIT_FAILED;
    }
    catalog_free(catalog);
    return workspace_close(&workspace, err, status);
}

int command_openapi(const struct arguments *arguments)
{
    struct workspace workspace;
    if (!workspace_open(&workspace, arguments))
        return EXIT_FAILED;
    struct catalog *catalog = NULL;
    struct err *err =
        boot_catalog(workspace.db, workspace.arena, workspace.config, SLICE_ABSENT, workspace.deadline, &catalog);
    int status = EXIT_FAILED;
    if (!err) {
        struct openapi_options options = {.base_path = workspace.config->server.base_path};
        struct slice document = openapi_document(workspace.arena, catalog, &options);
        status = print_out(arena_printf(workspace.arena, "%.*s\n", SLICE_ARG(document)));
    }
    catalog_free(catalog);
    return workspace_close(&workspace, err, status);
}

int command_settings(const struct arguments *arguments)
{
    static const struct {
        const char *name;
        enum settings_format format;
    } formats[] = {
        {"help", SETTINGS_HELP}, {"ini", SETTINGS_INI}, {"markdown", SETTINGS_MARKDOWN}, {"man", SETTINGS_MAN}};
    const char *wanted = arguments->values[OPTION_FORMAT] ? arguments->values[OPTION_FORMAT] : "help";
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, wanted) != 0)
            continue;
        struct buf out = buf_new(arguments->arena, 16384);
        settings_print(&out, formats[i].format);
        return print_out(buf_slice(&out));
    }
    fprintf(stderr, "midair settings: --format is help, ini, markdown or man\n");
    return EXIT_MISUSED;
}
