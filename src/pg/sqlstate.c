#include "sqlstate.h"

#include "raised.h"

#include "midair/base/text.h"
#include "midair/http/problem.h"

#include <libpq-fe.h>
#include <string.h>

struct state {
    const char *code;
    enum err_kind kind;
    bool shows_detail;
};

static const struct state states[] = {
#define STATE(code, kind, shows_detail) {code, ERR_##kind, shows_detail},
#include "sqlstate.def"
#undef STATE
};

/* What no row names is the application's own, or a mistake in what was asked. */
static const struct state unknown = {"", ERR_BAD_VALUE, true};

static const struct state *state_of(const char *code)
{
    const struct state *found = &unknown;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        size_t len = strlen(states[i].code);
        if (len > strlen(found->code) && strncmp(code, states[i].code, len) == 0)
            found = &states[i];
    }
    return found;
}

/* PostgREST's way to choose a status: RAISE SQLSTATE 'PT404'. 0: none. */
static int chosen_status(const char *code)
{
    uint64_t status = 0;
    return text_u64(slice_of(code + 2), &status) && raised_is_status((int64_t)status) ? (int)status : 0;
}

static enum err_kind chosen_kind(const char *code)
{
    int status = chosen_status(code);
    return status ? raised_kind(status) : ERR_DATABASE;
}

static bool is_chosen(const char *code)
{
    return strlen(code) == 5 && code[0] == 'P' && code[1] == 'T';
}

enum err_kind sqlstate_kind(const char *sqlstate)
{
    if (strlen(sqlstate) != 5)
        return ERR_DATABASE;
    return is_chosen(sqlstate) ? chosen_kind(sqlstate) : state_of(sqlstate)->kind;
}

bool sqlstate_is_connection_loss(const char *sqlstate)
{
    return strncmp(sqlstate, "57P", 3) == 0 || strncmp(sqlstate, "08", 2) == 0;
}

/* Statements of the application's own that are about what was sent (pg_safeupdate, a key twice in one upsert), though
 * their SQLSTATE otherwise tells of a mistake in a view or a function. */
static bool is_clients_cardinality(const char *code, struct slice message)
{
    return strcmp(code, "21000") == 0 && (slice_ends(message, SLICE("requires a WHERE clause")) ||
                                          slice_starts(message, SLICE("ON CONFLICT DO UPDATE command cannot affect")));
}

static const char *general_detail(enum err_kind kind)
{
    switch (kind) {
    case ERR_UNAVAILABLE:
        return "The database cannot take the request now.";
    case ERR_CONTENTION:
        return "The change conflicted with others and was rolled back.";
    case ERR_TIMEOUT:
        return "The database did not answer in time; nothing was changed.";
    default:
        return "The database could not do this.";
    }
}

static struct slice field(struct arena *arena, const PGresult *result, int which)
{
    return arena_copy(arena, slice_of(PQresultErrorField(result, which)));
}

/* Messages of class 22 (data exceptions), and of text search that cannot read its query (42601), quote the value that
 * did not fit. Values are the client's data: they do not go
 * into responses, where logs and caches would keep them. From the first quote to the last one, since a value may hold
 * quotes itself. */
static struct slice without_quoted(struct arena *arena, struct slice message)
{
    size_t first = slice_find(message, '"'), last = message.len;
    while (last > first && message.at[last - 1] != '"')
        last--;
    if (last <= first + 1)
        return message;
    return arena_printf(arena, "%.*s\"...\"%.*s", (int)first, message.at, (int)(message.len - last), message.at + last);
}

/* What stands between the first quote and the last one; absent when there are none. */
static struct slice quoted(struct arena *arena, struct slice message)
{
    size_t first = slice_find(message, '"'), last = message.len;
    while (last > first && message.at[last - 1] != '"')
        last--;
    return last > first + 1 ? arena_copy(arena, slice_make(message.at + first + 1, last - first - 2)) : SLICE_ABSENT;
}

/* "Key (email)=(a@b.c) already exists." without the value; a whole "Failing row" is not for the client at all. */
static struct slice without_key_values(struct arena *arena, struct slice detail)
{
    static const char equals[] = ")=(";
    const char *from = slice_present(detail) ? strstr(detail.at, equals) : NULL;
    const char *to = slice_present(detail) ? strrchr(detail.at, ')') : NULL;
    if (!slice_present(detail) || slice_starts(detail, SLICE("Failing row")))
        return SLICE_ABSENT;
    if (!from || to < from + 3)
        return detail;
    return arena_printf(arena, "%.*s%s", (int)(from + 1 - detail.at), detail.at, to + 1);
}

static bool quotes_values(const char *code)
{
    return strncmp(code, "22", 2) == 0 || strcmp(code, "42601") == 0;
}

/* What of the server's words is for the client. */
static void show(struct arena *arena, struct err *err, const char *code, const PGresult *result, struct slice message)
{
    bool raised = is_chosen(code);
    if (quotes_values(code))
        err->refused = quoted(arena, message);
    if (slice_present(message))
        err->detail = quotes_values(code) ? without_quoted(arena, message) : message;
    err->hint = field(arena, result, PG_DIAG_MESSAGE_HINT);
    if (raised || state_of(code)->shows_detail)
        err->details = field(arena, result, PG_DIAG_MESSAGE_DETAIL);
    if (strncmp(code, "23", 2) == 0)
        err->details = without_key_values(arena, err->details);
}

struct err *db_error(struct arena *arena, const PGresult *result)
{
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    code = code ? code : "XX000";
    enum err_kind kind = sqlstate_kind(code);
    struct slice message = field(arena, result, PG_DIAG_MESSAGE_PRIMARY);
    if (strcmp(code, "PGRST") == 0)
        return raised_error(arena, message, field(arena, result, PG_DIAG_MESSAGE_DETAIL));
    if (is_clients_cardinality(code, message))
        kind = ERR_BAD_VALUE;

    struct err *err = err_new(arena, kind, "%s", general_detail(kind));
    err->code = arena_copy(arena, slice_of(code));
    if (is_chosen(code))
        problem_of(arena, err)->status = chosen_status(code);
    if (strncmp(code, "23", 2) == 0) {
        err->table_schema = field(arena, result, PG_DIAG_SCHEMA_NAME);
        err->table = field(arena, result, PG_DIAG_TABLE_NAME);
        err->constraint = field(arena, result, PG_DIAG_CONSTRAINT_NAME);
        err->column = strcmp(code, "23502") == 0 ? field(arena, result, PG_DIAG_COLUMN_NAME) : SLICE_ABSENT;
    }
    if (problem_kind_status(kind) < 500 || is_chosen(code))
        show(arena, err, code, result, message);
    else
        err->note = message;
    if (kind == ERR_UNAVAILABLE || kind == ERR_CONTENTION || kind == ERR_LOCKED)
        err->retry_after = 1;
    return err;
}
