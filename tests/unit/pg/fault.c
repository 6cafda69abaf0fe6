/* What db_point and the leases make of each thing that can go wrong below them, by a scripted libpq. */
#include "../../fake/libpq.h"
#include "../../pg_options.h"
#include "midair/base/clock.h"
#include "midair/base/map.h"
#include "midair/base/wait.h"
#include "midair/pg/db.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { OK = -1, MANY = -1 };
enum door { LEASE, LANE };

static struct db *open_db(enum door door)
{
    struct db_options options = pg_options(SLICE("scripted"));
    options.pool_size = 2;
    options.lane_threshold = door == LANE ? 0 : 1000;
    options.connect_timeout_us = 30000;
    return db_open(&options);
}

static struct statement statement_of(const char *text, bool writes)
{
    struct slice s = slice_of(text);
    return (struct statement){.text = s, .hash = map_hash(s), .writes = writes};
}

static struct err *run_point(struct db *db, struct arena *arena, bool writes, int64_t within, struct rows *rows)
{
    struct statement st = statement_of(writes ? "UPDATE" : "SELECT", writes);
    return db_point(db, arena, &st, 1, writes ? POINT_WRITE : 0, clock_now_us() + within, rows);
}

static const struct {
    const char *label;
    enum door door;
    bool writes;
    struct fake script;
    int kind; /* OK, or the kind of error */
    int sent; /* how often the statement left, which is what must not be too often */
} points[] = {
    {"a read", LEASE, false, {.commands = "row"}, OK, 1},
    {"a read", LANE, false, {.commands = "row"}, OK, 1},
    {"a write", LEASE, true, {0}, OK, 1},
    {"a write", LANE, true, {0}, OK, 1},

    {"an error is final", LEASE, true, {.commands = "e:23505"}, ERR_CONFLICT, 1},
    {"a read's error is its own", LANE, false, {.commands = "e:22P02"}, ERR_BAD_VALUE, 1},
    {"a culprit runs alone, and fails", LANE, true, {.commands = "e:23505 e:23505"}, ERR_CONFLICT, 2},
    {"a culprit runs alone, and may succeed", LANE, true, {.commands = "e:23505"}, OK, 2},
    {"an error of the server's", LEASE, true, {.commands = "e:XX001"}, ERR_DATABASE, 1},

    {"the commit fails", LEASE, true, {.syncs = "e:23503"}, ERR_CONFLICT, 1},
    {"the commit fails, then alone", LANE, true, {.syncs = "e:23503 e:23503"}, ERR_CONFLICT, 2},
    {"the commit fails in company only", LANE, true, {.syncs = "e:23503"}, OK, 2},
    {"lost at the commit", LEASE, true, {.syncs = "lost"}, ERR_OUTCOME_UNKNOWN, 1},
    {"lost at the commit", LANE, true, {.syncs = "lost"}, ERR_OUTCOME_UNKNOWN, 1},
    {"a farewell at the commit says nothing", LEASE, true, {.syncs = "fatal:57P01"}, ERR_OUTCOME_UNKNOWN, 1},
    {"a farewell at the commit says nothing", LANE, true, {.syncs = "fatal:57P01"}, ERR_OUTCOME_UNKNOWN, 1},

    {"a write is lost", LEASE, true, {.commands = "lost"}, ERR_OUTCOME_UNKNOWN, 1},
    {"a write is lost", LANE, true, {.commands = "lost"}, ERR_OUTCOME_UNKNOWN, 1},
    {"a write's stream is cut", LEASE, true, {.commands = "cut"}, ERR_OUTCOME_UNKNOWN, 1},
    {"a write's stream is cut", LANE, true, {.commands = "cut"}, ERR_OUTCOME_UNKNOWN, 1},
    {"a read is lost and runs again", LEASE, false, {.commands = "lost row"}, OK, 2},
    {"a read is lost and runs again", LANE, false, {.commands = "cut row"}, OK, 2},
    {"a read is lost too often", LEASE, false, {.commands = "lost lost lost"}, ERR_UNAVAILABLE, 3},
    {"a read is lost too often",
     LANE,
     false,
     {.commands = "lost lost lost lost lost lost lost lost lost"},
     ERR_UNAVAILABLE,
     9},
    {"a farewell before the end: rolled back", LEASE, true, {.commands = "fatal:57P01"}, OK, 2},
    {"a farewell before the end: rolled back", LANE, true, {.commands = "fatal:57P01"}, OK, 2},

    {"a Sync that never left", LEASE, true, {.flush_stuck = 1}, OK, 2},
    {"a Sync that never left", LANE, true, {.flush_stuck = 1}, OK, 2},
    {"a Sync that may have left", LEASE, true, {.sync_fails = 1}, ERR_OUTCOME_UNKNOWN, 1},
    {"a Sync that may have left", LANE, true, {.sync_fails = 1}, ERR_OUTCOME_UNKNOWN, 1},
    {"a statement that cannot be sent", LEASE, true, {.send_fails = 1}, OK, 1},
    {"a statement that cannot be sent", LANE, true, {.send_fails = 1}, OK, 1},
    {"nothing can be sent", LEASE, true, {.send_fails = 99}, ERR_UNAVAILABLE, 0},

    {"cancelled at the deadline", LEASE, true, {.commands = "silent"}, ERR_TIMEOUT, 1},
    {"cancelled at the deadline", LANE, true, {.commands = "silent"}, ERR_TIMEOUT, 1},
    {"cancelled too late", LEASE, true, {.commands = "late"}, OK, 1},
    {"cancelled too late", LANE, true, {.commands = "late"}, OK, 1},
    {"the cancel fails", LEASE, true, {.commands = "silent", .cancel_fails = true}, ERR_OUTCOME_UNKNOWN, 1},
    {"the cancel fails", LANE, true, {.commands = "silent", .cancel_fails = true}, ERR_OUTCOME_UNKNOWN, 1},
    {"the cancel of a read fails", LEASE, false, {.commands = "silent", .cancel_fails = true}, ERR_TIMEOUT, 1},
    {"the cancel of a read fails", LANE, false, {.commands = "silent", .cancel_fails = true}, ERR_TIMEOUT, 1},
    {"deaf to the cancel", LEASE, true, {.commands = "deaf"}, ERR_OUTCOME_UNKNOWN, 1},
    {"deaf to the cancel", LANE, true, {.commands = "deaf"}, ERR_OUTCOME_UNKNOWN, 1},
    {"deaf to the cancel of a read", LANE, false, {.commands = "deaf"}, ERR_TIMEOUT, 1},
    {"silent at the commit", LEASE, true, {.syncs = "deaf"}, ERR_OUTCOME_UNKNOWN, 1},
    {"silent at the commit", LANE, true, {.syncs = "deaf"}, ERR_OUTCOME_UNKNOWN, 1},

    {"deadlocks that pass", LEASE, true, {.commands = "e:40P01 e:40001"}, OK, 3},
    {"deadlocks that pass", LANE, true, {.commands = "e:40P01 e:40001"}, OK, 3},
    {"deadlocks that do not",
     LEASE,
     true,
     {.commands = "e:40P01 e:40P01 e:40P01 e:40P01 e:40P01 e:40P01"},
     ERR_CONTENTION,
     6},
    {"a locked row is waited for", LEASE, true, {.commands = "e:55P03"}, OK, 2},
    {"a locked row is waited for", LANE, true, {.commands = "e:55P03"}, OK, 2},
    {"a locked table is waited for", LEASE, false, {.commands = "e:55P03 row"}, OK, 2},
    {"a locked row stays locked", LEASE, true, {.commands = "e:55P03 e:55P03"}, ERR_LOCKED, 2},
    {"a locked row stays locked", LANE, true, {.commands = "e:55P03 e:55P03"}, ERR_LOCKED, 2},
    {"a locked row, then a deadlock", LEASE, true, {.commands = "e:55P03 e:40P01"}, OK, 3},
    {"a locked row, and the connection is lost", LEASE, true, {.commands = "e:55P03 lost"}, ERR_OUTCOME_UNKNOWN, 2},

    {"the standby does not confirm", LEASE, true, {.syncs = "standby"}, ERR_OUTCOME_UNKNOWN, 1},
    {"the standby does not confirm", LANE, true, {.syncs = "standby"}, ERR_OUTCOME_UNKNOWN, 1},
    {"the standby does not confirm, said with the result",
     LEASE,
     true,
     {.commands = "standby"},
     ERR_OUTCOME_UNKNOWN,
     1},
    {"another notice means nothing", LEASE, true, {.syncs = "notice"}, OK, 1},
    {"another notice means nothing", LANE, true, {.commands = "notice"}, OK, 1},

    {"a stale plan", LEASE, true, {.commands = "stale"}, OK, 2},
    {"a stale plan", LANE, true, {.commands = "stale"}, OK, 2},
    {"stale again and again", LEASE, true, {.commands = "stale stale stale"}, ERR_BAD_VALUE, 3},
    {"0A000 that is no stale plan", LEASE, true, {.commands = "e:0A000"}, ERR_BAD_VALUE, 1},
    {"a statement that the server forgot", LEASE, false, {.commands = "e:26000 row"}, OK, 2},
    {"a statement that the server forgot", LANE, false, {.commands = "e:26000 row"}, OK, 2},
    {"a name that the server knows", LEASE, false, {.prepares = "e:42P05"}, OK, 2},
    {"a name that the server knows", LANE, false, {.prepares = "e:42P05"}, OK, 2},
    {"a text that cannot be prepared", LEASE, false, {.prepares = "e:42601"}, ERR_BAD_VALUE, 1},
    {"a text that cannot be prepared", LANE, false, {.prepares = "e:42601"}, ERR_BAD_VALUE, 1},

    {"a COPY", LEASE, true, {.commands = "copy"}, ERR_OUTCOME_UNKNOWN, 1},
    {"a COPY", LANE, true, {.commands = "copy"}, ERR_OUTCOME_UNKNOWN, 1},
    {"no result", LEASE, true, {.commands = "none"}, ERR_OUTCOME_UNKNOWN, 1},
    {"no result", LANE, true, {.commands = "none"}, ERR_OUTCOME_UNKNOWN, 1},

    {"no connection", LEASE, true, {.connects = "fail"}, ERR_UNAVAILABLE, 0},
    {"no connection", LANE, true, {.connects = "fail"}, ERR_UNAVAILABLE, 0},
    {"a connection that never finishes", LEASE, true, {.connects = "hang"}, ERR_UNAVAILABLE, 0},
    {"a connection that never finishes", LANE, true, {.connects = "hang"}, ERR_UNAVAILABLE, 0},
    {"a session that cannot be set up", LEASE, true, {.connects = "badset"}, ERR_UNAVAILABLE, 0},
    {"a session that cannot be set up", LANE, true, {.connects = "badset"}, ERR_UNAVAILABLE, 0},
};

