/* LAYER: pg */
/* Through PgBouncer in transaction mode with prepare = off: no SET, no named statement, two clients' transactions
 * multiplexed on few server connections. Does nothing where pgbouncer is not installed. */
#include "pg_common.h"

static struct db *db;
static pid_t bouncer;

static void stop_bouncer(void)
{
    if (bouncer > 0 && getpid() == cluster_owner) {
        kill(bouncer, SIGKILL);
        waitpid(bouncer, NULL, 0);
    }
}

static void start_bouncer(const char *program)
{
    char config[96], users[96];
    snprintf(config, sizeof config, "%s/bouncer.ini", cluster_dir);
    snprintf(users, sizeof users, "%s/users.txt", cluster_dir);
    FILE *file = fopen(config, "w");
    CHECK(file);
    fprintf(file,
            "[databases]\npostgres = host=%s\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = %s\n"
            "listen_port = 6432\nauth_type = trust\nauth_file = %s\npool_mode = transaction\ndefault_pool_size = 3\n",
            cluster_dir, cluster_dir, users);
    fclose(file);
    file = fopen(users, "w");
    CHECK(file);
    fprintf(file, "\"midair\" \"\"\n");
    fclose(file);
    CHECK(chmod(config, 0644) == 0 && chmod(users, 0644) == 0);
    const char *const argv[] = {program, "-q", config, NULL};
    bouncer = cluster_spawn(argv);
    atexit(stop_bouncer);
}

static void *work(void *number_of_thread)
{
    int me = (int)(intptr_t)number_of_thread;
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 40; i++) {
        arena_reset(arena);
        struct rows rows = {0};
        struct err *err = point(db, arena, "UPDATE public.bounced SET n = n + 1 WHERE id = $1::int RETURNING n",
                                me % 2 ? "1" : "2", NULL, POINT_WRITE, &rows);
        show_error(err);
        CHECK(!err && rows.affected == 1);
        rows_free(&rows);
        if (i % 8)
            continue;
        LEASE_AUTO lease = NULL;
        CHECK(!db_lease(db, arena, in_seconds(20), &lease));
        CHECK(!lease_begin(lease, arena, NULL, in_seconds(20)));
        const char *values[] = {me % 2 ? "1" : "2"};
        struct statement st = statement_of("UPDATE public.bounced SET n = n + 1 WHERE id = $1::int", values, 1, true);
        CHECK(!lease_run(lease, arena, &st, in_seconds(20), &rows));
        rows_free(&rows);
        if (i % 16)
            lease_rollback(lease);
        else
            CHECK(!lease_commit(lease, arena, in_seconds(20)));
    }
    arena_free(arena);
    return NULL;
}

static void values_look_the_same(void)
{
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    struct err *err = point(db, arena, "SELECT '2026-01-02T03:04:05Z'::timestamptz::text", NULL, NULL, 0, &rows);
    show_error(err);
    CHECK(!err && slice_eq(rows.cells[0], SLICE("2026-01-02 03:04:05+00")));
    rows_free(&rows);
    arena_free(arena);
}

static void a_deadline_reaches_the_server_behind(void)
{
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    struct statement st = statement_of("SELECT pg_sleep(30)", NULL, 0, false);
    struct err *err = db_point(db, arena, &st, 0, 0, clock_now_us() + 200000, &rows);
    CHECK(err && err->kind == ERR_TIMEOUT);
    CHECK(waitpid(bouncer, NULL, WNOHANG) == 0); /* 1.18 ends when a client closes its cancel request too early */
    CHECK(number(db, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' "
                     "AND pid <> pg_backend_pid()") == 0);
    arena_free(arena);
}

int main(void)
{
    const char *program = access("/usr/sbin/pgbouncer", X_OK) == 0 ? "/usr/sbin/pgbouncer" : "/usr/bin/pgbouncer";
    if (access(program, X_OK) != 0) {
        puts("skipped: pgbouncer is not installed");
        return 0;
    }
    alarm(120);
    log_set_level(LOG_ERROR);
    cluster_start();
    start_bouncer(program);
    char url[192];
    snprintf(url, sizeof url, "%s port=6432", cluster_url);
    struct db_options options = test_options();
    options.url = slice_of(url);
    options.prepare = false;
    options.lock_timeout_us = 20 * SECOND; /* all threads write the same two rows */
    db = db_open(&options);
    number(db, "SELECT 1"); /* waits for pgbouncer */
    must(db, "ALTER DATABASE postgres SET timezone = 'Asia/Tokyo'");
    must(db, "CREATE TABLE public.bounced (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0)");
    must(db, "INSERT INTO public.bounced VALUES (1), (2)");
    in_threads(12, work);
    CHECK(number(db, "SELECT sum(n) FROM public.bounced") == 12 * (40 + 3));
    values_look_the_same();
    a_deadline_reaches_the_server_behind();
    db_close(db);
    return 0;
}
