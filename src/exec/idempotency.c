#include "midair/exec/idempotency.h"

#include "midair/base/text.h"
#include "midair/exec/idempotency_table.h"
#include "midair/sql/idempotency.h"

#include <assert.h>

/* Marks the error of a claim that did not find the table. */
static const struct slice missing_table = SLICE_LITERAL("midair.idempotency");

static struct err *in_use(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_KEY_IN_USE, "A request with this Idempotency-Key is being processed.");
    err->retry_after = 1;
    return err_hint(arena, err, "Send it again later: it then gets the response of the one that is under way.");
}

static struct err *reused(struct arena *arena)
{
    struct err *err =
        err_new(arena, ERR_KEY_REUSED, "This Idempotency-Key belongs to a different request, which was carried out.");
    return err_hint(arena, err,
                    "A key stands for one request: its method, URL, content, preconditions and "
                    "preferences. A new request needs a new key.");
}

/* Decodes PostgreSQL's hexadecimal text of a bytea. */
static struct slice bytes_of(struct arena *arena, struct slice text)
{
    size_t len = text.len > 2 ? (text.len - 2) / 2 : 0;
    unsigned char *bytes = arena_alloc(arena, len + 1);
    bool read = text_unhex(slice_head(slice_from(text, 2), 2 * len), bytes, len);
    assert(read || len == 0);
    bytes[len] = '\0';
    return slice_make((const char *)bytes, len);
}

/* The same in the other direction. */
static struct slice bytes_text(struct arena *arena, struct slice bytes)
{
    struct buf text = buf_new(arena, 2 * bytes.len + 3);
    BUF_LIT(&text, "\\x");
    buf_hex(&text, (const unsigned char *)bytes.at, bytes.len);
    return buf_slice(&text);
}

static struct err *read_kept(struct arena *arena, const struct idempotency *id, const struct rows *rows,
                             struct kept_response *out)
{
    int64_t status = 0;
    if (rows->row_count == 0)
        return NULL;
    if (!slice_eq(rows_cell(rows, 0, 0), id->fingerprint))
        return reused(arena);
    text_i64(rows_cell(rows, 0, 1), &status);
    *out = (struct kept_response){.status = (int)status,
                                  .fields = bytes_of(arena, rows_cell(rows, 0, 2)),
                                  .body = bytes_of(arena, rows_cell(rows, 0, 3))};
    return NULL;
}

struct err *idempotency_claim(struct unit *unit, const struct idempotency *id, struct kept_response *out)
{
    struct arena *arena = unit_arena(unit);
    const struct statement *const statements[] = {sql_idempotency_lock(arena, id->key),
                                                  sql_idempotency_find(arena, id->key)};
    struct rows rows[2] = {{0}, {0}};
    *out = (struct kept_response){0};
    struct err *err = unit_statements(unit, statements, 2, rows);
    if (err && (slice_eq(err->code, SLICE("42P01")) || slice_eq(err->code, SLICE("3F000"))))
        err->table = missing_table;
    if (!err && !rows_bool(&rows[0], 0, 0))
        err = in_use(arena);
    if (!err)
        err = read_kept(arena, id, &rows[1], out);
    rows_free(&rows[0]);
    rows_free(&rows[1]);
    return err;
}

struct err *idempotency_keep(struct unit *unit, const struct idempotency *id, const struct kept_response *response)
{
    struct arena *arena = unit_arena(unit);
    struct slice fields = bytes_text(arena, response->fields), body = bytes_text(arena, response->body);
    ROWS_AUTO rows = {0};
    return unit_statement(
        unit, sql_idempotency_keep(arena, id->key, id->fingerprint, response->status, fields, body, id->seconds),
        &rows);
}

bool idempotency_is_missing(const struct err *err)
{
    return err && err->table.at == missing_table.at;
}

static struct err *create(struct unit *unit, void *context)
{
    (void)context;
    for (size_t i = 0; i < IDEMPOTENCY_COMMANDS; i++) {
        ROWS_AUTO rows = {0};
        TRY(unit_statement(unit, sql_idempotency_create(unit_arena(unit), i), &rows));
    }
    return NULL;
}

struct err *idempotency_create(struct db *db, struct arena *arena, int64_t deadline)
{
    const struct exec exec = {.db = db, .arena = arena, .deadline = deadline};
    const struct unit_terms terms = {.isolation = ISOLATION_COMMITTED};
    struct err *err = unit_run(&exec, &terms, create, NULL);
    if (!err || !slice_eq(err->code, SLICE("42501")))
        return err;
    err = err_new(arena, ERR_DATABASE,
                  "The table midair.idempotency is not there, and the database role may not create it; nothing was "
                  "changed.");
    return err_hint(arena, err, "The database's administrator creates it by: midair stamp --idempotency");
}

void idempotency_script(struct buf *out)
{
    BUF_LIT(out, "BEGIN;\n");
    for (size_t i = 0; i < IDEMPOTENCY_COMMANDS; i++) {
        buf_put(out, sql_idempotency_command(i));
        BUF_LIT(out, ";\n");
    }
    BUF_LIT(out, "COMMIT;\n");
}