static bool waits(const struct fake *script)
{
    const char *words[] = {script->commands, script->syncs};
    for (int i = 0; i < 2; i++) {
        if (words[i] && (strstr(words[i], "silent") || strstr(words[i], "late") || strstr(words[i], "deaf")))
            return true;
    }
    return false;
}

Test(fault, each_end_of_a_point_statement)
{
    log_set_level(LOG_FATAL);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char label[160];
        snprintf(label, sizeof label, "%s, %s %s", points[i].label, points[i].writes ? "write" : "read",
                 points[i].door == LANE ? "on a lane" : "on a lease");
        fake_reset(points[i].script);
        struct arena *arena = arena_new(0);
        struct db *db = open_db(points[i].door);
        struct rows rows = {0};
        struct err *err = run_point(db, arena, points[i].writes, waits(&points[i].script) ? 40000 : 10000000, &rows);
        cr_expect_eq(err ? (int)err->kind : OK, points[i].kind, "%s: %s", label, err ? err_name(err->kind) : "fine");
        cr_expect_eq(fake.sent, points[i].sent, "%s: sent %d times", label, fake.sent);
        cr_expect(err || rows.owner, "%s: no rows", label);
        cr_expect(!err || err->kind != ERR_UNAVAILABLE || err->retry_after == 1, "%s: Retry-After", label);
        rows_free(&rows);
        db_close(db);
        arena_free(arena);
        cr_expect_eq(fake.results, 0, "%s: %d results are not cleared", label, fake.results);
        cr_expect_eq(fake.open, 0, "%s: %d connections are open", label, fake.open);
    }
}

