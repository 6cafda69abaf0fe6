/* LAYER: pg */
/* Many threads on the lanes: errors in flights, locks that an outsider holds, failures at commit. Every acknowledged
 * increment is there exactly once, and no error reaches anybody but its culprit. */
#include "pg_common.h"

static const char *const increment = "UPDATE public.counter SET n = n + 1 WHERE id = $1::int RETURNING n";
static struct db *db;
static _Atomic long acknowledged;

static void with_lanes(int threshold)
{
    struct db_options options = test_options();
    options.lane_threshold = threshold;
    db_close(db);
    db = db_open(&options);
}

static void reset(void)
{
    must(db, "DROP TABLE IF EXISTS public.counter, public.late");
    must(db, "CREATE TABLE public.counter (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0, v int NOT NULL DEFAULT 0)");
    must(db, "INSERT INTO public.counter SELECT generate_series(1, 40)");
    must(db, "CREATE TABLE public.late (id int PRIMARY KEY, r int REFERENCES public.counter (id) "
             "DEFERRABLE INITIALLY DEFERRED)");
    acknowledged = 0;
}

/* One in eight statements is wrong, in one of four ways; its error must be its own. */
static void one_hostile(struct arena *arena, int which)
{
    static const struct {
        const char *text, *value, *code;
        unsigned flags;
    } rows_of_errors[] = {
        {"UPDATE public.counter SET n = n + 1000 WHERE id = $1::int", "x", "22P02", POINT_WRITE},
        {"INSERT INTO public.counter (id) VALUES ($1::int)", "1", "23505", POINT_WRITE},
        {"UPDATE public.counter SET n = NULL WHERE id = $1::int", "2", "23502", POINT_WRITE},
        {"SELECT n FROM public.counter WHERE id = $1::int", "y", "22P02", 0},
        {"SELECT 1 / (n * 0) FROM public.counter WHERE id = $1::int", "3", "22012", 0},
    };
    size_t i = (size_t)which % (sizeof rows_of_errors / sizeof *rows_of_errors);
    struct rows rows = {0};
    struct err *err =
        point(db, arena, rows_of_errors[i].text, rows_of_errors[i].value, NULL, rows_of_errors[i].flags, &rows);
    CHECK(err && slice_eq(err->code, slice_of(rows_of_errors[i].code)));
}

static void one_increment(struct arena *arena, const char *id)
{
    struct rows rows = {0};
    struct err *err = point(db, arena, increment, id, NULL, POINT_WRITE, &rows);
    show_error(err);
    CHECK(!err && rows.row_count == 1 && rows.affected == 1);
    atomic_fetch_add(&acknowledged, 1);
    rows_free(&rows);
}

static void one_read(struct arena *arena, const char *id)
{
    struct rows rows = {0};
    struct err *err =
        point(db, arena, "SELECT id, n, NULL::text FROM public.counter WHERE id = $1::int", id, NULL, 0, &rows);
    show_error(err);
    CHECK(!err && rows.row_count == 1 && rows.column_count == 3);
    CHECK(slice_eq(rows_cell(&rows, 0, 0), slice_of(id)) && !slice_present(rows_cell(&rows, 0, 2)));
    rows_free(&rows);
}

static void *mixed_work(void *number_of_thread)
{
    int me = (int)(intptr_t)number_of_thread;
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 60; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i % 2 ? 1 + i % 3 : 1 + (me * 7 + i) % 40);
        arena_reset(arena);
        if ((me + i) % 8 == 0)
            one_hostile(arena, me + i / 8);
        else if (i % 3 == 0)
            one_read(arena, id);
        else
            one_increment(arena, id);
    }
    arena_free(arena);
    return NULL;
}

static void acknowledged_increments_are_there_once(void)
{
    for (int threshold = 0; threshold <= 12; threshold += 12) {
        with_lanes(threshold);
        reset();
        in_threads(32, mixed_work);
        CHECK(number(db, "SELECT sum(n) FROM public.counter") == acknowledged);
        struct db_stats stats;
        db_stats(db, &stats);
        CHECK(stats.flights > 0 && stats.flight_statements > stats.flights);
        CHECK(stats.leases_in_use == 0);
    }
}

static _Atomic long winners;

static void *claim(void *ignored)
{
    (void)ignored;
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    struct err *err = point(db, arena, "UPDATE public.counter SET v = v + 1 WHERE id = $1::int AND v = $2::int", "1",
                            "0", POINT_WRITE, &rows);
    show_error(err);
    CHECK(!err);
    atomic_fetch_add(&winners, rows.affected);
    rows_free(&rows);
    arena_free(arena);
    return NULL;
}

