/* LAYER: pg */
/* Backends killed, the server restarted and crashed, under many threads: what was acknowledged is there, what was not
 * sent or was rolled back is not, and only what lay in between may be either. Service comes back by itself. */
#include "pg_common.h"

static const char *const increment = "UPDATE public.counter SET n = n + 1 WHERE id = $1::int";
static struct db *db;
static _Atomic long acknowledged, unknown, refused;
static _Atomic bool stop;

static void with(struct db_options options)
{
    db_close(db);
    db = db_open(&options);
}

static void reset(void)
{
    must(db, "DROP TABLE IF EXISTS public.counter");
    must(db, "CREATE TABLE public.counter (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0)");
    must(db, "INSERT INTO public.counter SELECT generate_series(1, 8)");
    acknowledged = unknown = refused = 0;
    stop = false;
}

static void count_end(const struct err *err, const struct rows *rows)
{
    if (!err && rows->affected == 1) {
        atomic_fetch_add(&acknowledged, 1);
    } else if (err && err->kind == ERR_OUTCOME_UNKNOWN) {
        atomic_fetch_add(&unknown, 1);
    } else if (err && err->kind == ERR_UNAVAILABLE) {
        CHECK(err->retry_after == 1);
        atomic_fetch_add(&refused, 1);
    } else {
        show_error(err);
        exit(1); /* an end that no fault explains */
    }
}

static void *work_until_stopped(void *number_of_thread)
{
    int me = (int)(intptr_t)number_of_thread;
    struct arena *arena = arena_new(0);
    for (int i = 0; !stop; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", 1 + (me + i) % 8);
        arena_reset(arena);
        struct rows rows = {0};
        struct err *err = point(db, arena, increment, id, NULL, POINT_WRITE, &rows);
        count_end(err, &rows);
        rows_free(&rows);
        if (err)
            usleep(2000);
        if (i % 4 == 0) {
            err = point(db, arena, "SELECT n FROM public.counter WHERE id = $1::int", id, NULL, 0, &rows);
            CHECK(!err || err->kind == ERR_UNAVAILABLE);
            rows_free(&rows);
        }
    }
    arena_free(arena);
    return NULL;
}