Test(fault, rows_borrow_from_the_result)
{
    fake_reset((struct fake){.commands = "row"});
    struct arena *arena = arena_new(0);
    struct db *db = open_db(LANE);
    struct rows rows = {0};
    cr_assert_null(run_point(db, arena, false, 10000000, &rows));
    cr_assert_eq(rows.row_count, 1);
    cr_assert_eq(rows.column_count, 2);
    cr_assert(slice_eq(rows_cell(&rows, 0, 0), SLICE("7")));
    cr_assert_not(slice_present(rows_cell(&rows, 0, 1)));
    cr_assert_eq(rows.affected, 1);
    cr_assert_eq(fake.results, 1);
    rows_free(&rows);
    cr_assert_eq(fake.results, 0);
    db_close(db);
    arena_free(arena);
}

Test(fault, a_connection_that_died_idle_is_replaced_for_writes_too)
{
    for (int door = LEASE; door <= LANE; door++) {
        fake_reset((struct fake){0});
        struct arena *arena = arena_new(0);
        struct db *db = open_db((enum door)door);
        struct rows rows = {0};
        for (int i = 1; i <= 3; i++) {
            cr_assert_null(run_point(db, arena, true, 10000000, &rows));
            rows_free(&rows);
            cr_assert_eq(fake.sent, i);
            cr_assert_eq(fake.connected, i);
            fake_hang_up();
        }
        db_close(db);
        arena_free(arena);
    }
}