static void of_many_with_one_version_one_wins(void)
{
    for (int round = 0; round < 10; round++) {
        with_lanes(round % 2 ? 12 : 0);
        must(db, "UPDATE public.counter SET v = 0");
        winners = 0;
        in_threads(24, claim);
        CHECK(winners == 1);
    }
}

static void *insert_late(void *number_of_thread)
{
    int me = (int)(intptr_t)number_of_thread;
    struct arena *arena = arena_new(0);
    char id[16];
    snprintf(id, sizeof id, "%d", me);
    struct rows rows = {0};
    struct err *err = point(db, arena, "INSERT INTO public.late VALUES ($1::int, $2::int)", id, me % 4 ? "1" : "999",
                            POINT_WRITE, &rows);
    CHECK(me % 4 ? !err : err && err->kind == ERR_CONFLICT && slice_eq(err->code, SLICE("23503")));
    rows_free(&rows);
    arena_free(arena);
    return NULL;
}

static void a_failure_at_commit_is_its_culprits_alone(void)
{
    with_lanes(0);
    in_threads(32, insert_late);
    CHECK(number(db, "SELECT count(*) FROM public.late") == 24);
}

static _Atomic int locked_answers;

static void *write_locked_row(void *ignored)
{
    (void)ignored;
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    struct err *err = point(db, arena, increment, "5", NULL, POINT_WRITE, &rows);
    CHECK(err && err->kind == ERR_LOCKED);
    atomic_fetch_add(&locked_answers, 1);
    arena_free(arena);
    return NULL;
}

static void *write_other_rows(void *number_of_thread)
{
    struct arena *arena = arena_new(0);
    char id[16];
    snprintf(id, sizeof id, "%d", 6 + (int)(intptr_t)number_of_thread);
    for (int i = 0; i < 50; i++) {
        arena_reset(arena);
        one_increment(arena, id);
    }
    arena_free(arena);
    return NULL;
}

static void *both(void *number_of_thread)
{
    return (intptr_t)number_of_thread < 4 ? write_locked_row(number_of_thread) : write_other_rows(number_of_thread);
}

/* The outsider keeps its lock until everybody is done: the others' increments all come through all the same. */
static void a_lock_held_outside_slows_only_its_row(void)
{
    with_lanes(0);
    struct db_options options = test_options();
    struct db *outside = db_open(&options);
    struct arena *arena = arena_new(0);
    struct lease *lease = NULL;
    CHECK(!db_lease(outside, arena, in_seconds(30), &lease));
    CHECK(!lease_begin(lease, arena, NULL, in_seconds(30)));
    struct statement st = statement_of("SELECT 1 FROM public.counter WHERE id = 5 FOR UPDATE", NULL, 0, false);
    struct rows rows = {0};
    CHECK(!lease_run(lease, arena, &st, in_seconds(30), &rows));
    rows_free(&rows);
    locked_answers = 0;
    in_threads(12, both);
    CHECK(locked_answers == 4);
    lease_rollback(lease);
    lease_release(&lease);
    one_increment(arena, "5");
    arena_free(arena);
    db_close(outside);
}

/* Answers far larger than socket buffers, many at once: writing must not wait for reading. */
static void *large_values(void *number_of_thread)
{
    enum { LARGE = 300000 };
    char *large = malloc(LARGE + 1);
    memset(large, 'a' + (int)(intptr_t)number_of_thread % 26, LARGE);
    large[LARGE] = '\0';
    for (int i = 0; i < 5; i++) {
        struct arena *arena = arena_new(0);
        struct rows rows = {0};
        struct err *err = point(db, arena, "SELECT $1::text, $1::text", large, NULL, 0, &rows);
        show_error(err);
        CHECK(!err && slice_eq(rows_cell(&rows, 0, 1), slice_make(large, LARGE)));
        rows_free(&rows);
        arena_free(arena);
    }
    free(large);
    return NULL;
}

static void full_socket_buffers_do_not_stop_a_flight(void)
{
    with_lanes(0);
    in_threads(16, large_values);
}

int main(void)
{
    alarm(240);
    cluster_start();
    with_lanes(0);
    acknowledged_increments_are_there_once();
    of_many_with_one_version_one_wins();
    a_failure_at_commit_is_its_culprits_alone();
    a_lock_held_outside_slows_only_its_row();
    full_socket_buffers_do_not_stop_a_flight();
    db_close(db);
    return 0;
}