static void kill_backends(void)
{
    struct db_options options = test_options();
    struct db *killer = db_open(&options);
    for (int i = 0; i < 20; i++) {
        number(killer, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                       "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
        usleep(30000);
    }
    db_close(killer);
}

static void restart(void)
{
    for (int i = 0; i < 2; i++) {
        usleep(150000);
        cluster_down(SIGINT);
        usleep(150000);
        cluster_up();
    }
}

static void crash(void)
{
    for (int i = 0; i < 2; i++) {
        usleep(150000);
        cluster_down(SIGQUIT);
        cluster_up();
    }
}

/* Runs a fault under load and compares the counters with what was acknowledged. */
static void under_load(const char *label, void (*fault)(void), int threshold)
{
    struct db_options options = test_options();
    options.lane_threshold = threshold;
    with(options);
    reset();
    pthread_t threads[16];
    for (int i = 0; i < 16; i++)
        pthread_create(&threads[i], NULL, work_until_stopped, (void *)(intptr_t)i);
    fault();
    long before = acknowledged;
    for (int i = 0; i < 500 && acknowledged < before + 100; i++)
        usleep(10000);
    CHECK(acknowledged >= before + 100); /* service is back */
    stop = true;
    for (int i = 0; i < 16; i++)
        pthread_join(threads[i], NULL);
    long n = number(db, "SELECT sum(n) FROM public.counter");
    fprintf(stderr, "%s, lanes from %d: %ld acknowledged, %ld unknown, %ld refused, %ld counted\n", label, threshold,
            acknowledged, unknown, refused, n);
    CHECK(n >= acknowledged && n <= acknowledged + unknown);
}

static void ddl_does_not_surprise_prepared_statements(void)
{
    for (int threshold = 0; threshold <= 12; threshold += 12) {
        struct db_options options = test_options();
        options.lane_threshold = threshold;
        with(options);
        reset();
        struct arena *arena = arena_new(0);
        for (int i = 0; i < 6; i++) {
            struct rows rows = {0};
            must(db, i % 2 ? "ALTER TABLE public.counter ADD COLUMN extra text"
                           : "ALTER TABLE public.counter DROP COLUMN IF EXISTS extra");
            struct err *err = point(db, arena, "SELECT * FROM public.counter WHERE id = $1::int", "1", NULL, 0, &rows);
            show_error(err);
            CHECK(!err && rows.column_count == (i % 2 ? 3u : 2u));
            rows_free(&rows);
            err = point(db, arena, "UPDATE public.counter SET n = n + 1 WHERE id = $1::int RETURNING *", "1", NULL,
                        POINT_WRITE, &rows);
            show_error(err);
            CHECK(!err && rows.affected == 1 && rows.column_count == (i % 2 ? 3u : 2u));
            rows_free(&rows);
        }
        CHECK(number(db, "SELECT n FROM public.counter WHERE id = 1") == 6);
        must(db, "DEALLOCATE ALL");
        for (int i = 0; i < 4; i++)
            must(db, "SELECT 1");
        arena_free(arena);
    }
}

static void idle_connections_that_died_are_replaced_unseen(void)
{
    for (int threshold = 0; threshold <= 12; threshold += 12) {
        struct db_options options = test_options();
        options.lane_threshold = threshold;
        with(options);
        reset();
        struct arena *arena = arena_new(0);
        for (int i = 0; i < 10; i++) {
            struct rows rows = {0};
            CHECK(!point(db, arena, increment, "1", NULL, POINT_WRITE, &rows) && rows.affected == 1);
            rows_free(&rows);
            struct db_options others = test_options();
            struct db *killer = db_open(&others);
            number(killer, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
                           "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
            db_close(killer);
        }
        arena_free(arena);
        CHECK(number(db, "SELECT n FROM public.counter WHERE id = 1") == 10);
    }
}

static void *sleep_too_long(void *writes)
{
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    struct statement st =
        statement_of("UPDATE public.counter SET n = n + 1 WHERE id = 2 AND pg_sleep(30) IS NOT NULL", NULL, 0, true);
    if (!writes)
        st = statement_of("SELECT pg_sleep(30)", NULL, 0, false);
    struct err *err = db_point(db, arena, &st, 1, writes ? POINT_WRITE : 0, clock_now_us() + 300000, &rows);
    show_error(err);
    CHECK(err && err->kind == ERR_TIMEOUT);
    arena_free(arena);
    return NULL;
}

static void *deadlines(void *number_of_thread)
{
    intptr_t me = (intptr_t)number_of_thread;
    if (me < 4)
        return sleep_too_long((void *)(me % 2));
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    struct err *err = point(db, arena, increment, "3", NULL, POINT_WRITE, &rows);
    show_error(err);
    CHECK(!err && rows.affected == 1);
    rows_free(&rows);
    arena_free(arena);
    return NULL;
}

static void a_deadline_cancels_its_statement_and_no_other(void)
{
    for (int threshold = 0; threshold <= 12; threshold += 12) {
        struct db_options options = test_options();
        options.lane_threshold = threshold;
        with(options);
        reset();
        in_threads(16, deadlines);
        CHECK(number(db, "SELECT n FROM public.counter WHERE id = 3") == 12);
        CHECK(number(db, "SELECT n FROM public.counter WHERE id = 2") == 0);
        CHECK(number(db, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' "
                         "AND state = 'active' AND pid <> pg_backend_pid()") == 0);
    }
}

static void while_the_server_is_away_calls_fail_at_once(void)
{
    with(test_options());
    reset();
    cluster_down(SIGINT);
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    for (int i = 0; i < 50; i++) {
        struct err *err = point(db, arena, increment, "1", NULL, POINT_WRITE, &rows);
        CHECK(err && err->kind == ERR_UNAVAILABLE && err->retry_after == 1);
    }
    CHECK(db_ping(db, arena, in_seconds(30)));
    cluster_up();
    struct err *err = NULL;
    for (int i = 0; i < 100 && (err = db_ping(db, arena, in_seconds(30))); i++)
        usleep(10000);
    show_error(err);
    CHECK(!err);
    arena_free(arena);
}

int main(void)
{
    alarm(280);
    log_set_level(LOG_ERROR);
    cluster_start();
    ddl_does_not_surprise_prepared_statements();
    idle_connections_that_died_are_replaced_unseen();
    a_deadline_cancels_its_statement_and_no_other();
    while_the_server_is_away_calls_fail_at_once();
    under_load("backends killed", kill_backends, 0);
    under_load("backends killed", kill_backends, 12);
    under_load("restarts", restart, 0);
    under_load("crashes", crash, 12);
    db_close(db);
    return 0;
}