Test(fault, an_open_breaker_lets_nobody_connect)
{
    log_set_level(LOG_FATAL);
    fake_reset((struct fake){.connects = "fail fail fail fail fail fail fail fail"});
    struct arena *arena = arena_new(0);
    struct db *db = open_db(LANE);
    struct db_stats stats;
    for (int i = 0; i < 200; i++) {
        struct rows rows = {0};
        struct err *err = run_point(db, arena, true, 10000000, &rows);
        if (!err)
            rows_free(&rows);
    }
    db_stats(db, &stats);
    cr_expect_lt(stats.connect_failures, 8);
    db_close(db);
    arena_free(arena);
}

Test(fault, a_deadline_that_passed_already_sends_nothing)
{
    fake_reset((struct fake){0});
    struct arena *arena = arena_new(0);
    struct db *db = open_db(LANE);
    struct rows rows = {0};
    struct err *err = run_point(db, arena, true, -1, &rows);
    cr_assert(err && err->kind == ERR_TIMEOUT);
    cr_assert_eq(fake.sent, 0);
    db_close(db);
    arena_free(arena);
}

/* ---- transactions on a lease ---- */

static const struct {
    const char *label;
    struct fake script; /* the commands: BEGIN, an UPDATE, COMMIT */
    int update, commit; /* OK or the kind of error */
    bool may_retry;
} transactions[] = {
    {"all well", {0}, OK, OK, false},
    {"a write lost inside changed nothing", {.commands = "done lost"}, ERR_UNAVAILABLE, ERR_UNAVAILABLE, false},
    {"the COMMIT is lost", {.commands = "done done lost"}, OK, ERR_OUTCOME_UNKNOWN, false},
    {"the COMMIT fails", {.commands = "done done e:40001"}, OK, ERR_CONTENTION, true},
    {"the COMMIT is deaf", {.commands = "done done deaf"}, OK, ERR_OUTCOME_UNKNOWN, false},
    {"a deadlock", {.commands = "done e:40P01"}, ERR_CONTENTION, OK, true},
    {"a stale plan", {.commands = "done stale"}, ERR_CONTENTION, OK, true},
    {"a forgotten statement", {.commands = "done e:26000"}, ERR_CONTENTION, OK, true},
    {"an error", {.commands = "done e:23505"}, ERR_CONFLICT, OK, false},
    {"a locked row", {.commands = "done e:55P03"}, ERR_CONTENTION, OK, true},
    {"a locked row at the commit", {.commands = "done done e:55P03"}, OK, ERR_CONTENTION, true},
    {"the standby does not confirm", {.commands = "done done standby"}, OK, ERR_OUTCOME_UNKNOWN, false},
    {"the standby does not confirm, said at the end", {.syncs = "sync sync standby"}, OK, ERR_OUTCOME_UNKNOWN, false},
    {"a notice", {.commands = "notice notice notice"}, OK, OK, false},
};

