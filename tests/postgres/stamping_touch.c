/* LAYER: stamping */
/* Touch against a real PostgreSQL: which statements bump which parents, how often, and the way back. */
#include "database.h"
#include "touch_rows.h"

#include "midair/stamping/stamp.h"

typedef struct err *(*stamping)(struct lease *lease, struct arena *arena, const struct stamp_request *request,
                                int64_t deadline, struct buf *out);

static size_t slices(const char *const *list, size_t max, struct slice *out)
{
    size_t count = 0;
    for (; count < max && list[count]; count++)
        out[count] = slice_of(list[count]);
    return count;
}

static struct err *go(struct database *database, stamping what, const struct row *row, bool touching, bool dry,
                      struct buf *out)
{
    struct slice tables[5], touches[4];
    struct stamp_request request = {.tables = tables, .touches = touches, .dry_run = dry};
    request.table_count = slices(row->tables, 5, tables);
    request.touch_count = touching ? slices(row->touches, 4, touches) : 0;
    *out = buf_new(database->arena, 256);
    return what(database->lease, database->arena, &request, soon(), out);
}

static void fine(struct database *database, stamping what, const struct row *row, bool touching, bool dry,
                 struct buf *out)
{
    struct err *err = go(database, what, row, touching, dry, out);
    EXPECT(!err, "%.*s (%.*s)", SLICE_ARG(err->detail), SLICE_ARG(err->note));
}

static void refused(struct database *database, const struct row *row, struct slice before)
{
    struct buf out;
    struct err *err = go(database, stamp_run, row, true, false, &out);
    EXPECT(err && strstr(err->detail.at, row->refused), "said instead: %.*s",
           SLICE_ARG(err ? err->detail : SLICE("nothing")));
    EXPECT(slice_eq(before, database_dump(database)), "changed something all the same");
}

static void expect(struct database *database, const char *ask, const char *gives)
{
    const char *got = sql_one(database, ask);
    EXPECT(strcmp(got, gives) == 0, "%s instead of %s", got, gives);
}

static void there_and_back(struct database *database, const struct row *row, bool by_script)
{
    struct buf out;
    if (by_script) {
        fine(database, stamp_run, row, true, true, &out);
        sql_run(database->other, arena_copy(database->arena, buf_slice(&out)).at);
    } else { /* the touch comes later than the stamps */
        fine(database, stamp_run, row, false, false, &out);
        fine(database, stamp_run, row, true, false, &out);
    }
    fine(database, stamp_run, row, true, true, &out);
    EXPECT(out.len == 0, "a second stamping does: %.*s", (int)out.len, out.at);
    fine(database, stamp_run, row, false, true, &out);
    EXPECT(out.len == 0, "a second stamping without --touch does: %.*s", (int)out.len, out.at);
    sql_run(database->other, row->writer);
    expect(database, row->ask, row->gives);
    sql_run(database->other, "DROP TABLE IF EXISTS i_c");
}

static void run_row(const struct row *row, int number)
{
    database_label = row->label;
    struct database database = database_new(number, "midair");
    sql_run(database.other, row->setup);
    database_lease(&database);
    struct slice before = database_dump(&database);
    struct buf out;
    if (row->refused) {
        refused(&database, row, before);
    } else {
        there_and_back(&database, row, number % 2 == 0);
        /* The parent first: its children must not go on touching it. */
        for (size_t i = 0; i < 5 && row->tables[i]; i++) {
            struct row one = {.tables = {row->tables[i]}};
            fine(&database, unstamp_run, &one, false, false, &out);
        }
        EXPECT(slice_eq(before, database_dump(&database)), "unstamping left: %s", database_dump(&database).at);
    }
    database_end(&database);
}

int main(void)
{
    cluster_start();
    int count = (int)(sizeof(rows) / sizeof(rows[0]));
    for (int i = 0; i < count; i++)
        run_row(&rows[i], i);
    return database_failures != 0;
}
