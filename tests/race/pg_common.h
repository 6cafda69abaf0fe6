/* What the programs that race the database layer share. */
#ifndef MIDAIR_TESTS_RACE_DB_COMMON_H
#define MIDAIR_TESTS_RACE_DB_COMMON_H

#include "../pg_options.h"
#include "../postgres/cluster.h"
#include "midair/base/clock.h"
#include "midair/base/map.h"
#include "midair/pg/db.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SECOND = 1000000 };

static inline struct statement statement_of(const char *text, const char **values, size_t count, bool writes)
{
    struct slice s = slice_of(text);
    return (struct statement){.text = s, .hash = map_hash(s), .values = values, .count = count, .writes = writes};
}

static inline struct db_options test_options(void)
{
    struct db_options options = pg_options(slice_of(cluster_url));
    options.pool_size = 8;
    options.lock_timeout_us = 400000;
    return options;
}

static inline int64_t in_seconds(int seconds)
{
    return clock_now_us() + (int64_t)seconds * SECOND;
}

static inline uint64_t key_hash(const char *key)
{
    return map_hash(slice_of(key));
}

/* Runs one statement with up to two parameters by db_point. */
static inline struct err *point(struct db *db, struct arena *arena, const char *text, const char *a, const char *b,
                                unsigned flags, struct rows *rows)
{
    const char *values[2] = {a, b};
    struct statement st = statement_of(text, values, a ? (b ? 2 : 1) : 0, (flags & POINT_WRITE) != 0);
    return db_point(db, arena, &st, key_hash(a ? a : ""), flags, in_seconds(20), rows);
}

static inline void show_error(const struct err *err)
{
    if (err)
        fprintf(stderr, "%s %.*s: %.*s (%.*s)\n", err_name(err->kind), SLICE_ARG(err->code), SLICE_ARG(err->detail),
                SLICE_ARG(err->note));
}

/* Runs SQL on a lease; it must succeed. */
static inline void must(struct db *db, const char *text)
{
    struct arena *arena = arena_new(0);
    struct statement st = statement_of(text, NULL, 0, true);
    struct rows rows = {0};
    struct err *err = db_point(db, arena, &st, 0, POINT_WRITE | POINT_ALONE, in_seconds(20), &rows);
    show_error(err);
    CHECK(!err);
    rows_free(&rows);
    arena_free(arena);
}

/* The number in the first cell; reads until it works, for at most half a minute (after a restart). */
static inline long number(struct db *db, const char *text)
{
    struct arena *arena = arena_new(0);
    struct statement st = statement_of(text, NULL, 0, false);
    struct rows rows = {0};
    struct err *err = NULL;
    for (int i = 0; i < 3000; i++) {
        err = db_point(db, arena, &st, 0, POINT_ALONE, in_seconds(20), &rows);
        if (!err)
            break;
        usleep(10000);
    }
    show_error(err);
    CHECK(!err && rows.row_count == 1 && rows.column_count == 1);
    long n = strtol(rows.cells[0].at, NULL, 10);
    rows_free(&rows);
    arena_free(arena);
    return n;
}

/* Runs `call` in `count` threads and waits for them. The argument is the thread's number. */
static inline void in_threads(int count, void *(*call)(void *))
{
    pthread_t threads[64];
    CHECK(count <= 64);
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, call, (void *)(intptr_t)i) == 0);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

#endif
