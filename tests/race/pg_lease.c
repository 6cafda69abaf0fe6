/* LAYER: pg */
/* Leases and transactions, the pool's queue, the bound on prepared statements, the listener. */
#include "pg_common.h"

#include "midair/pg/listen.h"

static struct db *db;

static void with(struct db_options options)
{
    db_close(db);
    db = db_open(&options);
}

static struct err *lease_sql(struct lease *lease, struct arena *arena, const char *text, struct rows *rows)
{
    struct statement st = statement_of(text, NULL, 0, false);
    rows_free(rows); /* of the statement before */
    return lease_run(lease, arena, &st, in_seconds(30), rows);
}

static void lease_must(struct lease *lease, struct arena *arena, const char *text)
{
    ROWS_AUTO rows = {0};
    struct err *err = lease_sql(lease, arena, text, &rows);
    show_error(err);
    CHECK(!err);
}

static void reset(void)
{
    must(db, "DROP TABLE IF EXISTS public.account");
    must(db, "CREATE TABLE public.account (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0 CHECK (n < 1000000))");
    must(db, "INSERT INTO public.account SELECT generate_series(1, 10)");
}

static void a_transaction_is_kept_or_forgotten_as_a_whole(void)
{
    struct arena *arena = arena_new(0);
    LEASE_AUTO lease = NULL;
    CHECK(!db_lease(db, arena, in_seconds(30), &lease));
    CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
    lease_must(lease, arena, "UPDATE public.account SET n = 1 WHERE id = 1");
    lease_rollback(lease);
    CHECK(!lease_begin(lease, arena, "ISOLATION LEVEL REPEATABLE READ", in_seconds(30)));
    lease_must(lease, arena, "UPDATE public.account SET n = 2 WHERE id = 2");
    CHECK(!lease_commit(lease, arena, in_seconds(30)));
    CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
    lease_must(lease, arena, "UPDATE public.account SET n = 3 WHERE id = 3");
    ROWS_AUTO rows = {0};
    struct err *err = lease_sql(lease, arena, "UPDATE public.account SET n = 9999999 WHERE id = 3", &rows);
    CHECK(err && err->kind == ERR_BAD_VALUE && slice_eq(err->code, SLICE("23514")));
    CHECK(lease_commit(lease, arena, in_seconds(30))); /* a failed transaction does not commit, and says so */
    CHECK(number(db, "SELECT sum(n) FROM public.account") == 2);
    arena_free(arena);
}

static void a_dirty_lease_never_reaches_the_next_one(void)
{
    struct db_options options = test_options();
    options.pool_size = 1;
    with(options);
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 3; i++) {
        struct lease *lease = NULL;
        CHECK(!db_lease(db, arena, in_seconds(30), &lease));
        CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
        lease_must(lease, arena, "UPDATE public.account SET n = n + 5 WHERE id = 4");
        lease_release(&lease);
        CHECK(number(db, "SELECT n FROM public.account WHERE id = 4") == 0);
    }
    arena_free(arena);
}