Test(fault, each_end_of_a_transaction)
{
    for (size_t i = 0; i < sizeof transactions / sizeof *transactions; i++) {
        fake_reset(transactions[i].script);
        struct arena *arena = arena_new(0);
        struct db *db = open_db(LEASE);
        struct lease *lease = NULL;
        struct rows rows = {0};
        struct statement st = statement_of("UPDATE", true);
        bool slow = transactions[i].script.commands && strstr(transactions[i].script.commands, "deaf");
        cr_assert_null(db_lease(db, arena, clock_now_us() + 5000000, &lease));
        cr_assert_null(lease_begin(lease, arena, "READ WRITE", clock_now_us() + 5000000));
        struct err *update = lease_run(lease, arena, &st, clock_now_us() + 5000000, &rows);
        struct err *commit = lease_commit(lease, arena, clock_now_us() + (slow ? 40000 : 5000000));
        cr_expect_eq(update ? (int)update->kind : OK, transactions[i].update, "%s", transactions[i].label);
        cr_expect_eq(commit ? (int)commit->kind : OK, transactions[i].commit, "%s: %s", transactions[i].label,
                     commit ? err_name(commit->kind) : "");
        cr_expect_eq(db_may_retry(update) || db_may_retry(commit), transactions[i].may_retry, "%s",
                     transactions[i].label);
        rows_free(&rows);
        lease_release(&lease);
        cr_expect_null(lease);
        db_close(db);
        arena_free(arena);
        cr_expect_eq(fake.results + fake.open, 0, "%s", transactions[i].label);
    }
}

/* ---- a transaction that meets a locked row, tried again as its caller does ---- */

static struct err *attempt(struct lease *lease, struct arena *arena)
{
    struct rows rows = {0};
    struct statement st = statement_of("UPDATE", true);
    TRY(lease_begin(lease, arena, NULL, clock_now_us() + 5000000));
    struct err *err = lease_run(lease, arena, &st, clock_now_us() + 5000000, &rows);
    rows_free(&rows);
    if (err)
        lease_rollback(lease);
    return err ? err : lease_commit(lease, arena, clock_now_us() + 5000000);
}

static const struct {
    const char *label;
    const char *commands; /* BEGIN, UPDATE, COMMIT or ROLLBACK, and so on */
    int end;
    int attempts;
} blocked[] = {
    {"the row gets free", "done e:55P03 done done done done", OK, 2},
    {"the row stays locked", "done e:55P03 done done e:55P03 done", ERR_LOCKED, 2},
    {"a deadlock after that", "done e:55P03 done done e:40P01 done done done done", OK, 3},
    {"locked at the commit", "done done e:55P03 done done done", OK, 2},
};