static void a_transaction_whose_connection_died_changed_nothing(void)
{
    struct arena *arena = arena_new(0);
    with(test_options());
    LEASE_AUTO lease = NULL;
    CHECK(!db_lease(db, arena, in_seconds(30), &lease));
    CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
    lease_must(lease, arena, "UPDATE public.account SET n = n + 7 WHERE id = 5");
    number(db, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
               "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    ROWS_AUTO rows = {0};
    struct err *err = lease_sql(lease, arena, "SELECT 1", &rows);
    CHECK(err && err->kind == ERR_UNAVAILABLE);
    CHECK(lease_commit(lease, arena, in_seconds(30)));
    lease_rollback(lease);
    lease_release(&lease);
    CHECK(number(db, "SELECT n FROM public.account WHERE id = 5") == 0);
    arena_free(arena);
}

static void who_waits_too_long_for_a_lease_is_told_so(void)
{
    struct db_options options = test_options();
    options.pool_size = 2;
    options.pool_timeout_us = 50000;
    options.read_lanes = 0;
    options.write_lane = false;
    with(options);
    struct arena *arena = arena_new(0);
    struct lease *all[3] = {NULL};
    CHECK(!db_lease(db, arena, in_seconds(30), &all[0]));
    struct err *err = db_lease(db, arena, in_seconds(30), &all[1]);
    CHECK(err && err->kind == ERR_BUSY && err->retry_after == 1 && !all[1]); /* writes do not get all of them */
    CHECK(!db_lease_for_read(db, arena, in_seconds(30), &all[1]));
    err = db_lease_for_read(db, arena, in_seconds(30), &all[2]);
    CHECK(err && err->kind == ERR_BUSY && !all[2]);
    struct rows rows = {0};
    err = point(db, arena, "SELECT 1", NULL, NULL, 0, &rows);
    CHECK(err && err->kind == ERR_BUSY);
    lease_release(&all[0]);
    lease_release(&all[1]);
    CHECK(!db_lease(db, arena, in_seconds(30), &all[2]));
    lease_release(&all[2]);
    arena_free(arena);
}

static _Atomic int holders, most_holders;

static void *take_turns(void *ignored)
{
    (void)ignored;
    for (int i = 0; i < 40; i++) {
        struct arena *arena = arena_new(0);
        struct lease *lease = NULL;
        CHECK(!db_lease(db, arena, in_seconds(30), &lease));
        int now = atomic_fetch_add(&holders, 1) + 1;
        if (now > most_holders)
            most_holders = now;
        lease_must(lease, arena, "SELECT 1");
        atomic_fetch_sub(&holders, 1);
        lease_release(&lease);
        arena_free(arena);
    }
    return NULL;
}

static void everybody_gets_a_turn_and_the_pool_stays_in_its_bounds(void)
{
    struct db_options options = test_options();
    options.pool_size = 3;
    options.pool_timeout_us = 30 * (int64_t)SECOND;
    with(options);
    in_threads(24, take_turns);
    CHECK(most_holders <= 3);
    struct db_stats stats;
    db_stats(db, &stats);
    CHECK(stats.leases_in_use == 0 && stats.connections <= 3 && stats.lease_timeouts == 0);
}

static void prepared_statements_stay_within_their_bound(void)
{
    for (int on_lane = 0; on_lane < 2; on_lane++) {
        struct db_options options = test_options();
        options.prepared_max = 4;
        options.pool_size = 1;
        options.lane_threshold = on_lane ? 0 : 1000;
        options.read_lanes = 1;
        with(options);
        struct arena *arena = arena_new(0);
        for (int i = 0; i < 40; i++) {
            char text[64];
            snprintf(text, sizeof text, "SELECT $1::int + %d", i % 13);
            struct rows rows = {0};
            CHECK(!point(db, arena, text, "1", NULL, 0, &rows));
            CHECK(strtol(rows.cells[0].at, NULL, 10) == 1 + i % 13);
            rows_free(&rows);
            CHECK(!point(db, arena, "SELECT count(*) FROM pg_prepared_statements", NULL, NULL, 0, &rows));
            CHECK(strtol(rows.cells[0].at, NULL, 10) <= 5);
            rows_free(&rows);
        }
        arena_free(arena);
    }
}

static void *transfer(void *number_of_thread)
{
    bool down = (intptr_t)number_of_thread % 2;
    struct arena *arena = arena_new(0);
    LEASE_AUTO lease = NULL;
    CHECK(!db_lease(db, arena, in_seconds(60), &lease));
    for (int done = 0; done < 5;) {
        ROWS_AUTO rows = {0};
        CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
        struct err *err = lease_sql(lease, arena,
                                    down ? "UPDATE public.account SET n = n + 1 WHERE id = 9"
                                         : "UPDATE public.account SET n = n + 1 WHERE id = 8",
                                    &rows);
        if (!err)
            err = lease_sql(lease, arena,
                            down ? "UPDATE public.account SET n = n - 1 WHERE id = 8"
                                 : "UPDATE public.account SET n = n - 1 WHERE id = 9",
                            &rows);
        if (!err)
            err = lease_commit(lease, arena, in_seconds(30));
        done += !err;
        if (err) {
            CHECK(db_may_retry(err) || err->kind == ERR_LOCKED);
            lease_rollback(lease);
        }
    }
    arena_free(arena);
    return NULL;
}

static void a_deadlock_may_be_tried_again(void)
{
    struct db_options options = test_options();
    options.lock_timeout_us = 0;
    options.role_setup = SLICE("SET deadlock_timeout = '20ms'; SET application_name = 'racing'");
    with(options);
    in_threads(6, transfer);
    CHECK(number(db, "SELECT sum(n) FROM public.account WHERE id IN (8, 9)") == 0);
}

static void ddl_inside_a_transaction_may_be_tried_again(void)
{
    struct arena *arena = arena_new(0);
    with(test_options());
    LEASE_AUTO lease = NULL;
    CHECK(!db_lease(db, arena, in_seconds(30), &lease));
    lease_must(lease, arena, "SELECT * FROM public.account");
    must(db, "ALTER TABLE public.account ADD COLUMN IF NOT EXISTS more int");
    ROWS_AUTO rows = {0};
    CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
    struct err *err = lease_sql(lease, arena, "SELECT * FROM public.account", &rows);
    CHECK(err && db_may_retry(err));
    lease_rollback(lease);
    CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
    lease_must(lease, arena, "SELECT * FROM public.account");
    CHECK(!lease_commit(lease, arena, in_seconds(30)));
    lease_release(&lease);
    arena_free(arena);
}

static void sessions_look_the_same_whatever_the_server_says(void)
{
    must(db, "ALTER DATABASE postgres SET timezone = 'Asia/Tokyo'");
    must(db, "ALTER DATABASE postgres SET datestyle = 'German'");
    must(db, "ALTER DATABASE postgres SET bytea_output = 'escape'");
    with(test_options());
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    struct err *err = point(db, arena,
                            "SELECT concat_ws('|', '2026-01-02T03:04:05Z'::timestamptz::text, "
                            "'\\x0aff'::bytea::text, current_setting('application_name'))",
                            NULL, NULL, 0, &rows);
    show_error(err);
    CHECK(!err && slice_eq(rows.cells[0], SLICE("2026-01-02 03:04:05+00|\\x0aff|midair")));
    rows_free(&rows);
    arena_free(arena);
}

/* ---- the listener ---- */

static _Atomic int notified, reconnected;

static void on_notify(void *context, struct slice payload)
{
    CHECK(context == &notified);
    if (!slice_present(payload))
        atomic_fetch_add(&reconnected, 1);
    else if (slice_eq(payload, SLICE("reload")))
        atomic_fetch_add(&notified, 1);
}

static bool comes_true(_Atomic int *what, int count)
{
    for (int i = 0; i < 1000 && *what < count; i++)
        usleep(10000);
    return *what >= count;
}

#define LISTENING "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'"

static void the_listener_hears_and_comes_back(void)
{
    struct db_options options = test_options();
    struct listener *listener = listener_start(&options, "mid\"air", on_notify, &notified);
    CHECK(listener);
    for (int i = 0; i < 1000 && !number(db, LISTENING); i++)
        usleep(10000);
    must(db, "NOTIFY \"mid\"\"air\", 'reload'");
    CHECK(comes_true(&notified, 1) && reconnected == 0);
    must(db, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
             "WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()");
    CHECK(comes_true(&reconnected, 1));
    must(db, "NOTIFY \"mid\"\"air\", 'reload'");
    CHECK(comes_true(&notified, 2));
    listener_stop(listener);
    /* Stops while it cannot connect, too. */
    options.url = SLICE("host=/nowhere user=nobody");
    listener_stop(listener_start(&options, "midair", on_notify, &notified));
    listener_stop(NULL);
}

static void several_hosts_are_tried_in_turn(void)
{
    char url[256];
    snprintf(url, sizeof url, "host=/nowhere,%s,/elsewhere user=midair dbname=postgres", cluster_dir);
    struct db_options options = test_options();
    options.url = slice_of(url);
    with(options);
    CHECK(number(db, "SELECT 1") == 1);
    options.url = SLICE("host=/nowhere,/elsewhere user=midair");
    with(options);
    struct arena *arena = arena_new(0);
    struct err *err = db_ping(db, arena, in_seconds(30));
    CHECK(err && err->kind == ERR_UNAVAILABLE && slice_present(err->note));
    options.url = SLICE("nonsense password=secret in here");
    with(options);
    err = db_ping(db, arena, in_seconds(30));
    CHECK(err && err->kind == ERR_UNAVAILABLE && !memmem(err->note.at, err->note.len, "secret", 6));
    arena_free(arena);
}

int main(void)
{
    alarm(240);
    log_set_level(LOG_ERROR);
    cluster_start();
    with(test_options());
    reset();
    a_transaction_is_kept_or_forgotten_as_a_whole();
    a_dirty_lease_never_reaches_the_next_one();
    a_transaction_whose_connection_died_changed_nothing();
    who_waits_too_long_for_a_lease_is_told_so();
    everybody_gets_a_turn_and_the_pool_stays_in_its_bounds();
    prepared_statements_stay_within_their_bound();
    a_deadlock_may_be_tried_again();
    ddl_inside_a_transaction_may_be_tried_again();
    sessions_look_the_same_whatever_the_server_says();
    the_listener_hears_and_comes_back();
    several_hosts_are_tried_in_turn();
    db_close(db);
    return 0;
}