Test(fault, a_transaction_that_meets_a_locked_row_waits_for_it_once)
{
    for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++) {
        fake_reset((struct fake){.commands = blocked[i].commands});
        struct arena *arena = arena_new(0);
        struct db *db = open_db(LEASE);
        struct lease *lease = NULL;
        struct err *err = NULL;
        int attempts = 0;
        cr_assert_null(db_lease(db, arena, clock_now_us() + 5000000, &lease));
        do {
            err = attempt(lease, arena);
            attempts++;
        } while (db_may_retry(err) && attempts < 9);
        cr_expect_eq(err ? (int)err->kind : OK, blocked[i].end, "%s", blocked[i].label);
        cr_expect_eq(attempts, blocked[i].attempts, "%s: %d attempts", blocked[i].label, attempts);
        lease_release(&lease);
        db_close(db);
        arena_free(arena);
        cr_expect_eq(fake.results + fake.open, 0, "%s", blocked[i].label);
    }
}

/* ---- a client that has gone ---- */

static bool always(void *context)
{
    (void)context;
    return true;
}

static const struct {
    const char *label;
    enum door door;
    bool writes;
    struct fake script;
    int kind;
    int cancels;
} gone[] = {
    {"a read is cancelled", LEASE, false, {.commands = "silent"}, ERR_CLIENT_GONE, 1},
    {"a write is cancelled", LEASE, true, {.commands = "silent"}, ERR_CLIENT_GONE, 1},
    {"a write that was done already stands", LEASE, true, {.commands = "late"}, OK, 1},
    {"the server does not hear it", LEASE, true, {.commands = "deaf"}, ERR_OUTCOME_UNKNOWN, 1},
    {"the server does not hear it", LEASE, false, {.commands = "deaf"}, ERR_CLIENT_GONE, 1},
    {"others ride along", LANE, true, {.commands = "silent"}, ERR_CLIENT_GONE, 1},
};

Test(fault, what_runs_for_a_client_that_has_gone_is_cancelled)
{
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        fake_reset(gone[i].script);
        struct arena *arena = arena_new(0);
        struct db *db = open_db(gone[i].door);
        struct rows rows = {0};
        wait_watch((struct wait_watch){.unwanted = always, .serves = true});
        /* On a lane the deadline ends it: the flight is not the client's alone. */
        struct err *err = run_point(db, arena, gone[i].writes, gone[i].door == LANE ? 600000 : 60000000, &rows);
        wait_watch((struct wait_watch){0});
        cr_expect_eq(err ? (int)err->kind : OK, gone[i].kind, "%s: %s", gone[i].label, err ? err_name(err->kind) : "");
        cr_expect_eq(fake.cancels, gone[i].cancels, "%s: %d cancels", gone[i].label, fake.cancels);
        cr_expect_eq(fake.sent, 1, "%s: sent %d times", gone[i].label, fake.sent);
        rows_free(&rows);
        db_close(db);
        arena_free(arena);
        cr_expect_eq(fake.results + fake.open, 0, "%s", gone[i].label);
    }
}

/* ---- permits ---- */

enum { PERMITS_MAX = 8 };

static const struct {
    int size, writers; /* of the pool; those that writes get */
} permits[] = {{1, 1}, {2, 1}, {4, 3}, {8, 6}};

Test(fault, reads_and_readiness_find_a_connection_whatever_writes_hold)
{
    for (size_t i = 0; i < sizeof permits / sizeof *permits; i++) {
        fake_reset((struct fake){0});
        struct arena *arena = arena_new(0);
        struct db_options options = pg_options(SLICE("scripted"));
        struct lease *leases[PERMITS_MAX + 1] = {0};
        int count = 0, writers;
        options.pool_size = permits[i].size;
        options.pool_timeout_us = 1000;
        struct db *db = db_open(&options);
        while (!db_lease(db, arena, CLOCK_NEVER, &leases[count]))
            count++;
        writers = count;
        cr_expect_eq(writers, permits[i].writers, "%d of %d", writers, permits[i].size);
        while (!db_lease_for_read(db, arena, CLOCK_NEVER, &leases[count]))
            count++;
        cr_expect_eq(count, permits[i].size);
        cr_expect_null(db_ping(db, arena, clock_now_us() + 1000000), "the pool of %d is used up", permits[i].size);
        while (count > 0)
            lease_release(&leases[--count]);
        db_close(db);
        arena_free(arena);
        cr_expect_eq(fake.open, 0);
    }
}
